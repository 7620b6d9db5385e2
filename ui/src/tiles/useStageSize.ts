import { useEffect, useState, type RefObject } from "react";

import type { Stage } from "./layout";

/** Inner size of an element in CSS pixels, kept up to date; undefined before it was first measured. */
export function useStageSize(element: RefObject<HTMLElement | null>): Stage | undefined {
  const [size, setSize] = useState<Stage>();
  useEffect(() => {
    if (element.current === null) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) setSize({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return size;
}
