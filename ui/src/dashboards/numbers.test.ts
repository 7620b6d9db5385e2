import { describe, expect, it } from "vitest";

import { bitrate, duration, percent } from "./numbers";

describe("numbers for people", () => {
  it.each([
    [0, "0 bit/s"],
    [64_400, "64 kbit/s"],
    [1_250_000, "1.3 Mbit/s"],
  ])("%d bit/s is %s", (value, words) => expect(bitrate(value)).toBe(words));

  it.each([
    [0, "0 %"],
    [0.0004, "< 0.1 %"],
    [0.123, "12.3 %"],
    [1, "100 %"],
  ])("a share of %d is %s", (value, words) => expect(percent(value)).toBe(words));

  it.each([
    [7.4, "7 s"],
    [125, "2 min 5 s"],
    [7260, "2 h 1 min"],
  ])("%d seconds are %s", (value, words) => expect(duration(value)).toBe(words));
});
