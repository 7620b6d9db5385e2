import { roomPath } from "../../routing/route";
import { duration, moment } from "../numbers";
import { PageLink } from "../PageLink";
import type { RecordingLine } from "./consoleApi";
import { size } from "./words";

const GRADES: Readonly<Record<string, string>> = { failed: "poor", aborted: "poor", limit_reached: "fair" };

/** What is recorded, and what was. */
export function RecordingsTable({ recordings, trouble }: { recordings: readonly RecordingLine[] | undefined; trouble: string | undefined }) {
  if (recordings === undefined) return <p className="hint">{trouble ?? "Asking the server…"}</p>;
  if (recordings.length === 0) return <p data-testid="no-recordings">Nothing has been recorded yet.</p>;
  return (
    <div className="table-scroll">
      <table>
        <thead>
          <tr>
            {["Room", "State", "Began", "Duration", "Size", "File"].map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {recordings.map((one) => (
            <tr key={one.id} data-testid="recording-row">
              <th scope="row">
                <PageLink to={roomPath(one.room_id, "dashboard")}>{one.room_id}</PageLink>
              </th>
              <td>
                <span className="grade" data-grade={GRADES[one.status] ?? "good"} title={one.error}>
                  {one.status.replace("_", " ")}
                </span>
                {one.error !== "" && <span className="hint"> {one.error}</span>}
              </td>
              <td>{one.started_at === 0 ? "not yet" : moment(one.started_at)}</td>
              <td>{one.ended_at === 0 || one.started_at === 0 ? "" : duration((one.ended_at - one.started_at) / 1000)}</td>
              <td>{one.size === 0 ? "" : size(one.size)}</td>
              <td dir="auto">{one.file}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
