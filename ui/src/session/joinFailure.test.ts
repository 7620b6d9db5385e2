import { ConnectionError } from "livekit-client";
import { describe, expect, it } from "vitest";

import { describeJoinFailure } from "./joinFailure";
import { TokenError } from "./tokenSource";

describe("a failed join", () => {
  it("asks for a token when the server hands out none or refuses the one given", () => {
    expect(describeJoinFailure(new TokenError("token-required", "Needs a token.")).tokenNeeded).toBe(true);
    expect(describeJoinFailure(ConnectionError.notAllowed("token is expired", 401))).toEqual({
      message: "The server does not let you in: token is expired",
      tokenNeeded: true,
    });
  });

  it("does not ask for a token when the server is out of reach", () => {
    const unreachable = new TokenError("unreachable", "The server does not answer.");
    for (const error of [unreachable, ConnectionError.timeout("10 s"), ConnectionError.serverUnreachable("refused")]) {
      const failure = describeJoinFailure(error);
      expect(failure.message).toMatch(/does not answer/);
      expect(failure.tokenNeeded).toBe(false);
    }
  });

  it("passes on what it does not know", () => {
    expect(describeJoinFailure(new Error("odd")).message).toBe("Joining failed: odd");
    expect(describeJoinFailure("odd").message).toBe("Joining failed: odd");
  });
});
