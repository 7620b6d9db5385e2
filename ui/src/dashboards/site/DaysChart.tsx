import { useMemo } from "react";

import type { Day } from "../answers";
import { Chart } from "../chart/Chart";
import { COUNT, duration } from "../numbers";

/** Visits, people and the most at once, day by day. */
export function DaysChart({ days, trouble }: { days: readonly Day[]; trouble: string | undefined }) {
  const lines = useMemo(() => {
    const of = (label: string, value: (day: Day) => number) => ({ label, points: days.map((day) => [atNoon(day), value(day)] as const) });
    return [of("visits", (day) => day.sessions), of("people", (day) => day.users), of("at once", (day) => day.peak_concurrent)];
  }, [days]);
  const streamed = days.reduce((sum, day) => sum + day.streaming_duration, 0);
  return (
    <>
      <Chart title="Visits and people" lines={lines} unit={COUNT} empty={trouble ?? "Asking the server…"} showMoment={dateOf} testid="days" />
      {days.length > 0 && <p className="hint">{duration(streamed)} of streaming together.</p>}
    </>
  );
}

function atNoon(day: Day): number {
  return new Date(`${day.date}T12:00`).getTime();
}

function dateOf(at: number): string {
  return new Date(at).toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "short" });
}
