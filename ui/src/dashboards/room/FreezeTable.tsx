import type { Pair } from "../answers";
import { duration, percent } from "../numbers";
import { frozen, gradeOf } from "./matrix";

const SHOWN = 50;

/** Whose picture stood still for whom, the worst first. */
export function FreezeTable({ pairs, onChoose }: { pairs: readonly Pair[]; onChoose: (pair: Pair) => void }) {
  const worst = frozen(pairs).slice(0, SHOWN);
  if (worst.length === 0) return <p className="hint">No client reported a picture that stood still.</p>;
  return (
    <div className="table-scroll">
      <table data-testid="freezes">
        <thead>
          <tr>
            <th scope="col">From, to</th>
            <th scope="col">Freezes</th>
            <th scope="col">Together</th>
            <th scope="col">Share</th>
          </tr>
        </thead>
        <tbody>
          {worst.map((pair) => (
            <tr key={JSON.stringify([pair.sender, pair.receiver])} data-testid="freeze-row">
              <th scope="row">
                <button type="button" className="link" onClick={() => onChoose(pair)}>
                  <bdi>{pair.sender}</bdi> → <bdi>{pair.receiver}</bdi>
                </button>
              </th>
              <td>{pair.freeze_count}</td>
              <td>{pair.freeze_duration_ms < 10_000 ? `${(pair.freeze_duration_ms / 1000).toFixed(1)} s` : duration(pair.freeze_duration_ms / 1000)}</td>
              <td>
                <span className="grade" data-grade={gradeOf(pair)}>
                  {percent(pair.freeze_rate)}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
