import { RoomEvent, type Room } from "livekit-client";

import { disconnected } from "../../roomclient/errors";
import { Listeners } from "../../roomclient/listeners";
import { readMessage, type Ack, type Envelope, type Refusal } from "../../roomclient/messages";
import { Requests } from "../../roomclient/requests";

/** Data packets with this topic are the room's JSON messages. */
const TOPIC = "roomful.room";
/** Milliseconds for an answer. A server that is none of ours never gives one. */
const PATIENCE = 10_000;

/** The room's messages for a participant of LiveKit's SDK, in data packets. docs/how-to/meetings.md. */
export class Dialogue {
  private readonly requests = new Requests();
  private readonly messages = new Listeners<Envelope>();
  private readonly stop: () => void;

  constructor(private readonly room: Pick<Room, "on" | "off" | "localParticipant">) {
    const receive = (payload: Uint8Array, sender: unknown, _kind: unknown, topic: string | undefined) => {
      if (topic === TOPIC && sender === undefined) this.take(new TextDecoder().decode(payload)); // Others could send it, too.
    };
    const join = () => void this.join();
    room.on(RoomEvent.DataReceived, receive);
    room.on(RoomEvent.Reconnected, join);
    room.on(RoomEvent.Moved, join);
    room.on(RoomEvent.ParticipantPermissionsChanged, join);
    this.stop = () => {
      room.off(RoomEvent.DataReceived, receive);
      room.off(RoomEvent.Reconnected, join);
      room.off(RoomEvent.Moved, join);
      room.off(RoomEvent.ParticipantPermissionsChanged, join);
    };
  }

  /** Returns how to stop listening. */
  onMessage(listener: (message: Envelope) => void): () => void {
    return this.messages.add(listener);
  }

  /** Say that one understands; `room_joined` comes to the listeners, and from then on what happens. */
  async join(): Promise<void> {
    await this.request("join_room").catch(() => undefined); // A server without these messages: there is nothing to show.
  }

  /** @throws RoomError */
  request(action: string, fields: Readonly<Record<string, unknown>> = {}): Promise<Ack> {
    return this.requests.ask((seq) => {
      const payload = new TextEncoder().encode(JSON.stringify({ ...fields, action, seq }));
      this.room.localParticipant.publishData(payload, { reliable: true, topic: TOPIC }).catch(() => undefined); // No answer comes, then.
    }, PATIENCE);
  }

  close(): void {
    this.stop();
    this.requests.rejectAll(disconnected());
  }

  private take(text: string): void {
    const message = readMessage(text);
    if (message === undefined) return;
    const { action } = message;
    if (action === "room_joined") this.requests.settle({ ...message, action: "ack" } as unknown as Ack);
    else if (action === "ack") this.requests.settle(message as unknown as Ack);
    else if (action === "error") this.requests.settle(message as unknown as Refusal);
    if (action !== "ack" && action !== "error") this.messages.tell(message);
  }
}
