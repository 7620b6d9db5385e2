import { pauseBefore } from "./backoff";
import { endingOf, isPassing, type Ending } from "./codes";
import { closed, disconnected, RoomError, timedOut, unreachable } from "./errors";
import { Listeners } from "./listeners";
import { readMessage, type Ack, type Envelope, type Refusal, type RoomJoined } from "./messages";
import { errorOf, Requests } from "./requests";

export type Status =
  | { readonly at: "connecting" }
  /** In the lobby, until a host lets one in. */
  | { readonly at: "waiting" }
  | { readonly at: "joined" }
  | { readonly at: "reconnecting" }
  | { readonly at: "ended"; readonly ending: Ending; readonly error?: RoomError };

/** Milliseconds. */
const TIMES = {
  /** For an answer to a request. */
  answer: 10_000,
  /** For a connection to open, and then to be let in or put into the lobby. */
  join: 15_000,
  /** From the loss of a connection until the client gives up. */
  reconnect: 300_000,
};

type HeartbeatTimes = Pick<RoomJoined, "heartbeat_interval" | "heartbeat_timeout">;

/** Seconds, where the server does not tell its own (§3.3). */
const USUAL_HEARTBEAT: HeartbeatTimes = { heartbeat_interval: 10, heartbeat_timeout: 30 };

/** What a client does to be let in. */
export interface Approach {
  /** Address of the WebSocket. */
  readonly url: string;
  /** What it says first; absent: the server speaks first. */
  readonly hello?: Readonly<Record<string, unknown>>;
  /** The action of the message that lets it in. */
  readonly welcome: string;
  /** Goes into every message. */
  readonly envelope: Readonly<Record<string, unknown>>;
}

/**
 * One client of the server's JSON messages, over any number of connections. specs/monibuca-rooms.md §2.
 *
 * `Message` is all that the server may say. After a lost connection the client comes back by itself; listeners then get
 * another welcome, and take everything from it anew.
 */
export class SocketClient<Message extends Envelope> {
  private socket: WebSocket | undefined;
  private readonly requests = new Requests();
  private readonly messages = new Listeners<Message>();
  private readonly statuses = new Listeners<Status>();
  private current: Status = { at: "connecting" };
  private heartbeat: ReturnType<typeof setInterval> | undefined;
  private deadline: ReturnType<typeof setTimeout> | undefined;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private attempt = 0;
  private lostAt: number | undefined;
  private heardAt = 0;

  constructor(
    private readonly approach: Approach,
    private readonly openSocket: (url: string) => WebSocket = (url) => new WebSocket(url),
  ) {}

  get status(): Status {
    return this.current;
  }

  /** Returns how to stop listening. */
  onStatus(listener: (status: Status) => void): () => void {
    return this.statuses.add(listener);
  }

  /** Everything the server says except answers to requests and heartbeats. Returns how to stop listening. */
  onMessage(listener: (message: Message) => void): () => void {
    return this.messages.add(listener);
  }

  /** One kind of message. Returns how to stop listening. */
  on<Action extends Message["action"]>(action: Action, listener: (message: Extract<Message, { action: Action }>) => void): () => void {
    return this.messages.add((message) => {
      if (message.action === action) listener(message as Extract<Message, { action: Action }>);
    });
  }

