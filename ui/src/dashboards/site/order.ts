import type { RoomSummary } from "../answers";

/** What rooms are ordered by, the largest first. */
export type Order = "popularity" | "started_at" | "current_users" | "peak_concurrent" | "duration" | "packet_loss" | "freeze_rate";

export function inOrder(rooms: readonly RoomSummary[], by: Order): RoomSummary[] {
  return [...rooms].sort((one, other) => other[by] - one[by] || one.room_id.localeCompare(other.room_id));
}
