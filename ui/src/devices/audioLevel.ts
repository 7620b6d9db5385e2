/** Loudness that the meter shows as empty and as full, in decibels relative to full scale. */
const FLOOR_DECIBELS = -60;
const CEILING_DECIBELS = -12;

/**
 * Level of a block of samples in −1…1 as the meter shows it: 0 for silence, 1 for loud speech, linear in decibels
 * of the root mean square, because that is how loudness is heard.
 */
export function audioLevel(samples: Float32Array): number {
  if (samples.length === 0) return 0;
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const decibels = 10 * Math.log10(sum / samples.length);
  const level = (decibels - FLOOR_DECIBELS) / (CEILING_DECIBELS - FLOOR_DECIBELS);
  return Math.min(1, Math.max(0, level));
}

/** How much of a level is left after a look without sound: the bar falls slower than it rises, so that eyes can follow. */
const RELEASE = 0.55;

export function smoothLevel(shown: number, level: number): number {
  return Math.max(level, shown * RELEASE < 0.01 ? 0 : shown * RELEASE);
}
