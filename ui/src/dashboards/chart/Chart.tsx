import { useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

import { moment, type Unit } from "../numbers";
import { columnsOf, newest, rowsOf, type Line } from "./series";
import { optionsFor } from "./options";

interface ChartProps {
  title: string;
  lines: readonly Line[];
  unit: Unit;
  /** What to say instead of a chart of nothing. */
  empty: string;
  /** How a moment is written. */
  showMoment?: (at: number) => string;
  testid: string;
}

/** Rows of the table beside a chart. */
const ROWS = 60;
const HEIGHT = 190;

/** Lines over time, and the same as a table. */
export function Chart({ title, lines, unit, empty, showMoment = moment, testid }: ChartProps) {
  const columns = useMemo(() => columnsOf(lines), [lines]);
  const said = lines.map((line) => `${line.label} ${unit.show(newest(line) ?? 0)}`).join(", ");
  return (
    <figure className="chart" data-testid={testid} data-points={columns[0].length}>
      <figcaption>{title}</figcaption>
      {columns[0].length === 0 ? (
        <p className="hint">{empty}</p>
      ) : (
        <>
          <Plot labels={lines.map((line) => line.label)} columns={columns} unit={unit} said={`${title}, newest: ${said}`} />
          <details className="chart-values">
            <summary data-testid={`${testid}-values`}>Values</summary>
            <div className="table-scroll">
              <table>
                <thead>
                  <tr>
                    <th scope="col">Time</th>
                    {lines.map((line) => (
                      <th key={line.label} scope="col" dir="auto">
                        {line.label}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {rowsOf(columns, ROWS).map((row) => (
                    <tr key={row.at} data-testid={`${testid}-row`} data-values={JSON.stringify(row.values)}>
                      <th scope="row">{showMoment(row.at)}</th>
                      {row.values.map((value, index) => (
                        <td key={lines[index]?.label}>{value === null ? "–" : unit.show(value)}</td>
                      ))}
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </details>
        </>
      )}
    </figure>
  );
}

function Plot({ labels, columns, unit, said }: { labels: readonly string[]; columns: uPlot.AlignedData; unit: Unit; said: string }) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const dark = useDark();
  const names = JSON.stringify(labels);

  useEffect(() => {
    const here = place.current;
    if (here === null) return undefined;
    const drawn = new uPlot({ ...optionsFor(JSON.parse(names) as string[], unit, here), width: here.clientWidth, height: HEIGHT }, undefined, here);
    plot.current = drawn;
    const observer = new ResizeObserver(() => drawn.setSize({ width: here.clientWidth, height: HEIGHT }));
    observer.observe(here);
    return () => {
      observer.disconnect();
      drawn.destroy();
    };
    // Anew in the dark: a canvas does not follow the colours of the page.
  }, [names, unit, dark]);

  useEffect(() => plot.current?.setData(columns), [columns, names, unit, dark]);

  return <div className="plot" ref={place} role="img" aria-label={said} />;
}

const DARK = "(prefers-color-scheme: dark)";

function useDark(): boolean {
  return useSyncExternalStore(
    (changed) => {
      const query = window.matchMedia(DARK);
      query.addEventListener("change", changed);
      return () => query.removeEventListener("change", changed);
    },
    () => window.matchMedia(DARK).matches,
  );
}
