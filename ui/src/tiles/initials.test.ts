import { describe, expect, it } from "vitest";

import { hueOf, initials } from "./initials";

describe("initials", () => {
  it.each([
    ["Alice", "A"],
    ["ada king lovelace", "AL"],
    ["  Bob  ", "B"],
    ["山田 太郎", "山太"],
    ["👩‍🚀 Zoe", "👩‍🚀Z"],
    ["", ""],
  ])("of %j are %j", (name, expected) => {
    expect(initials(name)).toBe(expected);
  });
});

describe("the hue of an identity", () => {
  it("stays the same and differs between most identities", () => {
    expect(hueOf("alice")).toBe(hueOf("alice"));
    const hues = new Set(Array.from({ length: 50 }, (_, index) => hueOf(`participant-${index}`)));
    expect(hues.size).toBeGreaterThan(30);
  });
});
