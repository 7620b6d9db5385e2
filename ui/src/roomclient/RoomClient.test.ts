import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Code } from "./codes";
import { clientWithSockets, FakeSocket } from "./fakeSocket";
import type { RoomClient } from "./RoomClient";
import type { Status } from "./SocketClient";

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", FakeSocket);
  vi.stubGlobal("reportError", () => undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const JOINED = { heartbeat_interval: 10, heartbeat_timeout: 30 };

async function joined(): Promise<{ client: RoomClient; sockets: FakeSocket[]; socket: FakeSocket; statuses: Status[] }> {
  const made = clientWithSockets();
  const statuses: Status[] = [];
  made.client.onStatus((status) => statuses.push(status));
  const joining = made.client.join();
  const socket = made.sockets[0] as FakeSocket;
  socket.open();
  socket.say("room_joined", JOINED);
  await joining;
  return { ...made, socket, statuses };
}

describe("joining", () => {
  it("connects to the room with token, type and password, and says who comes", async () => {
    const { client, sockets } = clientWithSockets({ token: "a.b.c", roomType: "live", password: "p w" });
    const joining = client.join();
    expect(sockets[0]?.url).toBe("ws://rooms.example/room/demo?token=a.b.c&type=live&password=p+w");
    sockets[0]?.open();
    expect(sockets[0]?.sent).toEqual([
      { room_id: "demo", action: "join_room", user_id: "u1", user_name: "Ann", room_type: "live", password: "p w", token: "a.b.c" },
    ]);
    sockets[0]?.say("room_joined", JOINED);
    await joining;
    expect(client.status).toEqual({ at: "joined" });
  });

  it("fails with what the server says, and does not come back", async () => {
    const { client, sockets } = clientWithSockets();
    const joining = client.join();
    sockets[0]?.open();
    const failed = expect(joining).rejects.toMatchObject({ code: Code.Banned, word: "banned", message: "banned", detail: { until: null } });
    sockets[0]?.say("error", { for: "join_room", code: Code.Banned, error: "banned", message: "banned", detail: { until: null } });
    await failed;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sockets).toHaveLength(1);
  });

  it("fails at once when there is nobody to connect to, and in time when nobody answers", async () => {
    const refused = clientWithSockets();
    const refusedJoin = expect(refused.client.join()).rejects.toMatchObject({ word: "unreachable" });
    refused.sockets[0]?.lose(1006);
    await refusedJoin;

    const silent = clientWithSockets();
    const silentJoin = expect(silent.client.join()).rejects.toMatchObject({ word: "timeout" });
    silent.sockets[0]?.open();
    await vi.advanceTimersByTimeAsync(15_000);
    await silentJoin;
  });

  it("may lead into the lobby, with heartbeats, and from there into the room", async () => {
    const { client, sockets } = clientWithSockets();
    const joining = client.join();
    const socket = sockets[0] as FakeSocket;
    socket.open();
    socket.say("lobby_waiting", { position: 1 });
    await joining;
    expect(client.status).toEqual({ at: "waiting" });
    await expect(client.request("chat", { content: "hi" })).rejects.toMatchObject({ word: "disconnected" });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(socket.last("heartbeat")).toBeDefined();
    socket.say("room_joined", JOINED);
    expect(client.status).toEqual({ at: "joined" });
  });
});

describe("a request", () => {
  it("resolves with the fields of its ack, whatever the order of the answers", async () => {
    const { client, socket } = await joined();
    const first = client.request("pk_invite", { target_room_id: "other" });
    const second = client.operate("kick", "u2", { reason: "spam" });
    expect(socket.last("action")).toEqual({ room_id: "demo", action: "action", op: "kick", target_id: "u2", params: { reason: "spam" }, seq: 2 });
    socket.say("ack", { seq: 2, for: "action", code: 0 });
    socket.say("ack", { seq: 1, for: "pk_invite", code: 0, pk_id: "pk-1" });
    expect((await first)["pk_id"]).toBe("pk-1");
    expect((await second).for).toBe("action");
  });

  it("is rejected with the server's refusal", async () => {
    const { client, socket } = await joined();
    const request = client.request("chat", { content: "hi" });
    socket.say("error", { seq: 1, for: "chat", code: 42901, error: "rate_limited", message: "too many", detail: { retry_after_ms: 1800 } });
    await expect(request).rejects.toMatchObject({ code: Code.RateLimited, detail: { retry_after_ms: 1800 } });
    expect(client.status).toEqual({ at: "joined" });
  });

  it("is rejected when no answer comes, and when the connection is lost", async () => {
    const { client, socket } = await joined();
    const unanswered = expect(client.request("chat")).rejects.toMatchObject({ word: "timeout" });
    await vi.advanceTimersByTimeAsync(10_000);
    await unanswered;
    const cut = expect(client.request("chat")).rejects.toMatchObject({ word: "disconnected" });
    socket.lose(1006);
    await cut;
    await expect(client.request("chat")).rejects.toMatchObject({ word: "disconnected" });
  });

  it("is rejected at once when too many wait already", async () => {
    const { client } = await joined();
    const waiting = Array.from({ length: 200 }, () => client.request("chat"));
    for (const one of waiting) one.catch(() => undefined);
    await expect(client.request("chat")).rejects.toMatchObject({ message: /too many/i });
  });
});

