import type { Ack, CoreMessage, Envelope } from "./messages";
import { SocketClient } from "./SocketClient";

/** Where to connect, and as whom. */
export interface Ticket {
  /** `wss://host` of the server. */
  readonly serverUrl: string;
  readonly roomId: string;
  readonly userId: string;
  readonly userName: string;
  readonly token?: string | undefined;
  /** The type the room must have. */
  readonly roomType?: string;
  readonly password?: string;
}

/**
 * One member of one room, over any number of connections. specs/monibuca-rooms.md §1–§3.
 *
 * `Message` is all that the server may say: `CoreMessage`, and what the plugin of the room's type adds. After a lost
 * connection the client comes back by itself as the same member; listeners then get another `room_joined` (`resumed`
 * says whether anybody noticed) and take everything from it anew.
 */
export class RoomClient<Message extends Envelope = CoreMessage> extends SocketClient<Message> {
  constructor(ticket: Ticket, openSocket?: (url: string) => WebSocket) {
    super({ url: addressOf(ticket), hello: helloOf(ticket), welcome: "room_joined", envelope: { room_id: ticket.roomId } }, openSocket);
  }

  /** A permission operation: kick, ban, mute… §3.4. @throws like `request` */
  operate(op: string, targetId?: string, params: Readonly<Record<string, unknown>> = {}): Promise<Ack> {
    return this.request("action", { op, params, ...(targetId !== undefined && { target_id: targetId }) });
  }

  /** Leave for good. Others are told at once. */
  leave(): void {
    this.depart("leave_room");
  }
}

function helloOf({ userId, userName, roomType, password, token }: Ticket): Readonly<Record<string, unknown>> {
  return {
    action: "join_room",
    user_id: userId,
    user_name: userName,
    ...(roomType !== undefined && { room_type: roomType }),
    ...(password !== undefined && { password }),
    ...(token !== undefined && { token }),
  };
}

function addressOf({ serverUrl, roomId, token, roomType, password }: Ticket): string {
  const url = new URL(`/room/${encodeURIComponent(roomId)}`, serverUrl);
  if (token !== undefined) url.searchParams.set("token", token);
  if (roomType !== undefined) url.searchParams.set("type", roomType);
  if (password !== undefined) url.searchParams.set("password", password);
  return url.href;
}
