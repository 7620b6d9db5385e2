import { streamPath } from "../../routing/route";
import type { ReportedUser, Visit } from "../answers";
import { duration, moment } from "../numbers";
import { PageLink } from "../PageLink";

const USERS = 200;
const VISITS = 5;

/** Who was here, when, and with what. */
export function UsersTable({ room, users }: { room: string; users: readonly ReportedUser[] }) {
  return (
    <div className="table-scroll">
      <table>
        <thead>
          <tr>
            {["Who", "Role", "Visits", "Device"].map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {users.slice(0, USERS).map((user) => (
            <tr key={user.user_id} data-testid="user-row">
              <th scope="row">
                <PageLink to={streamPath(room, user.user_id)} testid="user-to-stream">
                  {user.user_name || user.user_id}
                </PageLink>
              </th>
              <td>{user.role}</td>
              <td>
                <ul className="visits">
                  {user.sessions.slice(-VISITS).map((visit) => (
                    <li key={visit.session_id}>{told(visit)}</li>
                  ))}
                </ul>
                {user.sessions.length > VISITS && <span className="hint">and {user.sessions.length - VISITS} before</span>}
              </td>
              <td dir="auto">{deviceOf(user) || "unknown"}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {users.length > USERS && <p className="hint">{users.length - USERS} more are in the CSV table of users.</p>}
    </div>
  );
}

function told({ joined_at, left_at, duration: seconds, leave_reason }: Visit): string {
  const since = `${moment(joined_at)}, ${duration(seconds)}`;
  return left_at === null ? `${since}, still here` : `${since}${leave_reason === "" ? "" : `, ${leave_reason}`}`;
}

function deviceOf({ device }: ReportedUser): string {
  return [device.terminal, device.device_name, device.os_version, device.network_type, device.sdk_version].filter(Boolean).join(", ");
}
