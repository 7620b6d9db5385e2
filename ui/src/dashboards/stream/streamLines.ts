import type { PairPoint, RoomStats, SentPoint } from "../answers";
import type { Line } from "../chart/series";

type Measured = "bitrate" | "fps" | "packet_loss" | "rtt_ms";

/** What somebody sends, and how everybody who gets it does, in one measure. */
export function streamLines(stats: Pick<RoomStats, "pairs" | "streams">, sender: string, measure: Measured): Line[] {
  const sent = stats.streams.find((stream) => stream.user_id === sender)?.points ?? [];
  const received = stats.pairs.filter((pair) => pair.sender === sender);
  const name = measure === "bitrate" ? "recv_bitrate" : measure;
  const lines = [
    { label: "sent", points: sent.map((point: SentPoint) => [point.ts, point[measure]] as const) },
    ...received.map(({ receiver, points }) => ({
      label: `to ${receiver}`,
      points: points.map((point: PairPoint) => [point.ts, point[name]] as const),
    })),
  ];
  return lines.filter((line) => line.points.some(([, value]) => value !== null));
}
