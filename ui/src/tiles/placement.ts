import type { CSSProperties } from "react";

import type { Rectangle } from "./layout";

/** Style that puts an element to its place on the stage; a change of place is animated (styles/tile.css). */
export function placement({ left, top, width, height }: Rectangle): CSSProperties {
  return { transform: `translate(${left}px, ${top}px)`, width, height };
}
