/** Place of one tile inside the stage, CSS pixels. */
export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface Stage {
  readonly width: number;
  readonly height: number;
}

/** Space between tiles, CSS pixels. */
const GAP = 10;
/** A face stays readable down to this size, CSS pixels. */
const MINIMUM: Stage = { width: 132, height: 92 };
/** Width ÷ height a tile may take: cameras deliver 16:9, and down to a square little of a face is cut off. */
const WIDEST = 16 / 9;
const NARROWEST = 1;
/** Share of the stage the strip beside a focused tile takes. */
const STRIP_SHARE = 0.22;
const STRIP_LIMITS = { beside: [150, 300], below: [92, 170] } as const;

/** Tiles of equal size that fill the stage as far as their shape allows, row by row, each row centred. */
export function gridLayout(count: number, stage: Stage): Rectangle[] {
  if (count === 0) return [];
  const { columns, width, height } = bestGrid(count, stage);
  const rows = Math.ceil(count / columns);
  const top = (stage.height - rows * height - (rows - 1) * GAP) / 2;
  return Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / columns);
    const inRow = row === rows - 1 ? count - row * columns : columns;
    const left = (stage.width - inRow * width - (inRow - 1) * GAP) / 2;
    return { left: left + (index % columns) * (width + GAP), top: top + row * (height + GAP), width, height };
  });
}

/** First tile large, the others in a strip: beside it on a wide stage, below it on a tall one. */
export function focusLayout(count: number, stage: Stage): Rectangle[] {
  if (count <= 1) return count === 0 ? [] : [{ left: 0, top: 0, ...stage }];
  const { focus, strip } = splitForFocus(stage);
  const others = gridLayout(count - 1, strip);
  return [focus, ...others.map((tile) => ({ ...tile, left: tile.left + strip.left, top: tile.top + strip.top }))];
}

/** How many tiles the stage holds before they get too small to be of use; always at least one (two with focus). */
export function capacity(stage: Stage, focused: boolean): number {
  if (!focused) return gridCapacity(stage);
  return 1 + gridCapacity(splitForFocus(stage).strip);
}

function gridCapacity(stage: Stage): number {
  const columns = Math.floor((stage.width + GAP) / (MINIMUM.width + GAP));
  const rows = Math.floor((stage.height + GAP) / (MINIMUM.height + GAP));
  return Math.max(1, columns) * Math.max(1, rows);
}

function splitForFocus(stage: Stage): { focus: Rectangle; strip: Rectangle } {
  if (stage.width >= stage.height) {
    const width = clamp(stage.width * STRIP_SHARE, ...STRIP_LIMITS.beside);
    const rest = Math.max(0, stage.width - width - GAP);
    return {
      focus: { left: 0, top: 0, width: rest, height: stage.height },
      strip: { left: rest + GAP, top: 0, width, height: stage.height },
    };
  }
  const height = clamp(stage.height * STRIP_SHARE, ...STRIP_LIMITS.below);
  const rest = Math.max(0, stage.height - height - GAP);
  return {
    focus: { left: 0, top: 0, width: stage.width, height: rest },
    strip: { left: 0, top: rest + GAP, width: stage.width, height },
  };
}

/** The number of columns with the largest tiles. */
function bestGrid(count: number, stage: Stage): { columns: number; width: number; height: number } {
  let best = { columns: 1, width: 0, height: 0 };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const cellWidth = Math.max(0, (stage.width - (columns - 1) * GAP) / columns);
    const cellHeight = Math.max(0, (stage.height - (rows - 1) * GAP) / rows);
    const width = Math.min(cellWidth, cellHeight * WIDEST);
    const height = Math.min(cellHeight, cellWidth / NARROWEST);
    if (width * height > best.width * best.height) best = { columns, width, height };
  }
  return best;
}

function clamp(value: number, minimum: number, maximum: number): number {
  return Math.min(maximum, Math.max(minimum, value));
}
