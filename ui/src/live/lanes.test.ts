import { describe, expect, it } from "vitest";

import { Lanes, SCROLL_TIME, STAND_TIME } from "./lanes";

const STAGE = 800;

interface Shown {
  readonly lane: number;
  readonly at: number;
  readonly width: number;
  readonly stands: boolean;
}

/** Left and right edge at a time, CSS pixels from the left of the stage; undefined once it is gone. */
function place({ at, width, stands }: Shown, now: number): [number, number] | undefined {
  if (now < at || now >= at + (stands ? STAND_TIME : SCROLL_TIME)) return undefined;
  const left = stands ? (STAGE - width) / 2 : STAGE - ((STAGE + width) * (now - at)) / SCROLL_TIME;
  return [left, left + width];
}

/** Numbers that look random and are the same every time. */
function* numbers(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

describe("danmaku", () => {
  it.each([0, 0.2, 1])("never overlap, however many come and however long they are, of which %d stand", (share) => {
    const lanes = new Lanes(6);
    const random = numbers(7);
    const next = () => random.next().value as number;
    const shown: Shown[] = [];
    for (let now = 0; now < 60_000; now += next() * 400) {
      const width = 20 + next() * 900;
      const stands = next() < share;
      const lane = stands ? lanes.stand(next() < 0.5 ? "top" : "bottom", now) : lanes.scroll(width, STAGE, now);
      if (lane !== undefined) shown.push({ lane, at: now, width, stands });
    }
    expect(shown.length).toBeGreaterThan(50);
    for (let now = 0; now < 70_000; now += 50) {
      const places = shown.map((one) => ({ lane: one.lane, edges: place(one, now) }));
      const visible = places.flatMap(({ lane, edges }) => (edges ? [{ lane, edges }] : []));
      for (const [index, { lane, edges }] of visible.entries()) {
        for (const other of visible.slice(index + 1).filter((one) => one.lane === lane)) {
          expect(edges[1] <= other.edges[0] + 0.01 || other.edges[1] <= edges[0] + 0.01).toBe(true);
        }
      }
    }
  });

  it("that scroll take the topmost lane that is free, and none when all are taken", () => {
    const lanes = new Lanes(2);
    expect(lanes.scroll(100, STAGE, 0)).toBe(0);
    expect(lanes.scroll(100, STAGE, 10)).toBe(1);
    expect(lanes.scroll(100, STAGE, 20)).toBeUndefined();
    expect(lanes.scroll(100, STAGE, 2_000)).toBe(0);
    expect(new Lanes(0).scroll(1, STAGE, 0)).toBeUndefined();
  });

  it("that scroll wait behind a slow one if they would run into it", () => {
    const lanes = new Lanes(1);
    lanes.scroll(50, STAGE, 0);
    expect(lanes.scroll(2_000, STAGE, 1_500)).toBeUndefined();
    expect(lanes.scroll(50, STAGE, 1_500)).toBe(0);
  });

  it("that stand have a lane of their own for a while, from the top or from the bottom", () => {
    const lanes = new Lanes(3);
    expect([lanes.stand("top", 0), lanes.stand("bottom", 0), lanes.stand("bottom", 0), lanes.stand("top", 0)]).toEqual([0, 2, 1, undefined]);
    expect(lanes.stand("top", STAND_TIME)).toBe(0);
  });
});
