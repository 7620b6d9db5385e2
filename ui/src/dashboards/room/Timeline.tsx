import { useState } from "react";

import type { Moment } from "../answers";
import { moment } from "../numbers";

/** Marks that are drawn, and rows of the list, the newest. */
const MARKS = 400;
const ROWS = 100;
const PEOPLE = 30;

/** What happened to whom and when: a row of marks for each user. */
export function Timeline({ moments }: { moments: readonly Moment[] }) {
  const [pointed, setPointed] = useState<Moment>();
  const shown = moments.slice(-MARKS);
  const first = shown[0]?.ts;
  const last = shown.at(-1)?.ts;
  if (first === undefined || last === undefined) return <p className="hint">Nothing happened in this time.</p>;
  const people = [...new Set(shown.map((one) => one.user_id))].slice(0, PEOPLE);
  const place = (at: number) => `${last === first ? 50 : (100 * (at - first)) / (last - first)}%`;
  return (
    <>
      <p className="timeline-word" data-testid="timeline-word" dir="auto">
        {pointed === undefined ? `${moment(first)} to ${moment(last)}` : told(pointed)}
      </p>
      <div className="timeline">
        {people.map((user) => (
          <div key={user} className="timeline-row">
            <span className="timeline-name" dir="auto">
              {user}
            </span>
            <span className="timeline-track">
              {shown
                .filter((one) => one.user_id === user)
                .map((one, index) => (
                  <button
                    key={index}
                    type="button"
                    // The list below is for the keyboard: hundreds of stops would bar its way.
                    tabIndex={-1}
                    aria-label={told(one)}
                    className="timeline-mark"
                    data-testid="timeline-mark"
                    data-success={one.success}
                    style={{ insetInlineStart: place(one.ts) }}
                    onMouseEnter={() => setPointed(one)}
                    onClick={() => setPointed(one)}
                  />
                ))}
            </span>
          </div>
        ))}
      </div>
      <details className="chart-values">
        <summary data-testid="timeline-list">As a list</summary>
        <ol className="timeline-list">
          {shown
            .slice(-ROWS)
            .reverse()
            .map((one, index) => (
              <li key={index} data-testid="timeline-row" dir="auto">
                {told(one)}
              </li>
            ))}
        </ol>
      </details>
    </>
  );
}

function told({ ts, user_id, event, success, detail }: Moment): string {
  const { latency_ms: latency, message, value } = detail;
  const parts = [
    `${moment(ts)} ${user_id}: ${event.replaceAll("_", " ")}${success ? "" : " failed"}`,
    typeof latency === "number" && `${Math.round(latency)} ms`,
    typeof message === "string" && message,
    value !== undefined && JSON.stringify(value),
  ];
  return parts.filter(Boolean).join(", ");
}