  /**
   * Connect and join. Resolves once in the room or in its lobby (see `status`); what the room says comes to the
   * listeners, so add them before.
   *
   * @throws RoomError of the server; `unreachable` if no connection could be made: there is no server, or it refuses
   * the token (browsers do not tell); `timeout`
   */
  join(): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = this.onStatus((status) => {
        if (status.at === "ended") reject(status.error ?? closed());
        else if (status.at === "joined" || status.at === "waiting") resolve();
        else return;
        stop();
      });
      this.connect();
    });
  }

  /**
   * Ask for something and wait for the answer. `fields` are those of the action.
   *
   * @throws RoomError of the server; `timeout`; `disconnected` or `closed` without a connection
   */
  request(action: string, fields: Readonly<Record<string, unknown>> = {}): Promise<Ack> {
    const socket = this.socket;
    if (this.current.at === "ended") return Promise.reject(closed());
    if (socket === undefined || this.current.at !== "joined") return Promise.reject(disconnected());
    return this.requests.ask((seq) => this.send(socket, { ...fields, action, seq }), TIMES.answer);
  }

  /** Go for good. `farewell` is said if there is a connection. */
  protected depart(farewell?: string): void {
    if (farewell !== undefined && this.socket !== undefined) this.send(this.socket, { action: farewell });
    this.end("left");
  }

  /** The network is said to be back: do not wait for the next attempt. */
  retryNow(): void {
    if (this.retry === undefined) return;
    clearTimeout(this.retry);
    this.retry = undefined;
    this.connect();
  }

  private connect(): void {
    const socket = this.openSocket(this.approach.url);
    this.socket = socket;
    let opened = false;
    this.deadline = setTimeout(() => this.drop(socket, timedOut()), TIMES.join);
    socket.onopen = () => {
      opened = true;
      this.heardAt = Date.now();
      if (this.approach.hello !== undefined) this.send(socket, this.approach.hello);
    };
    socket.onmessage = (event) => {
      if (socket === this.socket) this.receive(socket, event.data);
    };
    socket.onclose = (event) => {
      if (socket === this.socket) this.lose(event.code, opened ? disconnected() : unreachable());
    };
  }

  private receive(socket: WebSocket, data: unknown): void {
    const message = readMessage(data);
    if (message === undefined) return;
    this.heardAt = Date.now();
    switch (message.action) {
      case "heartbeat_ack":
        return;
      case "ack":
        this.requests.settle(message as Ack);
        return;
      case "error":
        if (!this.requests.settle(message as unknown as Refusal)) this.refuse(message as unknown as Refusal);
        break;
      case "lobby_waiting":
        this.beat(socket, USUAL_HEARTBEAT);
        this.settled({ at: "waiting" });
        break;
      case this.approach.welcome:
        this.beat(socket, { ...USUAL_HEARTBEAT, ...(message as Partial<HeartbeatTimes>) });
        this.settled({ at: "joined" });
        break;
      default:
    }
    this.messages.tell(message as unknown as Message);
  }

  /** A refusal that answers no request. If it is of the join, there is no way in, or not now. */
  private refuse(refusal: Refusal): void {
    const joining = this.current.at === "connecting" || this.current.at === "reconnecting";
    if (!joining || (refusal.for !== undefined && refusal.for !== "join_room")) return;
    const error = errorOf(refusal);
    if (this.current.at === "reconnecting" && isPassing(error.code)) this.lose(0, error);
    else this.end("refused", error);
  }

  private settled(status: Status): void {
    clearTimeout(this.deadline);
    this.attempt = 0;
    this.lostAt = undefined;
    this.become(status);
  }

  private beat(socket: WebSocket, times: HeartbeatTimes): void {
    clearInterval(this.heartbeat);
    const interval = Math.max(1, times.heartbeat_interval) * 1000;
    const patience = Math.max(times.heartbeat_timeout * 1000, 2 * interval);
    this.heartbeat = setInterval(() => {
      if (Date.now() - this.heardAt > patience) this.drop(socket, disconnected());
      else this.send(socket, { action: "heartbeat", ts: Date.now() });
    }, interval);
  }

  /** Nothing comes from the other side any more, though the socket still seems open. */
  private drop(socket: WebSocket, error: RoomError): void {
    if (socket === this.socket) this.lose(0, error);
  }

  private lose(closeCode: number, error: RoomError): void {
    const firstTime = this.current.at === "connecting";
    this.forgetSocket(disconnected());
    if (this.current.at === "ended") return;
    const ending = endingOf(closeCode);
    if (ending !== undefined) {
      this.end(ending);
    } else if (firstTime) {
      this.end("refused", error);
    } else {
      this.lostAt ??= Date.now();
      if (Date.now() - this.lostAt > TIMES.reconnect) {
        this.end("lost");
        return;
      }
      this.retry = setTimeout(() => {
        this.retry = undefined;
        this.connect();
      }, pauseBefore(this.attempt++));
      this.become({ at: "reconnecting" });
    }
  }

  private end(ending: Ending, error?: RoomError): void {
    if (this.current.at === "ended") return;
    clearTimeout(this.retry);
    this.retry = undefined;
    this.become({ at: "ended", ending, ...(error !== undefined && { error }) });
    this.forgetSocket(closed());
  }

  private forgetSocket(error: RoomError): void {
    clearInterval(this.heartbeat);
    clearTimeout(this.deadline);
    const socket = this.socket;
    this.socket = undefined;
    socket?.close();
    this.requests.rejectAll(error);
  }

  private become(status: Status): void {
    if (status.at === this.current.at) return;
    this.current = status;
    this.statuses.tell(status);
  }

  private send(socket: WebSocket, message: Readonly<Record<string, unknown>>): void {
    // One that is closing takes nothing any more, and says so in the console; who waits for an answer hears of its end.
    if (socket.readyState !== WebSocket.OPEN) return;
    socket.send(JSON.stringify({ ...this.approach.envelope, ...message }));
  }
}
