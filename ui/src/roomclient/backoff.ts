/** First and longest pause between two attempts, milliseconds. */
const FIRST = 300;
const LONGEST = 10_000;

/**
 * How long to wait before attempt number `attempt` (from 0), milliseconds: twice as long each time, and never the same
 * for everybody, so that a server that comes back is not run over.
 */
export function pauseBefore(attempt: number, random: () => number = Math.random): number {
  const longest = Math.min(LONGEST, FIRST * 2 ** Math.min(attempt, 16));
  return longest / 2 + (random() * longest) / 2;
}
