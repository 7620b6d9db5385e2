import { streamPath } from "../../routing/route";
import type { Pair } from "../answers";
import { bitrate, percent } from "../numbers";
import { PageLink } from "../PageLink";
import { gradeOf, LARGEST, matrixOf } from "./matrix";

interface MatrixTableProps {
  room: string;
  pairs: readonly Pair[];
  chosen: Pair | undefined;
  onChoose: (pair: Pair) => void;
}

/** Senders down, receivers across. */
export function MatrixTable({ room, pairs, chosen, onChoose }: MatrixTableProps) {
  const { senders, receivers, cell } = matrixOf(pairs);
  if (senders.length === 0) return <p className="hint">Nobody has received anything yet. Measurements come every five seconds.</p>;
  return (
    <div className="table-scroll">
      <table className="matrix" data-testid="matrix">
        <thead>
          <tr>
            <th scope="col">from ╲ to</th>
            {receivers.map((receiver) => (
              <th key={receiver} scope="col" dir="auto">
                {receiver}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {senders.map((sender) => (
            <tr key={sender}>
              <th scope="row">
                <PageLink to={streamPath(room, sender)} testid="to-stream">
                  {sender}
                </PageLink>
              </th>
              {receivers.map((receiver) => {
                const pair = cell(sender, receiver);
                return <td key={receiver}>{pair === undefined ? "" : <Cell pair={pair} chosen={pair === chosen} onChoose={onChoose} />}</td>;
              })}
            </tr>
          ))}
        </tbody>
      </table>
      {Math.max(senders.length, receivers.length) === LARGEST && <p className="hint">The first {LARGEST} by name.</p>}
    </div>
  );
}

function Cell({ pair, chosen, onChoose }: { pair: Pair; chosen: boolean; onChoose: (pair: Pair) => void }) {
  return (
    <button
      type="button"
      className="matrix-cell"
      aria-pressed={chosen}
      data-grade={gradeOf(pair)}
      data-testid="matrix-cell"
      data-sender={pair.sender}
      data-receiver={pair.receiver}
      onClick={() => onChoose(pair)}
    >
      <strong>{bitrate(pair.bitrate)}</strong>
      <span>{percent(pair.packet_loss)} lost</span>
      <span>{pair.watched > 0 ? `${percent(pair.freeze_rate)} frozen` : "no video"}</span>
    </button>
  );
}
