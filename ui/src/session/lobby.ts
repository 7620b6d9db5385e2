import { DisconnectReason, RoomEvent, type Room } from "livekit-client";

import { Code } from "../roomclient/codes";
import { RoomError } from "../roomclient/errors";
import { RoomClient } from "../roomclient/RoomClient";
import { readClaims } from "./accessToken";
import type { Access } from "./tokenSource";

/** Attribute of a participant who is connected, and in the lobby. */
const LOBBY = "roomful.lobby";

type Connected = Pick<Room, "localParticipant" | "on" | "off" | "disconnect">;

/**
 * Wait until a host has said yes, if one is in the lobby: the SDK then joins anew by itself. docs/how-to/meetings.md.
 *
 * `onWaiting` is called with how to give up.
 *
 * @throws RoomError why one may not come in
 */
export async function passLobby(room: Connected, onWaiting: (giveUp: () => void) => void): Promise<void> {
  if (!waits(room)) return;
  onWaiting(() => void room.disconnect());
  await new Promise<void>((resolve, reject) => {
    const back = () => {
      if (waits(room)) return; // The network was gone for a while.
      stop();
      resolve();
    };
    const end = (reason?: DisconnectReason) => {
      stop();
      reject(refusedAs(reason));
    };
    const stop = () => {
      room.off(RoomEvent.Reconnected, back);
      room.off(RoomEvent.Disconnected, end);
    };
    room.on(RoomEvent.Reconnected, back);
    room.on(RoomEvent.Disconnected, end);
  });
}

/**
 * Find out why a room does not let one in: over the room WebSocket, which has words for it. Resolves if it would.
 *
 * @throws RoomError
 */
export async function askWhy(roomName: string, access: Access): Promise<void> {
  const claims = readClaims(access.token);
  const userId = claims?.identity ?? "";
  const client = new RoomClient({
    serverUrl: access.serverUrl,
    roomId: roomName,
    userId,
    userName: (claims?.name ?? userId).slice(0, 64),
    token: access.token,
  });
  await client.join();
  client.leave();
}

function waits({ localParticipant }: Connected): boolean {
  return localParticipant.attributes[LOBBY] !== undefined;
}

function refusedAs(reason: DisconnectReason | undefined): RoomError {
  switch (reason) {
    case DisconnectReason.CLIENT_INITIATED:
      return new RoomError(0, "left", "You left the lobby.");
    case DisconnectReason.ROOM_DELETED:
    case DisconnectReason.ROOM_CLOSED:
      return new RoomError(Code.RoomClosed, "room_closed", "The meeting is over.");
    case DisconnectReason.USER_REJECTED:
      return new RoomError(Code.LobbyRejected, "lobby_rejected", "The host did not let you in. You can ask again in half a minute.");
    default:
      return new RoomError(0, "disconnected", "The connection was lost while you were waiting. Try again.");
  }
}
