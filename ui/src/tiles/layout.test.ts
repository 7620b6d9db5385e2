import { describe, expect, it } from "vitest";

import { capacity, focusLayout, gridLayout, type Rectangle, type Stage } from "./layout";

const DESKTOP: Stage = { width: 1248, height: 640 };
const PHONE: Stage = { width: 344, height: 520 };
const COUNTS = Array.from({ length: 30 }, (_, index) => index + 1);

function expectInside(tiles: Rectangle[], stage: Stage): void {
  for (const tile of tiles) {
    expect(tile.left).toBeGreaterThanOrEqual(-0.01);
    expect(tile.top).toBeGreaterThanOrEqual(-0.01);
    expect(tile.left + tile.width).toBeLessThanOrEqual(stage.width + 0.01);
    expect(tile.top + tile.height).toBeLessThanOrEqual(stage.height + 0.01);
  }
}

function expectApart(tiles: Rectangle[]): void {
  for (const [index, a] of tiles.entries()) {
    for (const b of tiles.slice(index + 1)) {
      const beside = a.left + a.width <= b.left || b.left + b.width <= a.left;
      const above = a.top + a.height <= b.top || b.top + b.height <= a.top;
      expect(beside || above).toBe(true);
    }
  }
}

describe.each([
  ["a desktop", DESKTOP],
  ["a phone", PHONE],
])("tiles on %s", (_, stage) => {
  it.each(COUNTS)("%i in a grid lie inside the stage and apart", (count) => {
    const tiles = gridLayout(count, stage);
    expect(tiles).toHaveLength(count);
    expectInside(tiles, stage);
    expectApart(tiles);
  });

  it.each(COUNTS)("%i with one in focus lie inside the stage and apart", (count) => {
    const tiles = focusLayout(count, stage);
    expect(tiles).toHaveLength(count);
    expectInside(tiles, stage);
    expectApart(tiles);
  });

  it("up to the capacity are large enough for a face", () => {
    for (const tile of gridLayout(capacity(stage, false), stage)) {
      expect(tile.width).toBeGreaterThanOrEqual(132);
      expect(tile.height).toBeGreaterThanOrEqual(92);
    }
  });

  it("keep the shape of a camera picture or something narrower, never wider", () => {
    for (const count of COUNTS) {
      for (const { width, height } of gridLayout(count, stage)) {
        expect(width / height).toBeLessThanOrEqual(16 / 9 + 0.01);
        expect(width / height).toBeGreaterThanOrEqual(0.99);
      }
    }
  });
});

describe("two tiles", () => {
  it("stand side by side on a desktop and one above the other on a phone", () => {
    const [left, right] = gridLayout(2, DESKTOP);
    expect(left?.top).toBe(right?.top);
    const [upper, lower] = gridLayout(2, PHONE);
    expect(upper?.left).toBe(lower?.left);
  });
});

describe("a focused tile", () => {
  it("takes most of the stage", () => {
    for (const stage of [DESKTOP, PHONE]) {
      const [focus] = focusLayout(6, stage);
      const share = ((focus?.width ?? 0) * (focus?.height ?? 0)) / (stage.width * stage.height);
      expect(share).toBeGreaterThan(0.6);
    }
  });

  it("alone takes all of it", () => {
    expect(focusLayout(1, PHONE)).toEqual([{ left: 0, top: 0, ...PHONE }]);
  });
});

describe("a stage of no size", () => {
  it("breaks nothing", () => {
    const nothing = { width: 0, height: 0 };
    expect(gridLayout(0, nothing)).toEqual([]);
    expect(gridLayout(3, nothing)).toHaveLength(3);
    expect(capacity(nothing, true)).toBe(2);
  });
});
