const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** How far back one looks. */
export const REACHES = {
  "10min": { label: "10 minutes", ms: 10 * MINUTE },
  "1h": { label: "1 hour", ms: HOUR },
  "24h": { label: "24 hours", ms: 24 * HOUR },
  "7d": { label: "7 days", ms: 7 * 24 * HOUR },
} as const;

export type Reach = keyof typeof REACHES;

/** ms since 1970, the end not included. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** From so far back until now; a little later, as clocks differ. */
export function spanOf(reach: Reach, now: number = Date.now()): Span {
  return { start: now - REACHES[reach].ms, end: now + 5_000 };
}
