import { describe, expect, it } from "vitest";

import { authorName, isHistory } from "./authors";

describe("authors", () => {
  it("are known by name, then by identity", () => {
    expect(authorName({ from: { name: "Ann", identity: "a" } })).toBe("Ann");
    expect(authorName({ from: { name: "", identity: "a" } })).toBe("a");
  });

  it("who have left are named by the message", () => {
    expect(authorName({ attributes: { "roomful.name": "Ann" } })).toBe("Ann");
    expect(authorName({})).toBe("Somebody");
  });

  it("wrote before one came, or since", () => {
    expect(isHistory({ attributes: { "roomful.history": "true" } })).toBe(true);
    expect(isHistory({ attributes: {} })).toBe(false);
    expect(isHistory({})).toBe(false);
  });
});
