import { useEffect, useRef } from "react";

import { hueOf } from "../tiles/initials";
import { ChatText } from "./ChatText";
import type { Line } from "./line";

/** So near to the end, CSS pixels, the list follows what comes. */
const NEAR = 80;

/** What was said, newest last; `self` is one's own user id. */
export function LineList({ lines, self }: { lines: readonly Line[]; self: string }) {
  const list = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const last = lines.at(-1)?.id;
  useEffect(() => {
    if (follows.current) list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [last]);
  const onScroll = () => {
    const element = list.current;
    if (element !== null) follows.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR;
  };
  return (
    // A region that scrolls must be reachable by keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="chat-messages live-lines" ref={list} onScroll={onScroll} role="log" aria-live="polite" aria-label="Messages" tabIndex={0}>
      {lines.length === 0 && <p className="hint">Nothing has been said yet.</p>}
      {lines.map((line) => (
        <p key={line.id} className="live-line" data-kind={line.kind} data-testid="live-line" dir="auto">
          <strong style={{ "--hue": hueOf(line.userId) }}>{line.userId === self ? "You" : line.userName || "Somebody"}</strong>{" "}
          <span className="chat-text">
            <ChatText message={line.text} />
          </span>
        </p>
      ))}
    </div>
  );
}
