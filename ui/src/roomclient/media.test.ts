import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { pauseBefore } from "./backoff";
import { iceServersOf } from "./iceServers";
import { MediaLine, type MediaState } from "./MediaLine";
import { trickleFragment } from "./trickle";

const OFFER = "v=0\r\na=ice-ufrag:uf\r\na=ice-pwd:pw\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n";

/** A peer connection whose network is a test. */
class FakeConnection {
  connectionState = "new";
  localDescription: { sdp?: string } | null = null;
  remote: string | undefined;
  configuration: RTCConfiguration | undefined;
  closed = false;
  onicecandidate: ((event: { candidate: { candidate: string; sdpMid: string } | null }) => void) | null = null;
  onconnectionstatechange: (() => void) | null = null;

  createOffer = () => Promise.resolve({ type: "offer", sdp: OFFER });
  setConfiguration = (configuration: RTCConfiguration) => void (this.configuration = configuration);
  setLocalDescription = (description: { sdp?: string }) => Promise.resolve(void (this.localDescription = description));
  setRemoteDescription = ({ sdp }: { sdp: string }) => Promise.resolve(void (this.remote = sdp));
  close = () => void (this.closed = true);

  become(state: string): void {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
}

let calls: Call[] = [];
let answer: () => Response;
let connections: FakeConnection[] = [];

function created(link?: string): Response {
  return new Response("ANSWER", { status: 201, headers: { location: "/webrtc/session/s1", etag: '"e1"', ...(link !== undefined && { link }) } });
}

function line(): { line: MediaLine; states: MediaState["at"][] } {
  const made = new MediaLine(
    "/webrtc/whep/room/demo/u1",
    { token: "t", iceServers: [] },
    () => undefined,
    () => {
      const connection = new FakeConnection();
      connections.push(connection);
      return connection as unknown as RTCPeerConnection;
    },
  );
  const states: MediaState["at"][] = [];
  made.onState((state) => states.push(state.at));
  made.start();
  return { line: made, states };
}

beforeEach(() => {
  vi.useFakeTimers();
  calls = [];
  connections = [];
  answer = created;
  vi.stubGlobal("location", { origin: "https://rooms.example" });
  vi.stubGlobal("fetch", (url: URL, request: { method: string; headers: Record<string, string>; body?: string }) => {
    calls.push({ method: request.method, path: url.pathname, headers: request.headers, body: request.body });
    return Promise.resolve(answer());
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("a media line", () => {
  it("offers with its token, takes the answer, and deletes its session in the end", async () => {
    const { line: made, states } = line();
    await vi.advanceTimersByTimeAsync(0);
    expect(calls).toMatchObject([{ method: "POST", path: "/webrtc/whep/room/demo/u1", body: OFFER, headers: { authorization: "Bearer t" } }]);
    expect(connections[0]?.remote).toBe("ANSWER");
    connections[0]?.become("connected");
    made.stop();
    await vi.advanceTimersByTimeAsync(0);
    expect(calls.at(-1)).toMatchObject({ method: "DELETE", path: "/webrtc/session/s1", headers: { authorization: "Bearer t" } });
    expect(states).toEqual(["live", "stopped"]);
    expect(connections[0]?.closed).toBe(true);
  });

  it("uses the ICE servers that the answer names, and tells its candidates together", async () => {
    answer = () => created('<turn:turn.example?transport=udp>; rel="ice-server"; username="u"; credential="c"');
    line();
    await vi.advanceTimersByTimeAsync(0);
    expect(connections[0]?.configuration).toEqual({ iceServers: [{ urls: "turn:turn.example?transport=udp", username: "u", credential: "c" }] });
    connections[0]?.onicecandidate?.({ candidate: { candidate: "candidate:1 …", sdpMid: "0" } });
    connections[0]?.onicecandidate?.({ candidate: null });
    await vi.advanceTimersByTimeAsync(100);
    expect(calls.at(-1)).toMatchObject({ method: "PATCH", headers: { "if-match": '"e1"' } });
    expect(calls.at(-1)?.body).toContain("a=candidate:1 …\r\na=end-of-candidates\r\n");
  });

  it("asks again while the stream is not there, with pauses, and at once when told to", async () => {
    answer = () => new Response('{"detail": "there is no such stream now"}', { status: 404 });
    const { line: made, states } = line();
    await vi.advanceTimersByTimeAsync(0);
    expect(made.state).toMatchObject({ at: "retrying", error: { status: 404, message: "there is no such stream now" } });
    await vi.advanceTimersByTimeAsync(300);
    expect(connections).toHaveLength(2);
    answer = created;
    made.retryNow();
    await vi.advanceTimersByTimeAsync(0);
    connections.at(-1)?.become("connected");
    expect(states).toEqual(["retrying", "retrying", "live"]);
    expect(connections.slice(0, -1).every((connection) => connection.closed)).toBe(true);
  });

  it("does not ask again for what will never do", async () => {
    answer = () => new Response("", { status: 406 });
    const { line: made } = line();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(made.state).toMatchObject({ at: "failed", error: { status: 406 } });
    expect(connections).toHaveLength(1);
  });

  it("makes a new connection in place of one that failed, or fell silent for long", async () => {
    const { line: made } = line();
    await vi.advanceTimersByTimeAsync(0);
    connections[0]?.become("connected");
    connections[0]?.become("disconnected");
    await vi.advanceTimersByTimeAsync(4_000);
    connections[0]?.become("connected");
    await vi.advanceTimersByTimeAsync(4_000);
    expect(connections).toHaveLength(1);
    connections[0]?.become("disconnected");
    await vi.advanceTimersByTimeAsync(5_400);
    expect(connections).toHaveLength(2);
    connections[1]?.become("failed");
    expect(made.state.at).toBe("retrying");
    made.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(connections).toHaveLength(2);
  });

  it("that is stopped while the server thinks leaves nothing behind", async () => {
    const { line: made } = line();
    made.stop();
    await vi.advanceTimersByTimeAsync(0);
    expect(calls.map((call) => call.method)).toEqual(["POST", "DELETE"]);
  });
});

describe("the Link header", () => {
  it("names ICE servers among other things", () => {
    const header = '<stun:a.example>; rel="ice-server", <https://x.example>; rel=next, <turn:b.example>; rel=ice-server; username="a,b"; credential="c;d"';
    expect(iceServersOf(header)).toEqual([{ urls: "stun:a.example" }, { urls: "turn:b.example", username: "a,b", credential: "c;d" }]);
    expect(iceServersOf(null)).toEqual([]);
  });
});

describe("a fragment", () => {
  it("has the credentials and the first section of the offer", () => {
    const found = { candidate: "candidate:1 1 udp 1 10.0.0.1 5000 typ host", sdpMid: "0" };
    expect(trickleFragment(OFFER, [found, null])).toBe(
      "a=ice-ufrag:uf\r\na=ice-pwd:pw\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=candidate:1 1 udp 1 10.0.0.1 5000 typ host\r\na=end-of-candidates\r\n",
    );
  });
});

describe("pauses between attempts", () => {
  it("grow to a limit and differ", () => {
    expect([0, 1, 2, 3].map((attempt) => pauseBefore(attempt, () => 1))).toEqual([300, 600, 1200, 2400]);
    expect(pauseBefore(99, () => 1)).toBe(10_000);
    expect(pauseBefore(99, () => 0)).toBe(5_000);
  });
});
