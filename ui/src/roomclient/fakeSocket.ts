import { RoomClient, type Ticket } from "./RoomClient";

/** A WebSocket whose other end is a test. */
export class FakeSocket {
  static readonly OPEN = 1;
  readyState = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly sent: Record<string, unknown>[] = [];

  constructor(readonly url: string) {}

  /** Let the client in, as far as the transport goes. */
  open(): void {
    this.readyState = FakeSocket.OPEN;
    this.onopen?.();
  }

  /** The server says something. */
  say(action: string, fields: Record<string, unknown> = {}): void {
    this.onmessage?.({ data: JSON.stringify({ action, room_id: "demo", ts: 1000, ...fields }) });
  }

  /** The server, or the network, ends it. */
  lose(code: number): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }

  close(): void {
    this.readyState = 3;
  }

  /** The last message of that kind the client sent. */
  last(action: string): Record<string, unknown> | undefined {
    return this.sent.findLast((message) => message["action"] === action);
  }
}

/** A client whose sockets are collected, newest last. */
export function clientWithSockets(ticket: Partial<Ticket> = {}): { client: RoomClient; sockets: FakeSocket[] } {
  const sockets: FakeSocket[] = [];
  const client = new RoomClient(
    { serverUrl: "ws://rooms.example", roomId: "demo", userId: "u1", userName: "Ann", ...ticket },
    (url) => {
      const socket = new FakeSocket(url);
      sockets.push(socket);
      return socket as unknown as WebSocket;
    },
  );
  return { client, sockets };
}
