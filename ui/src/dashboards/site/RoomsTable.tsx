import { roomPath } from "../../routing/route";
import type { RoomSummary } from "../answers";
import { duration, moment, percent } from "../numbers";
import { PageLink } from "../PageLink";
import { useDeeds } from "../console/useDeeds";
import { gradeOf } from "../room/matrix";
import { inOrder, type Order } from "./order";

/** Rows a page shows; the API has them all. */
const SHOWN = 200;

const COLUMNS: readonly { by: Order; head: string; show: (room: RoomSummary) => string }[] = [
  { by: "current_users", head: "Now", show: (room) => String(room.current_users) },
  { by: "peak_concurrent", head: "Peak", show: (room) => String(room.peak_concurrent) },
  { by: "popularity", head: "Popularity", show: (room) => String(Math.round(room.popularity)) },
  { by: "started_at", head: "Since", show: (room) => moment(room.started_at) },
  { by: "duration", head: "Duration", show: (room) => duration(room.duration) },
  { by: "packet_loss", head: "Loss", show: (room) => percent(room.packet_loss) },
  { by: "freeze_rate", head: "Freeze", show: (room) => percent(room.freeze_rate) },
];

interface RoomsTableProps {
  rooms: readonly RoomSummary[];
  order: Order;
  onOrder: (by: Order) => void;
  /** A room was closed. */
  onChanged: () => void;
}

/** All rooms, those first that have most of what they are ordered by. */
export function RoomsTable({ rooms, order, onOrder, onChanged }: RoomsTableProps) {
  const deeds = useDeeds(onChanged);
  if (rooms.length === 0) {
    return (
      <p className="hint" id="rooms" data-testid="no-rooms">
        Nobody was here in the last 24 hours. Open a room, <a href="/">for example from the first page</a>, and it appears here within seconds.
      </p>
    );
  }
  return (
    <div className="table-scroll" id="rooms">
      {deeds.dialog}
      <table className="rooms">
        <thead>
          <tr>
            <th scope="col">Room</th>
            <th scope="col">State</th>
            {COLUMNS.map(({ by, head }) => (
              <th key={by} scope="col" aria-sort={by === order ? "descending" : "none"}>
                <button type="button" onClick={() => onOrder(by)}>
                  {head}
                </button>
              </th>
            ))}
            <th scope="col">Do</th>
          </tr>
        </thead>
        <tbody>
          {inOrder(rooms, order)
            .slice(0, SHOWN)
            .map((room) => (
              <tr key={room.room_id} data-testid="room-row" data-grade={gradeOf({ ...room, rtt_ms: 0 })}>
                <th scope="row">
                  <PageLink to={roomPath(room.room_id, "dashboard")} testid={`to-room ${room.room_id}`}>
                    {room.name || room.room_id}
                  </PageLink>
                  {room.room_type !== "" && <span className="hint"> {room.room_type}</span>}
                </th>
                <td>{room.status}</td>
                {COLUMNS.map(({ by, show }) => (
                  <td key={by}>{show(room)}</td>
                ))}
                <td>
                  {room.ended_at === null && (
                    <button
                      type="button"
                      className="button small danger"
                      aria-label={`Close ${room.name || room.room_id}`}
                      onClick={() => deeds.start({ room_id: room.room_id, op: "close_room" }, room.name || room.room_id)}
                      data-testid={`close ${room.room_id}`}
                    >
                      Close
                    </button>
                  )}
                </td>
              </tr>
            ))}
        </tbody>
      </table>
      {rooms.length > SHOWN && <p className="hint">{rooms.length - SHOWN} more: GET /all_room_stats has them all.</p>}
    </div>
  );
}
