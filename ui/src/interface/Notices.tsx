import { useCallback, useMemo, useRef, useState, type ReactNode } from "react";

import { NoticesContext, type Tone } from "./notices";

interface Notice {
  readonly id: number;
  readonly text: string;
  readonly tone: Tone;
}

/** How long a notice stays, milliseconds; trouble stays longer because there is more to read. */
const STAY: Record<Tone, number> = { news: 4000, trouble: 9000 };
/** A hundred people who join at once must not cover the room. */
const LIMIT = 3;

/** Shows short notices above the page and has screen readers say them. */
export function Notices({ children }: { children: ReactNode }) {
  const [notices, setNotices] = useState<readonly Notice[]>([]);
  const next = useRef(0);

  const dismiss = useCallback((id: number) => setNotices((current) => current.filter((notice) => notice.id !== id)), []);
  const notify = useCallback(
    (text: string, tone: Tone = "news") => {
      const id = next.current++;
      setNotices((current) => [...current.slice(1 - LIMIT), { id, text, tone }]);
      window.setTimeout(() => dismiss(id), STAY[tone]);
    },
    [dismiss],
  );
  const context = useMemo(() => ({ notify }), [notify]);

  return (
    <NoticesContext value={context}>
      {children}
      <div className="notices" role="status" aria-live="polite" data-testid="notices">
        {notices.map((notice) => (
          <p key={notice.id} className="notice" data-tone={notice.tone} dir="auto">
            {notice.text}
          </p>
        ))}
      </div>
    </NoticesContext>
  );
}
