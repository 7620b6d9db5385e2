import type { Pk, PkSide } from "./messages";

/** A contest as one of its rooms sees it. */
export interface Contest {
  readonly id: string;
  readonly ours: PkSide;
  readonly theirs: PkSide;
  /** ms since 1970 by this machine's clock. */
  readonly endsAt: number;
  readonly result?: Result;
  /** When the result has been read, ms since 1970. */
  readonly until?: number;
}

export type Result = "won" | "lost" | "draw";

/** Undefined for one that has not begun. `ahead` is how far this machine's clock is ahead of the server's, milliseconds. */
export function contestOf(pk: Pk, roomId: string, ahead: number): Contest | undefined {
  if (pk.status === "inviting" || pk.status === "ended") return undefined;
  const ours = pk.sides.find((side) => side.room_id === roomId);
  const theirs = pk.sides.find((side) => side.room_id !== roomId);
  return ours && theirs && { id: pk.pk_id, ours, theirs, endsAt: pk.ends_at + ahead };
}

/** New scores; who plays and where stays as it was where the message does not say it again. */
export function withScores(contest: Contest, sides: readonly PkSide[]): Contest {
  const update = (side: PkSide): PkSide => ({ ...side, ...sides.find(({ room_id }) => room_id === side.room_id) });
  return { ...contest, ours: update(contest.ours), theirs: update(contest.theirs) };
}

export function resultFor(roomId: string, winner: string | null): Result {
  return winner === null ? "draw" : winner === roomId ? "won" : "lost";
}

/** Our part of the bar, 0…1. Neither side vanishes: there is a name on it. */
export function ourShare({ ours, theirs }: Contest): number {
  const total = ours.score + theirs.score;
  return total === 0 ? 0.5 : Math.min(0.9, Math.max(0.1, ours.score / total));
}

/** `m:ss`, of what is left. */
export function countdown(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
