import type uPlot from "uplot";

import { moment, type Unit } from "../numbers";

/** As many as dashboards.css has. */
const COLOURS = 6;
/** Lines with fewer moments show each of them: one alone would not be seen. */
const POINTED = 60;
const DAY = 86_400;
const FONT = "12px system-ui, sans-serif";

type Options = Omit<uPlot.Options, "width" | "height">;

/** How a chart of such lines looks, in the colours of the place where it stands. */
export function optionsFor(labels: readonly string[], unit: Unit, place: Element): Options {
  const style = getComputedStyle(place);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis = { stroke: colour("--muted"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: FONT };
  return {
    scales: { x: { range: (_, first, last) => wide(first, last) }, y: { range: (_, __, most) => [0, Math.max(unit.least, most * 1.1)] } },
    axes: [
      { ...axis, size: 30, space: 80, values: (_, moments, __, ___, step) => moments.map((at) => tick(at, step)) },
      { ...axis, size: 84, values: (_, values) => values.map((value) => unit.show(value)) },
    ],
    series: [
      { label: "Time", value: (_, at: number | null) => (at === null ? "–" : moment(at * 1000)) },
      ...labels.map((label, index) => ({
        label,
        stroke: colour(`--series-${(index % COLOURS) + 1}`),
        width: 2,
        points: { show: (plot: uPlot) => plot.data[0].length < POINTED },
        // The second round of colours is dashed.
        ...(index >= COLOURS && { dash: [6, 4] }),
        value: (_: uPlot, value: number | null | undefined) => (value == null ? "–" : unit.show(value)),
      })),
    ],
  };
}

/** Seconds that a chart shows at least. */
const SHORTEST = 60;

function wide(first: number | null, last: number | null): [number, number] {
  const end = last ?? Date.now() / 1000;
  return [Math.min(first ?? end, end - SHORTEST), end];
}

/** A moment (seconds since 1970) at the axis, as exact as the steps (seconds) are. */
function tick(at: number, step: number): string {
  const date = new Date(at * 1000);
  if (step >= DAY || (date.getHours() === 0 && date.getMinutes() === 0 && step >= 3600)) {
    return date.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
  }
  return date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", ...(step < 60 && { second: "2-digit" }) });
}
