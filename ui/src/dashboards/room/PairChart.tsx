import { useMemo } from "react";

import { streamPath } from "../../routing/route";
import type { Pair } from "../answers";
import { Chart } from "../chart/Chart";
import { BITRATE } from "../numbers";
import { PageLink } from "../PageLink";

/** What a sender sent beside what one receiver got of it. */
export function PairChart({ room, pair }: { room: string; pair: Pair | undefined }) {
  const lines = useMemo(() => {
    const points = pair?.points ?? [];
    return [
      { label: "sent", points: points.map((point) => [point.ts, point.send_bitrate] as const) },
      { label: "received", points: points.map((point) => [point.ts, point.recv_bitrate] as const) },
    ];
  }, [pair]);
  return (
    <>
      <Chart
        title={pair === undefined ? "Bitrate" : `Bitrate from ${pair.sender} to ${pair.receiver}`}
        lines={lines}
        unit={BITRATE}
        empty="As soon as somebody receives something, it is drawn here."
        testid="pair-bitrate"
      />
      {pair !== undefined && (
        <p>
          <PageLink to={streamPath(room, pair.sender)} testid="pair-to-stream">
            The stream of {pair.sender} in detail
          </PageLink>
        </p>
      )}
    </>
  );
}
