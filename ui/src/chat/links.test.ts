import { describe, expect, it } from "vitest";

import { splitLinks } from "./links";

describe("a chat message", () => {
  it("without addresses is one run", () => {
    expect(splitLinks("hello <b>you</b>")).toEqual([{ text: "hello <b>you</b>" }]);
    expect(splitLinks("")).toEqual([]);
  });

  it("shows its web addresses as links, without the full stop after them", () => {
    expect(splitLinks("see https://example.org/a?b=c#d. Or (http://example.org/x_(y))!")).toEqual([
      { text: "see " },
      { text: "https://example.org/a?b=c#d", href: "https://example.org/a?b=c#d" },
      { text: ". Or (" },
      { text: "http://example.org/x_(y)", href: "http://example.org/x_(y)" },
      { text: ")!" },
    ]);
  });

  it.each(["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "https://", "https://%"])("never links %s", (text) => {
    expect(splitLinks(text).every((run) => run.href === undefined)).toBe(true);
  });

  it("loses no character", () => {
    const message = "a https://x.example/?q=%20 b https://y.example… c";
    expect(splitLinks(message).map((run) => run.text).join("")).toBe(message);
  });
});
