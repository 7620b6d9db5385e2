import type { Pair } from "../answers";

export type Grade = "good" | "fair" | "poor";

export interface Matrix {
  readonly senders: readonly string[];
  readonly receivers: readonly string[];
  /** Undefined where nobody measured anything. */
  readonly cell: (sender: string, receiver: string) => Pair | undefined;
}

/** Rows and columns that fit a page; the worst pairs are all in the table of freezes. */
export const LARGEST = 24;

/** Who gets what of whom, the first so many by name. */
export function matrixOf(pairs: readonly Pair[], largest: number = LARGEST): Matrix {
  const cells = new Map(pairs.map((pair) => [key(pair.sender, pair.receiver), pair]));
  return {
    senders: sorted(pairs.map((pair) => pair.sender)).slice(0, largest),
    receivers: sorted(pairs.map((pair) => pair.receiver)).slice(0, largest),
    cell: (sender, receiver) => cells.get(key(sender, receiver)),
  };
}

/** By the limits of the server's warnings. specs/monibuca-rooms.md §9.8. */
export function gradeOf({ packet_loss, freeze_rate, rtt_ms }: Pick<Pair, "packet_loss" | "freeze_rate" | "rtt_ms">): Grade {
  if (packet_loss > 0.15 || freeze_rate > 0.1) return "poor";
  return packet_loss > 0.05 || freeze_rate > 0.05 || rtt_ms > 400 ? "fair" : "good";
}

/** Those that froze, the worst first. */
export function frozen(pairs: readonly Pair[]): Pair[] {
  return pairs.filter((pair) => pair.freeze_count > 0).sort((one, other) => other.freeze_rate - one.freeze_rate);
}

function sorted(names: readonly string[]): string[] {
  return [...new Set(names)].sort((one, other) => one.localeCompare(other));
}

function key(sender: string, receiver: string): string {
  return JSON.stringify([sender, receiver]);
}
