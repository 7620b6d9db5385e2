import { describe, expect, it } from "vitest";

import { describeCaptureError } from "./captureErrors";

describe("a capture error", () => {
  it.each([
    ["NotAllowedError", /does not permit the camera/],
    ["NotFoundError", /No camera was found/],
    ["NotReadableError", /in use by another program/],
    ["OverconstrainedError", /Choose another one/],
  ])("%s says what to do", (name, expected) => {
    expect(describeCaptureError(new DOMException("technical text", name), "camera", true)).toMatch(expected);
  });

  it("on an insecure page names the real reason, whatever the error", () => {
    expect(describeCaptureError(new TypeError("x is undefined"), "microphone", false)).toMatch(/https or localhost/);
  });

  it("that is unknown keeps its own words", () => {
    expect(describeCaptureError(new Error("odd"), "camera", true)).toBe("The camera could not be started: odd");
    expect(describeCaptureError(undefined, "camera", true)).toBe("The camera could not be started.");
  });
});
