import { EventEmitter } from "node:events";

import { DisconnectReason, RoomEvent } from "livekit-client";
import { describe, expect, it } from "vitest";

import { passLobby } from "./lobby";

type Connected = Parameters<typeof passLobby>[0];

/** What matters of a room here. */
class FakeRoom extends EventEmitter {
  readonly localParticipant: { attributes: Record<string, string> } = { attributes: { "roomful.lobby": "waiting" } };
  disconnect = () => void this.emit(RoomEvent.Disconnected, DisconnectReason.CLIENT_INITIATED);
}

function knock(): { room: FakeRoom; passed: Promise<void>; giveUps: (() => void)[] } {
  const room = new FakeRoom();
  const giveUps: (() => void)[] = [];
  return { room, giveUps, passed: passLobby(room as unknown as Connected, (giveUp) => giveUps.push(giveUp)) };
}

describe("the lobby", () => {
  it("holds up nobody whom the room has let in", async () => {
    const room = new FakeRoom();
    room.localParticipant.attributes = {};
    await expect(passLobby(room as unknown as Connected, () => expect.unreachable())).resolves.toBeUndefined();
  });

  it("is passed when the SDK has joined anew, not when it came back to the lobby", async () => {
    const { room, passed } = knock();
    room.emit(RoomEvent.Reconnected);
    expect(room.listenerCount(RoomEvent.Reconnected)).toBe(1);
    room.localParticipant.attributes = {};
    room.emit(RoomEvent.Reconnected);
    await expect(passed).resolves.toBeUndefined();
    expect(room.listenerCount(RoomEvent.Disconnected)).toBe(0);
  });

  it.each([
    [DisconnectReason.USER_REJECTED, "lobby_rejected"],
    [DisconnectReason.ROOM_DELETED, "room_closed"],
    [DisconnectReason.SIGNAL_CLOSE, "disconnected"],
  ])("says why one is not let in: %s", async (reason, word) => {
    const { room, passed } = knock();
    room.emit(RoomEvent.Disconnected, reason);
    await expect(passed).rejects.toMatchObject({ word });
  });

  it("can be left", async () => {
    const { passed, giveUps } = knock();
    giveUps[0]?.();
    await expect(passed).rejects.toMatchObject({ word: "left" });
  });
});
