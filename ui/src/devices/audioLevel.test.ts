import { describe, expect, it } from "vitest";

import { audioLevel, smoothLevel } from "./audioLevel";

/** 1024 samples of a 440 Hz sine at 48 kHz. */
function tone(amplitude: number): Float32Array {
  return Float32Array.from({ length: 1024 }, (_, index) => amplitude * Math.sin((2 * Math.PI * 440 * index) / 48_000));
}

describe("the audio level", () => {
  it("is 0 for silence and for noise below hearing", () => {
    expect(audioLevel(new Float32Array())).toBe(0);
    expect(audioLevel(new Float32Array(1024))).toBe(0);
    expect(audioLevel(tone(0.0005))).toBe(0);
  });

  it("is 1 for a loud tone, and never more", () => {
    expect(audioLevel(tone(1))).toBe(1);
  });

  it("rises evenly with each halving of the distance", () => {
    const levels = [0.02, 0.04, 0.08, 0.16].map((amplitude) => audioLevel(tone(amplitude)));
    const steps = levels.slice(1).map((level, index) => level - (levels[index] ?? 0));
    for (const step of steps) expect(step).toBeCloseTo(6.02 / 48, 2);
  });

  it("rises at once and falls slowly to nothing", () => {
    expect(smoothLevel(0.1, 0.9)).toBe(0.9);
    let shown = 0.9;
    for (let look = 0; look < 2; look++) shown = smoothLevel(shown, 0);
    expect(shown).toBeGreaterThan(0.2);
    for (let look = 0; look < 15; look++) shown = smoothLevel(shown, 0);
    expect(shown).toBe(0);
  });
});
