import { describe, expect, it } from "vitest";

import { columnsOf, newest, rowsOf, type Line } from "./series";

const line = (label: string, ...points: [number, number | null][]): Line => ({ label, points });

describe("lines of one chart", () => {
  it("measured at different moments share one axis, in seconds", () => {
    const columns = columnsOf([line("sent", [5000, 10], [10_000, 20]), line("received", [6000, 9])]);
    expect(columns).toEqual([
      [5, 6, 10],
      [10, undefined, 20],
      [undefined, 9, undefined],
    ]);
  });

  it("break where nothing was measured for long", () => {
    const columns = columnsOf([line("sent", [0, 1], [5000, 2], [10_000, 3], [100_000, 4])]);
    expect(columns).toEqual([
      [0, 5, 10, 10.001, 100],
      [1, 2, 3, null, 4],
    ]);
  });

  it("go on over a report that did not measure them", () => {
    expect(columnsOf([line("fps", [0, 25], [5000, null], [10_000, 24])])).toEqual([
      [0, 10],
      [25, 24],
    ]);
  });

  it("of nothing are nothing", () => {
    expect(columnsOf([line("sent")])).toEqual([[], []]);
    expect(newest(line("sent", [0, null]))).toBeUndefined();
  });

  it("are a table whose first row is the newest, without the breaks", () => {
    const columns = columnsOf([line("sent", [0, 1], [5000, 2], [10_000, 3], [100_000, 4]), line("received", [5000, 7])]);
    expect(rowsOf(columns, 3)).toEqual([
      { at: 100_000, values: [4, null] },
      { at: 10_000, values: [3, null] },
      { at: 5000, values: [2, 7] },
    ]);
  });

  it("say last what was measured last", () => {
    expect(newest(line("fps", [0, 25], [5000, null]))).toBe(25);
  });
});
