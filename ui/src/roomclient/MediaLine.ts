import { pauseBefore } from "./backoff";
import { Listeners } from "./listeners";
import { MediaError, MediaSession, type MediaAccess } from "./MediaSession";

export type MediaState =
  | { readonly at: "connecting" }
  | { readonly at: "live" }
  /** It broke, or was not to be had yet; the next attempt comes by itself. */
  | { readonly at: "retrying"; readonly error?: MediaError }
  | { readonly at: "failed"; readonly error: MediaError }
  | { readonly at: "stopped" };

/** Milliseconds that a connection may be silent before a new one is made. */
const SILENCE_ALLOWED = 5_000;

/** Media in one direction that is kept up: when a peer connection breaks, another one takes its place. */
export class MediaLine {
  private session: MediaSession | undefined;
  private readonly states = new Listeners<MediaState>();
  private current: MediaState = { at: "connecting" };
  private attempt = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private silence: ReturnType<typeof setTimeout> | undefined;

  /** `url` is that of the endpoint; `prepare` adds tracks and transceivers to every new connection. */
  constructor(
    private readonly url: string,
    private readonly access: MediaAccess,
    private readonly prepare: (connection: RTCPeerConnection) => void,
    private readonly connect: (configuration: RTCConfiguration) => RTCPeerConnection = (configuration) =>
      new RTCPeerConnection(configuration),
  ) {}

  get state(): MediaState {
    return this.current;
  }

  onState(listener: (state: MediaState) => void): () => void {
    return this.states.add(listener);
  }

  start(): void {
    const connection = this.connect({ iceServers: [...this.access.iceServers], bundlePolicy: "max-bundle" });
    const session = new MediaSession(connection, this.url, this.access);
    this.session = session;
    this.prepare(connection);
    connection.onconnectionstatechange = () => {
      if (session === this.session) this.watch(connection.connectionState);
    };
    session.open().catch((error: unknown) => {
      if (session === this.session) this.fail(error);
    });
  }

  stop(): void {
    this.end({ at: "stopped" });
  }

  /** What stood in the way is gone, as far as is known: do not wait for the next attempt. */
  retryNow(): void {
    if (this.retry !== undefined) this.again();
  }

  private watch(state: RTCPeerConnectionState): void {
    clearTimeout(this.silence);
    if (state === "connected") {
      this.attempt = 0;
      this.become({ at: "live" });
    } else if (state === "disconnected") {
      this.silence = setTimeout(() => this.pause(), SILENCE_ALLOWED);
    } else if (state === "failed" || state === "closed") {
      this.pause();
    }
  }

  private fail(error: unknown): void {
    const known = error instanceof MediaError ? error : new MediaError(400, error instanceof Error ? error.message : String(error));
    if (known.passes) this.pause(known);
    else this.end({ at: "failed", error: known });
  }

  private pause(error?: MediaError): void {
    this.close();
    this.retry = setTimeout(() => this.again(), pauseBefore(this.attempt++));
    this.become({ at: "retrying", ...(error !== undefined && { error }) });
  }

  private again(): void {
    clearTimeout(this.retry);
    this.retry = undefined;
    this.start();
  }

  private end(state: MediaState): void {
    clearTimeout(this.retry);
    this.retry = undefined;
    this.close();
    this.become(state);
  }

  private close(): void {
    clearTimeout(this.silence);
    const session = this.session;
    this.session = undefined;
    session?.close();
  }

  private become(state: MediaState): void {
    this.current = state;
    this.states.tell(state);
  }
}