describe("events", () => {
  it("come to those who listen to their kind, and a listener that throws costs the others nothing", async () => {
    const { client, socket } = await joined();
    const heard: string[] = [];
    client.on("chat", () => {
      throw new Error("a bug");
    });
    const stop = client.on("chat", ({ content }) => heard.push(content));
    socket.say("chat", { content: "one" });
    socket.say("user_left", { user_id: "u2" });
    stop();
    socket.say("chat", { content: "two" });
    expect(heard).toEqual(["one"]);
  });

  it.each(["", "[]", "7", "nothing", '{"action": 7}', new ArrayBuffer(3)])("that are none (%j) are passed over", async (data) => {
    const { client, socket } = await joined();
    const heard: unknown[] = [];
    client.onMessage((message) => heard.push(message));
    socket.onmessage?.({ data });
    expect(heard).toEqual([]);
    expect(client.status).toEqual({ at: "joined" });
  });
});

describe("a lost connection", () => {
  it("is taken up again as the same member, with longer and longer pauses", async () => {
    const { client, sockets, socket, statuses } = await joined();
    socket.lose(1006);
    expect(client.status).toEqual({ at: "reconnecting" });
    await vi.advanceTimersByTimeAsync(300);
    expect(sockets).toHaveLength(2);
    sockets[1]?.lose(1006);
    await vi.advanceTimersByTimeAsync(290);
    expect(sockets).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(310);
    expect(sockets).toHaveLength(3);
    sockets[2]?.open();
    expect(sockets[2]?.last("join_room")?.["user_id"]).toBe("u1");
    sockets[2]?.say("room_joined", { ...JOINED, resumed: true });
    expect(statuses.map((status) => status.at)).toEqual(["joined", "reconnecting", "joined"]);
  });

  it("is noticed when heartbeats are not answered", async () => {
    const { client, socket } = await joined();
    for (let beat = 0; beat < 5; beat++) {
      await vi.advanceTimersByTimeAsync(10_000);
      socket.say("heartbeat_ack");
    }
    expect(client.status).toEqual({ at: "joined" });
    await vi.advanceTimersByTimeAsync(40_000);
    expect(client.status.at).not.toBe("joined");
  });

  it("is not waited for longer when the network is said to be back", async () => {
    const { client, sockets, socket } = await joined();
    socket.lose(1006);
    client.retryNow();
    client.retryNow();
    expect(sockets).toHaveLength(2);
  });

  it("stays lost after five minutes, or when the server does not want the member any more", async () => {
    const given = await joined();
    given.socket.lose(1001);
    while (given.client.status.at === "reconnecting" && given.sockets.length < 200) {
      await vi.advanceTimersByTimeAsync(10_000);
      given.sockets.at(-1)?.lose(1006);
    }
    expect(given.client.status).toEqual({ at: "ended", ending: "lost" });

    const refused = await joined();
    refused.socket.lose(4008);
    refused.client.retryNow();
    refused.sockets[1]?.open();
    refused.sockets[1]?.say("error", { for: "join_room", code: 50201, error: "verify_unavailable", message: "later" });
    expect(refused.client.status).toEqual({ at: "reconnecting" });
    refused.client.retryNow();
    refused.sockets[2]?.open();
    refused.sockets[2]?.say("error", { for: "join_room", code: 40302, error: "banned", message: "no" });
    expect(refused.client.status).toMatchObject({ at: "ended", ending: "refused", error: { code: 40302 } });
  });
});

describe("a connection that is closed for good", () => {
  it.each([
    [4001, "unauthorized"],
    [4003, "turned-away"],
    [4004, "room-closed"],
    [4009, "replaced"],
    [4010, "kicked"],
    [4029, "misbehaved"],
  ])("with %i ends the visit: %s", async (code, ending) => {
    const { client, sockets, socket } = await joined();
    socket.lose(code);
    expect(client.status).toEqual({ at: "ended", ending });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sockets).toHaveLength(1);
    await expect(client.request("chat")).rejects.toMatchObject({ word: "closed" });
  });

  it("by leaving is told to the server", async () => {
    const { client, socket } = await joined();
    client.leave();
    expect(socket.last("leave_room")).toBeDefined();
    expect(client.status).toEqual({ at: "ended", ending: "left" });
  });
});
