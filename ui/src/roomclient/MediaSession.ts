import { iceServersOf } from "./iceServers";
import { trickleFragment, type FoundCandidate } from "./trickle";

/** The right to publish and play. It is read at every use: a client that rejoins gets another token. */
export interface MediaAccess {
  readonly token: string;
  readonly iceServers: readonly RTCIceServer[];
}

/** The server did not take the offer. `status` is that of HTTP, 0 if there was no answer. */
export class MediaError extends Error {
  override readonly name = "MediaError";

  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }

  /** Asking again makes sense: the stream is not there yet, still there, or the right to it comes and goes. */
  get passes(): boolean {
    return [0, 403, 404, 409, 410, 425, 429].includes(this.status) || this.status >= 500;
  }
}

/** Milliseconds. */
const ANSWER_WITHIN = 10_000;
const GATHER_FOR = 100;

/** One peer connection by WHIP or WHEP, from its offer to its DELETE. RFC 9725; specs/monibuca-rooms.md §10.1. */
export class MediaSession {
  private resource: URL | undefined;
  private etag = "*";
  private candidates: FoundCandidate[] = [];
  private gathering: ReturnType<typeof setTimeout> | undefined;
  private closing = false;

  constructor(
    readonly connection: RTCPeerConnection,
    /** Of the WHIP or WHEP endpoint. */
    private readonly url: string,
    private readonly access: MediaAccess,
  ) {
    connection.onicecandidate = ({ candidate }) => this.trickle(candidate);
  }

  /**
   * Offer what the connection's transceivers say, and take the answer. The offer goes out before candidates are
   * gathered: the server's are in the answer, and ours follow.
   *
   * @throws MediaError
   */
  async open(): Promise<void> {
    const offer = await this.connection.createOffer();
    const response = await this.fetch(new URL(this.url, location.origin), "POST", "application/sdp", offer.sdp);
    const text = await response.text();
    if (!response.ok) throw new MediaError(response.status, problemIn(text) ?? `The server answered with status ${response.status}.`);
    const resource = response.headers.get("location");
    if (resource !== null) this.resource = new URL(resource, response.url || location.origin);
    this.etag = response.headers.get("etag") ?? "*";
    if (this.closing) {
      this.remove(); // It was closed while the server was still thinking.
      return;
    }
    const named = iceServersOf(response.headers.get("link"));
    if (named.length > 0) this.connection.setConfiguration({ iceServers: named });
    await this.connection.setLocalDescription(offer);
    await this.connection.setRemoteDescription({ type: "answer", sdp: text });
  }

  /** The server forgets it at once, also while the page is going away. */
  close(): void {
    this.closing = true;
    clearTimeout(this.gathering);
    this.connection.onicecandidate = null;
    this.connection.close();
    this.remove();
  }

  private trickle(candidate: RTCIceCandidate | null): void {
    this.candidates.push(candidate);
    this.gathering ??= setTimeout(() => {
      this.gathering = undefined;
      const fragment = trickleFragment(this.connection.localDescription?.sdp ?? "", this.candidates.splice(0));
      // The server finds us by our own checks where candidates do not get through.
      if (this.resource) void this.fetch(this.resource, "PATCH", "application/trickle-ice-sdpfrag", fragment).catch(() => undefined);
    }, GATHER_FOR);
  }

  private remove(): void {
    if (this.resource === undefined) return;
    const resource = this.resource;
    this.resource = undefined;
    void this.fetch(resource, "DELETE").catch(() => undefined); // It may be gone already.
  }

  private async fetch(url: URL, method: string, type?: string, body?: string): Promise<Response> {
    try {
      return await fetch(url, {
        method,
        headers: {
          authorization: `Bearer ${this.access.token}`,
          ...(type !== undefined && { "content-type": type }),
          ...(method === "PATCH" && { "if-match": this.etag }),
        },
        ...(body !== undefined && { body }),
        keepalive: method === "DELETE",
        signal: AbortSignal.timeout(ANSWER_WITHIN),
      });
    } catch {
      throw new MediaError(0, "The server does not answer.");
    }
  }
}

/** The `detail` or `message` of a JSON body. */
function problemIn(text: string): string | undefined {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === "object" && body !== null) {
      const { detail, message } = body as { detail?: unknown; message?: unknown };
      for (const found of [detail, message]) if (typeof found === "string") return found.slice(0, 300);
    }
  } catch {
    // Not ours to show.
  }
  return undefined;
}
