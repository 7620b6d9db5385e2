/** Danmaku that scroll take this long from edge to edge, those that stand stay as long; milliseconds. */
export const SCROLL_TIME = 8_000;
export const STAND_TIME = 4_000;
/** Space between two on one lane, CSS pixels. */
const GAP = 24;

interface Lane {
  /** When the last one that scrolls came, and how wide it is. */
  readonly scrolledAt: number;
  readonly width: number;
  /** When nothing stands there any more. */
  readonly stoodUntil: number;
}

const EMPTY: Lane = { scrolledAt: -Infinity, width: 0, stoodUntil: -Infinity };

/**
 * The lanes of danmaku over a picture, from the top. Some cross from right to left, each in the same time, so that longer
 * ones are faster; some stand in the middle for a while. Nothing ever overlaps: what finds no lane is not shown there.
 */
export class Lanes {
  private readonly lanes: Lane[];

  constructor(readonly count: number) {
    this.lanes = new Array<Lane>(count).fill(EMPTY);
  }

  /** The lane for one of that width that starts to scroll now, undefined if none is free. */
  scroll(width: number, stageWidth: number, now: number): number | undefined {
    const free = this.lanes.findIndex((lane) => lane.stoodUntil <= now && isClear(lane, width, stageWidth, now));
    return this.take(free, { scrolledAt: now, width });
  }

  /** The lane, nearest to the top or to the bottom, for one that stands from now on; undefined if none is free. */
  stand(at: "top" | "bottom", now: number): number | undefined {
    const isFree = (lane: Lane) => lane.stoodUntil <= now && lane.scrolledAt + SCROLL_TIME <= now;
    const free = at === "top" ? this.lanes.findIndex(isFree) : this.lanes.findLastIndex(isFree);
    return this.take(free, { stoodUntil: now + STAND_TIME });
  }

  private take(index: number, change: Partial<Lane>): number | undefined {
    const lane = this.lanes[index];
    if (lane === undefined) return undefined;
    this.lanes[index] = { ...lane, ...change };
    return index;
  }
}

/** The one before has come in completely, and has left before the new one could touch it. */
function isClear(last: Lane, width: number, stageWidth: number, now: number): boolean {
  const speedOf = (one: number) => (stageWidth + one) / SCROLL_TIME;
  const hasEntered = speedOf(last.width) * (now - last.scrolledAt) >= last.width + GAP;
  const reachesEdge = now + (stageWidth - GAP) / speedOf(width);
  return hasEntered && reachesEdge >= last.scrolledAt + SCROLL_TIME;
}
