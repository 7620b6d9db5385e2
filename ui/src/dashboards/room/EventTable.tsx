import type { EventSummary } from "../answers";
import { percent } from "../numbers";

/** How often each event came, whether it succeeded, and how long it took. */
export function EventTable({ events }: { events: readonly EventSummary[] }) {
  if (events.length === 0) return <p className="hint">Nothing happened in this time.</p>;
  return (
    <div className="table-scroll">
      <table>
        <thead>
          <tr>
            {["Event", "Times", "Succeeded", "Mean", "95 % within"].map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {events.map((event) => (
            <tr key={event.event} data-testid="event-row">
              <th scope="row" dir="auto">
                {event.event}
              </th>
              <td>{event.count}</td>
              <td>{percent(event.success_rate)}</td>
              <td>{event.avg_ms > 0 ? `${Math.round(event.avg_ms)} ms` : "–"}</td>
              <td>{event.p95_ms > 0 ? `${Math.round(event.p95_ms)} ms` : "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
