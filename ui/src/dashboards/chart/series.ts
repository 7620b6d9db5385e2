/** One line of a chart. */
export interface Line {
  readonly label: string;
  /** In the order of their times (ms since 1970); null is not measured. */
  readonly points: readonly (readonly [at: number, value: number | null])[];
}

/** Seconds since 1970, and for each line its value then: null breaks the line, undefined does not. */
export type Columns = [number[], ...(number | null | undefined)[][]];

/** Two points further apart than this many times the usual distance are not joined. */
const BROKEN_AFTER = 5;

/** Lines that were measured at different moments, on one axis of time. */
export function columnsOf(lines: readonly Line[]): Columns {
  const broken = lines.map(withBreaks);
  const moments = [...new Set(broken.flatMap((points) => [...points.keys()]))].sort((one, other) => one - other);
  return [moments.map((at) => at / 1000), ...broken.map((points) => moments.map((at) => points.get(at)))];
}

function withBreaks({ points }: Line): ReadonlyMap<number, number | null> {
  const gaps = points.slice(1).map(([at], index) => at - (points[index]?.[0] ?? at));
  const longest = BROKEN_AFTER * Math.max(1000, median(gaps));
  const broken = new Map<number, number | null>();
  for (const [index, [at, value]] of points.entries()) {
    const before = points[index - 1]?.[0];
    if (before !== undefined && at - before > longest) broken.set(before + 1, null);
    // What was not measured does not break a line: reports of a client and of the server take turns.
    if (value !== null) broken.set(at, value);
  }
  return broken;
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}

/** The newest moments, as rows of a table, the newest first. */
export function rowsOf([moments, ...values]: Columns, limit: number): { at: number; values: (number | null)[] }[] {
  const rows = moments.map((at, index) => ({ at: at * 1000, values: values.map((column) => column[index] ?? null) }));
  return rows
    .filter((row) => row.values.some((value) => value !== null))
    .slice(-limit)
    .reverse();
}

/** What a line says last. */
export function newest({ points }: Line): number | undefined {
  return points.findLast(([, value]) => value !== null)?.[1] ?? undefined;
}
