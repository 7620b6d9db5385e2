import type { MediaAccess } from "./MediaSession";
import type { CoreMessage, Envelope, RoomJoined } from "./messages";
import type { RoomClient } from "./RoomClient";
import type { Status } from "./SocketClient";

/** Milliseconds that messages are gathered before the page is drawn anew: a crowd must not keep it from drawing. */
const GATHER = 50;
/** How often time alone changes something, milliseconds. */
const TICK = 500;

export interface RoomNow<State> {
  readonly status: Status;
  /** Absent before the first join. */
  readonly state: State | undefined;
  /** Why one was removed, as far as the host said. */
  readonly removal: string | undefined;
}

/** How what is known of a room follows from what it says. `now` is ms since 1970. */
export interface Rules<Message extends Envelope, State> {
  readonly joined: (message: Extract<Message, { action: "room_joined" }>, before: State | undefined, now: number) => State;
  /** After one more message; the same object if nothing changed. */
  readonly after: (state: State, message: Message, now: number) => State;
  /** Time passes. */
  readonly at?: (state: State, now: number) => State;
}

/** What a page shows of a room, kept up to date from the messages of its client. */
export class RoomStore<Message extends Envelope, State> {
  /** Of the member at this moment. */
  readonly access: { token: string; iceServers: MediaAccess["iceServers"] } = { token: "", iceServers: [] };
  private now: RoomNow<State>;
  private queue: Message[] = [];
  private gathering: ReturnType<typeof setTimeout> | undefined;
  private readonly ticking: ReturnType<typeof setInterval>;
  private readonly readers = new Set<() => void>();
  private readonly stops: (() => void)[];

  constructor(
    readonly client: RoomClient<Message>,
    private readonly rules: Rules<Message, State>,
  ) {
    this.now = { status: client.status, state: undefined, removal: undefined };
    this.ticking = setInterval(() => this.update((state) => rules.at?.(state, Date.now()) ?? state), TICK);
    this.stops = [
      client.onMessage((message) => this.take(message)),
      client.onStatus((status) => {
        this.flush();
        this.set({ ...this.now, status });
      }),
    ];
  }

  readonly subscribe = (reader: () => void): (() => void) => {
    this.readers.add(reader);
    return () => void this.readers.delete(reader);
  };

  readonly snapshot = (): RoomNow<State> => this.now;

  /** Change what is known by something only this page knows. */
  update(change: (state: State) => State): void {
    if (this.now.state === undefined) return;
    const state = change(this.now.state);
    if (state !== this.now.state) this.set({ ...this.now, state });
  }

  /** The visit is over. */
  close(): void {
    clearInterval(this.ticking);
    clearTimeout(this.gathering);
    for (const stop of this.stops) stop();
    this.client.leave();
  }

  private take(message: Message): void {
    if (isWelcome(message)) Object.assign(this.access, { token: message.publish.token, iceServers: message.ice_servers });
    this.queue.push(message);
    this.gathering ??= setTimeout(() => this.flush(), GATHER);
  }

  private flush(): void {
    clearTimeout(this.gathering);
    this.gathering = undefined;
    const messages = this.queue.splice(0);
    if (messages.length === 0) return;
    const at = Date.now();
    let { state, removal } = this.now;
    for (const message of messages) {
      const told = message as CoreMessage | Message;
      if (told.action === "kicked" || told.action === "user_banned") removal = (told as { reason: string }).reason || removal;
      if (state !== undefined) state = this.rules.after(state, message, at);
      else if (isWelcome(message)) state = this.rules.joined(message, undefined, at);
    }
    this.set({ ...this.now, state, removal });
  }

  private set(now: RoomNow<State>): void {
    this.now = now;
    for (const reader of [...this.readers]) reader();
  }
}

function isWelcome<Message extends Envelope>(
  message: Message,
): message is Extract<Message, { action: "room_joined" }> & Message & RoomJoined {
  return message.action === "room_joined";
}
