import { roomPath } from "../../routing/route";
import { percent } from "../numbers";
import { PageLink } from "../PageLink";
import type { WorkerLine } from "./consoleApi";

const ROOMS = 5;

/** The programs that run agents, how busy they say they are, and where their agents are. */
export function WorkersTable({ workers, trouble }: { workers: readonly WorkerLine[] | undefined; trouble: string | undefined }) {
  if (workers === undefined) return <p className="hint">{trouble ?? "Asking the server…"}</p>;
  if (workers.length === 0) return <p data-testid="no-workers">None. A worker of the LiveKit agents framework connects with the server’s address and an API key.</p>;
  return (
    <div className="table-scroll">
      <table>
        <thead>
          <tr>
            {["Agent", "Worker", "One for each", "Load", "In"].map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {workers.map((worker) => (
            <tr key={worker.id} data-testid="worker-row">
              <th scope="row">{worker.agent_name || "any room"}</th>
              <td>{worker.id}</td>
              <td>{worker.kind}</td>
              <td>
                {percent(worker.load)}
                {worker.full && ", takes no more"}
              </td>
              <td>
                {worker.rooms.length === 0 && "no room"}
                {worker.rooms.slice(0, ROOMS).map((room) => (
                  <span key={room}>
                    <PageLink to={roomPath(room, "dashboard")}>{room}</PageLink>{" "}
                  </span>
                ))}
                {worker.rooms.length > ROOMS && `and ${worker.rooms.length - ROOMS} more`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
