import { MediaLine } from "./MediaLine";
import type { MediaAccess } from "./MediaSession";

/** What is sent; null keeps the place for a track that comes later, without another offer. Absent: never sent. */
export interface Sent {
  readonly audio?: MediaStreamTrack | null;
  readonly video?: MediaStreamTrack | null;
}

type Kind = keyof Sent;

/** How much of the network a picture may take, and how large it is sent. */
export interface VideoQuality {
  /** Bits per second. */
  readonly maxBitrate: number;
  /** Width and height of the camera's picture are divided by this. */
  readonly scaleResolutionDownBy: number;
}

/** For a stage of one's own. */
const FULL: VideoQuality = { maxBitrate: 1_800_000, scaleResolutionDownBy: 1 };

/** Publishes a microphone and a camera by WHIP, and keeps doing so over broken connections, until `stop`. */
export class Publisher {
  readonly line: MediaLine;
  private readonly tracks = new Map<Kind, MediaStreamTrack | null>();
  private senders = new Map<Kind, RTCRtpSender>();

  constructor(
    url: string,
    access: MediaAccess,
    sent: Sent,
    private readonly quality: VideoQuality = FULL,
  ) {
    for (const kind of ["audio", "video"] as const) {
      const track = sent[kind];
      if (track !== undefined) this.tracks.set(kind, track);
    }
    this.line = new MediaLine(url, access, (connection) => this.prepare(connection));
    this.line.start();
  }

  /** Send another track of that kind from now on, or (null) none. Kinds that were not announced are not sent. */
  setTrack(kind: Kind, track: MediaStreamTrack | null): void {
    if (!this.tracks.has(kind) || this.tracks.get(kind) === track) return;
    this.tracks.set(kind, track);
    void this.senders.get(kind)?.replaceTrack(track).catch(() => undefined); // The connection has just been closed.
  }

  stop(): void {
    this.line.stop();
  }

  private prepare(connection: RTCPeerConnection): void {
    this.senders = new Map();
    for (const [kind, track] of this.tracks) {
      const sendEncodings = kind === "video" ? [this.quality] : [];
      const { sender } = connection.addTransceiver(track ?? kind, { direction: "sendonly", sendEncodings });
      this.senders.set(kind, sender);
    }
  }
}
