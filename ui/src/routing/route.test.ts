import { describe, expect, it } from "vitest";

import { inviteLink, parseRoute, roomPath } from "./route";

function routeOf(address: string) {
  return parseRoute(new URL(address, "http://localhost"));
}

describe("an address", () => {
  it("of the landing page names no room", () => {
    expect(routeOf("/")).toEqual({});
  });

  it("names its room in the path or in the query", () => {
    expect(routeOf("/r/demo")).toEqual({ room: "demo" });
    expect(routeOf("/r/demo/")).toEqual({ room: "demo" });
    expect(routeOf("/?room=demo&name=Alice")).toEqual({ room: "demo", name: "Alice" });
  });

  it("carries a token in the fragment or in the query, the fragment first", () => {
    expect(routeOf("/r/demo#token=a.b.c")).toEqual({ room: "demo", token: "a.b.c" });
    expect(routeOf("/?token=q.q.q#token=a.b.c")).toEqual({ token: "a.b.c" });
    expect(routeOf("/?token=q.q.q")).toEqual({ token: "q.q.q" });
  });

  it("survives a percent sign that encodes nothing", () => {
    expect(routeOf("/r/100%")).toEqual({ room: "100%" });
  });

  it.each(["demo", "a/b", "50 % off?", "家族の部屋", "<b>bold</b>", "#hash"])("round-trips the room name %s", (room) => {
    expect(routeOf(roomPath(room))).toEqual({ room });
  });

  it("to invite others is the room's page at this origin", () => {
    expect(inviteLink("https://meet.example", "a b")).toBe("https://meet.example/r/a%20b");
  });
});
