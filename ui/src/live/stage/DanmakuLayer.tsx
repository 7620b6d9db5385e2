import { useEffect, useRef } from "react";

import type { RoomClient } from "../../roomclient/RoomClient";
import { Lanes, SCROLL_TIME, STAND_TIME } from "../lanes";
import type { Danmaku, LiveMessage } from "../messages";

/** Height of a lane, CSS pixels; styles/live.css has the sizes that fit. */
const LANE = 34;
/** Share of the stage's height that they may cover: faces are below. */
const COVERED = 0.6;
/** Most elements at a time, whatever the size of the window. */
const LIMIT = 80;

/**
 * Danmaku over the picture. Screen readers have the same texts beside it. Who wants less motion sees them stand for a
 * moment instead.
 */
export function DanmakuLayer({ client }: { client: RoomClient<LiveMessage> }) {
  const layer = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = layer.current;
    if (element === null) return undefined;
    const sky = new Sky(element);
    const stop = client.on("danmaku", (danmaku) => sky.show(danmaku));
    return () => {
      stop();
      sky.clear();
    };
  }, [client]);
  return <div className="danmaku-layer" ref={layer} aria-hidden="true" data-testid="danmaku-layer" />;
}

/** Places danmaku by hand: a component for each would draw the whole page anew many times a second. */
class Sky {
  private lanes = new Lanes(0);
  private readonly timers = new Set<ReturnType<typeof setTimeout>>();
  private readonly still = window.matchMedia("(prefers-reduced-motion: reduce)");

  constructor(private readonly layer: HTMLElement) {}

  show(danmaku: Danmaku): void {
    this.fit();
    if (this.layer.childElementCount >= LIMIT) return;
    const span = document.createElement("span");
    span.textContent = danmaku.content; // Text, whatever it looks like.
    span.className = "danmaku";
    span.dataset["testid"] = "danmaku";
    span.dataset["size"] = danmaku.size;
    if (/^#[0-9a-f]{6}$/i.test(danmaku.color)) span.style.color = danmaku.color;
    this.layer.append(span);
    const placed = danmaku.mode === "scroll" && !this.still.matches ? this.scroll(span) : this.stand(span, danmaku.mode === "bottom" ? "bottom" : "top");
    if (!placed) span.remove();
  }

  clear(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.layer.replaceChildren();
  }

  private scroll(span: HTMLElement): boolean {
    const stage = this.layer.clientWidth;
    const width = span.offsetWidth;
    const lane = this.lanes.scroll(width, stage, performance.now());
    if (lane === undefined) return false;
    span.style.top = `${lane * LANE}px`;
    span.animate([{ transform: `translateX(${stage}px)` }, { transform: `translateX(${-width}px)` }], { duration: SCROLL_TIME, fill: "both" });
    this.removeAfter(span, SCROLL_TIME);
    return true;
  }

  private stand(span: HTMLElement, at: "top" | "bottom"): boolean {
    const lane = this.lanes.stand(at, performance.now());
    if (lane === undefined) return false;
    span.dataset["standing"] = "true";
    span.style.top = `${lane * LANE}px`;
    this.removeAfter(span, STAND_TIME);
    return true;
  }

  /** As many lanes as the stage has room for now. */
  private fit(): void {
    const count = Math.max(1, Math.floor((this.layer.clientHeight * COVERED) / LANE));
    if (count !== this.lanes.count) this.lanes = new Lanes(count);
  }

  private removeAfter(span: HTMLElement, milliseconds: number): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      span.remove();
    }, milliseconds);
    this.timers.add(timer);
  }
}
