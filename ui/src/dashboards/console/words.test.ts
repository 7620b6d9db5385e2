import { describe, expect, it } from "vitest";

import type { PersonLine, ServerLine } from "./consoleApi";
import { confirmation, mutable, ratesBetween, sends, size, troubles } from "./words";

const person: PersonLine = {
  user_id: "ann",
  name: "Ann",
  role: "member",
  protocol: "livekit",
  joined_at: 0,
  kind: "standard",
  hidden: false,
  force_muted: ["video"],
  tracks: [
    { sid: "TR_1", kind: "audio", source: "microphone", muted: true },
    { sid: "TR_2", kind: "screen", source: "screen_share", muted: false },
  ],
};

const server: ServerLine = {
  version: "1",
  now: 100,
  started_at: 0,
  cpu_seconds: 10,
  cores: 2,
  resident_bytes: 1,
  rooms: 0,
  participants: 0,
  peers: 0,
  bytes_in: 0,
  bytes_out: 1000,
  drops: 0,
  panics: 0,
  storage_healthy: true,
  reports: { backend: "database", buffered: 0, dropped: 0 },
  draining: false,
  work: {},
};

describe("the console's words", () => {
  it("ask before what cannot be undone, and name whom it is done to", () => {
    expect(confirmation({ room_id: "tea", op: "kick", user_id: "ann" }, "Ann")?.title).toBe("Remove Ann?");
    expect(confirmation({ room_id: "tea", op: "close_room" }, "tea")?.title).toBe("Close tea?");
    expect(confirmation({ room_id: "tea", op: "mute", user_id: "ann", params: { kind: "audio" } }, "Ann")).toBeUndefined();
  });

  it("offer to mute what is sent, and to unmute what may not be", () => {
    expect(mutable(person)).toEqual([
      { media: "audio", muted: false },
      { media: "video", muted: true },
      { media: "screen", muted: false },
    ]);
    expect(mutable({ ...person, force_muted: [], tracks: [] })).toEqual([]);
  });

  it("say what somebody sends", () => {
    expect(sends(person)).toBe("sound (muted), screen");
    expect(sends({ ...person, tracks: [] })).toBe("nothing");
  });

  it("say what a server does from one look to the next, but not over a restart", () => {
    const later = { ...server, now: 102, cpu_seconds: 11, bytes_out: 2000 };
    expect(ratesBetween(server, later)).toEqual({ cpu: 0.5, bitsIn: 0, bitsOut: 4000 });
    expect(ratesBetween(undefined, later)).toBeUndefined();
    expect(ratesBetween(server, server)).toBeUndefined();
    expect(ratesBetween(server, { ...later, started_at: 101 })).toBeUndefined();
  });

  it("say what is wrong, and nothing where all is well", () => {
    expect(troubles(server)).toEqual([]);
    const ill = { ...server, storage_healthy: false, panics: 1, draining: true, reports: { backend: "memory", buffered: 7, dropped: 2 } } as const;
    expect(troubles(ill)).toHaveLength(5);
    expect(troubles(ill)[1]).toContain("7 reports wait");
  });

  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1_500_000, "1.5 MB"],
    [3e15, "3,000 TB"],
  ])("%d bytes are %s", (bytes, words) => expect(size(bytes)).toBe(words));
});
