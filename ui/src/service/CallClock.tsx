import { clock } from "../interface/clock";
import { useNow } from "../interface/useNow";

/** How long something lasts already; `since` is ms since 1970. */
export function CallClock({ since }: { since: number }) {
  const now = useNow();
  return (
    <span className="meeting-count" role="timer" data-testid="call-clock">
      {clock((now - since) / 1000)}
    </span>
  );
}
