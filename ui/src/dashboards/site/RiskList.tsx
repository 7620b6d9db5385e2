import { roomPath } from "../../routing/route";
import type { RoomSummary } from "../answers";
import { PageLink } from "../PageLink";

/** What should worry somebody, the gravest first. */
export function RiskList({ rooms }: { rooms: readonly RoomSummary[] }) {
  const risks = rooms.flatMap((room) => room.risk_details.map((risk) => ({ room, risk })));
  risks.sort((one, other) => Number(other.risk.level === "critical") - Number(one.risk.level === "critical"));
  if (risks.length === 0) return <p data-testid="no-risks">All is well: no open room needs you.</p>;
  return (
    <ul className="risks">
      {risks.map(({ room, risk }) => (
        <li key={JSON.stringify([room.room_id, risk.name])} data-testid="risk" data-level={risk.level}>
          <span className="grade" data-grade={risk.level === "critical" ? "poor" : "fair"}>
            {risk.level}
          </span>
          <PageLink to={roomPath(room.room_id, "dashboard")}>{room.name || room.room_id}</PageLink>
          <span>{risk.reason}</span>
        </li>
      ))}
    </ul>
  );
}
