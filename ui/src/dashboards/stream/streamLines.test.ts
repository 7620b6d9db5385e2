import { expect, it } from "vitest";

import type { Pair } from "../answers";
import { streamLines } from "./streamLines";

const received = { ts: 1000, send_bitrate: 5, recv_bitrate: 4, fps: null, packet_loss: 0.1, rtt_ms: null };
const rest = { freeze_count: 0, freeze_duration_ms: 0, freeze_rate: 0, packet_loss: 0, rtt_ms: 0, bitrate: 0, watched: 0 };
const pair = (sender: string, receiver: string): Pair => ({ sender, receiver, points: [received], ...rest });
const stats = {
  streams: [{ user_id: "alice", points: [{ ts: 900, bitrate: 5, fps: 25, packet_loss: 0, rtt_ms: null }] }],
  pairs: [pair("alice", "bob"), pair("bob", "alice")],
};

it("a stream is what its sender sends, and what each receiver gets of it", () => {
  expect(streamLines(stats, "alice", "bitrate")).toEqual([
    { label: "sent", points: [[900, 5]] },
    { label: "to bob", points: [[1000, 4]] },
  ]);
});

it("a measure that somebody does not take is no line", () => {
  expect(streamLines(stats, "alice", "fps").map((line) => line.label)).toEqual(["sent"]);
  expect(streamLines(stats, "alice", "rtt_ms")).toEqual([]);
  expect(streamLines(stats, "nobody", "bitrate")).toEqual([]);
});
