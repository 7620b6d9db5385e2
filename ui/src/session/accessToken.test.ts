import { describe, expect, it } from "vitest";

import { readClaims } from "./accessToken";

function tokenWith(claims: unknown): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "HS256" })}.${part(claims)}.c2lnbmF0dXJl`;
}

describe("the claims of an access token", () => {
  it("name the room, the holder and the end of validity", () => {
    const token = tokenWith({ sub: "alice-1", name: "Älice 🎈", exp: 1700000000, video: { room: "demo", roomJoin: true } });
    expect(readClaims(` ${token}\n`)).toEqual({
      identity: "alice-1",
      name: "Älice 🎈",
      room: "demo",
      expiresAt: 1_700_000_000_000,
    });
  });

  it("may be few", () => {
    expect(readClaims(tokenWith({}))).toEqual({});
    expect(readClaims(tokenWith({ sub: 7, video: null }))).toEqual({});
  });

  it.each(["", "hello", "a.b.c", "a.%%%.c", tokenWith("text"), tokenWith([1])])("of %j do not exist", (text) => {
    expect(readClaims(text)).toBeUndefined();
  });
});
