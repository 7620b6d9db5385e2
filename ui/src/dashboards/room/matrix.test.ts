import { describe, expect, it } from "vitest";

import type { Pair } from "../answers";
import { frozen, gradeOf, matrixOf } from "./matrix";

function pair(sender: string, receiver: string, change: Partial<Pair> = {}): Pair {
  return { sender, receiver, points: [], freeze_count: 0, freeze_duration_ms: 0, freeze_rate: 0, packet_loss: 0, rtt_ms: 20, bitrate: 1000, watched: 10, ...change };
}

describe("who gets what of whom", () => {
  const matrix = matrixOf([pair("bob", "alice"), pair("alice", "bob", { bitrate: 7 }), pair("alice", "carl")]);

  it("has each sender and receiver once, by name", () => {
    expect(matrix.senders).toEqual(["alice", "bob"]);
    expect(matrix.receivers).toEqual(["alice", "bob", "carl"]);
  });

  it("knows a pair by its direction, and nothing of those that were not measured", () => {
    expect(matrix.cell("alice", "bob")?.bitrate).toBe(7);
    expect(matrix.cell("bob", "carl")).toBeUndefined();
  });

  it("does not mix up names with marks in them", () => {
    const odd = matrixOf([pair('a","b', "c", { bitrate: 1 }), pair("a", 'b","c', { bitrate: 2 })]);
    expect(odd.cell('a","b', "c")?.bitrate).toBe(1);
    expect(odd.cell("a", 'b","c')?.bitrate).toBe(2);
  });

  it("fits a page", () => {
    const many = matrixOf(Array.from({ length: 40 }, (_, index) => pair(`u${index}`, "alice")), 8);
    expect(many.senders).toHaveLength(8);
  });
});

describe("how well a pair goes", () => {
  it.each([
    [{}, "good"],
    [{ packet_loss: 0.06 }, "fair"],
    [{ packet_loss: 0.16 }, "poor"],
    [{ freeze_rate: 0.06 }, "fair"],
    [{ freeze_rate: 0.11 }, "poor"],
    [{ rtt_ms: 401 }, "fair"],
  ] as const)("%j is %s", (change, grade) => {
    expect(gradeOf(pair("a", "b", change))).toBe(grade);
  });

  it("lists freezes, the worst first", () => {
    const pairs = [pair("a", "b"), pair("a", "c", { freeze_count: 1, freeze_rate: 0.01 }), pair("a", "d", { freeze_count: 1, freeze_rate: 0.2 })];
    expect(frozen(pairs).map((one) => one.receiver)).toEqual(["d", "c"]);
  });
});
