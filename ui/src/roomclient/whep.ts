import { Listeners } from "./listeners";
import { MediaLine } from "./MediaLine";
import type { MediaAccess } from "./MediaSession";

/** Plays somebody's stream by WHEP, and keeps doing so over broken connections, until `stop`. */
export class Player {
  readonly line: MediaLine;
  private readonly streams = new Listeners<MediaStream>();
  private current: MediaStream | undefined;

  constructor(url: string, access: MediaAccess) {
    this.line = new MediaLine(url, access, (connection) => this.prepare(connection));
    this.line.start();
  }

  /** What comes: at most one picture and one sound. Another one after every reconnection. */
  get stream(): MediaStream | undefined {
    return this.current;
  }

  onStream(listener: (stream: MediaStream) => void): () => void {
    return this.streams.add(listener);
  }

  stop(): void {
    this.line.stop();
    this.current = undefined;
  }

  private prepare(connection: RTCPeerConnection): void {
    const receivers = (["audio", "video"] as const).map((kind) => connection.addTransceiver(kind, { direction: "recvonly" }).receiver);
    const stream = new MediaStream(receivers.map((receiver) => receiver.track));
    this.current = stream;
    this.streams.tell(stream);
  }
}
