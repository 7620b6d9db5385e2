import { describe, expect, it } from "vitest";

import { inviteLink, parseRoute, roomPath, SERVER_DASHBOARD, streamPath } from "./route";

function routeOf(address: string) {
  return parseRoute(new URL(address, "http://localhost"));
}

describe("an address", () => {
  it("of the landing page names no room", () => {
    expect(routeOf("/")).toEqual({ door: "meeting" });
  });

  it("names its room in the path or in the query", () => {
    expect(routeOf("/r/demo")).toEqual({ door: "meeting", room: "demo" });
    expect(routeOf("/r/demo/")).toEqual({ door: "meeting", room: "demo" });
    expect(routeOf("/?room=demo&name=Alice")).toEqual({ door: "meeting", room: "demo", name: "Alice" });
  });

  it("carries a token in the fragment or in the query, the fragment first", () => {
    expect(routeOf("/r/demo#token=a.b.c")).toEqual({ door: "meeting", room: "demo", token: "a.b.c" });
    expect(routeOf("/?token=q.q.q#token=a.b.c")).toEqual({ door: "meeting", token: "a.b.c" });
    expect(routeOf("/?token=q.q.q")).toEqual({ door: "meeting", token: "q.q.q" });
  });

  it("survives a percent sign that encodes nothing", () => {
    expect(routeOf("/r/100%")).toEqual({ door: "meeting", room: "100%" });
  });

  it.each(["demo", "a/b", "50 % off?", "家族の部屋", "<b>bold</b>", "#hash"])("round-trips the room name %s", (room) => {
    expect(routeOf(roomPath(room))).toEqual({ door: "meeting", room });
  });

  it("of a live room is the viewer's or the streamer's", () => {
    expect(routeOf("/live/demo")).toEqual({ door: "live", room: "demo" });
    expect(routeOf("/live/demo/studio/#token=a.b.c")).toEqual({ door: "studio", room: "demo", token: "a.b.c" });
    for (const door of ["live", "studio"] as const) expect(routeOf(roomPath("家/%", door))).toEqual({ door, room: "家/%" });
    expect(routeOf("/r/demo/studio")).toEqual({ door: "meeting", room: "demo/studio" });
  });

  it("of a customer's call carries its token as the link does", () => {
    expect(routeOf("/cs/cs_1?t=a.b")).toEqual({ door: "visitor", room: "cs_1", token: "a.b" });
    expect(routeOf("/cs/new")).toEqual({ door: "visitor", room: "new" });
    expect(routeOf("/cs")).toEqual({ door: "visitor", room: "new" });
    expect(routeOf(roomPath("cs_1", "visitor"))).toEqual({ door: "visitor", room: "cs_1" });
  });

  it("of the agents' desk is no room", () => {
    expect(routeOf("/desk")).toEqual({ door: "desk" });
    expect(routeOf("/desk/supervisor/")).toEqual({ door: "supervisor" });
  });

  it("of the dashboards is all rooms, the server, one room, or what somebody sends in it", () => {
    expect(routeOf("/dashboard/")).toEqual({ door: "dashboard" });
    expect(routeOf(SERVER_DASHBOARD)).toEqual({ door: "dashboard", server: true });
    expect(routeOf(roomPath("server", "dashboard"))).toEqual({ door: "dashboard", room: "server" });
    expect(routeOf(roomPath("tea room/1", "dashboard"))).toEqual({ door: "dashboard", room: "tea room/1" });
    expect(routeOf(streamPath("tea room/1", "a/b%"))).toEqual({ door: "dashboard", room: "tea room/1", user: "a/b%" });
  });

  it("to invite others is the room's page at this origin", () => {
    expect(inviteLink("https://meet.example", "a b")).toBe("https://meet.example/r/a%20b");
  });
});
