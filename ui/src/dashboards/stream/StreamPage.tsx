import { useCallback, useMemo, useState } from "react";

import { roomPath } from "../../routing/route";
import { Card } from "../Card";
import { Chart } from "../chart/Chart";
import { DashboardFrame } from "../DashboardFrame";
import { BITRATE, DELAY, FRAMES, SHARE } from "../numbers";
import { PageLink } from "../PageLink";
import { ReachChoice } from "../ReachChoice";
import { roomStats } from "../reportsApi";
import { spanOf, type Reach } from "../spans";
import { usePolled } from "../usePolled";
import { streamLines } from "./streamLines";

/** ms. */
const LIVE_EVERY = 2_000;
const HISTORY_EVERY = 30_000;

/** What one user sends in a room, and how everybody gets it. */
export function StreamPage({ room, user }: { room: string; user: string }) {
  const [reach, setReach] = useState<Reach>("10min");
  const ask = useCallback((token: string | undefined) => roomStats(room, spanOf(reach), token), [room, reach]);
  const { answer, trouble } = usePolled(ask, reach === "10min" ? LIVE_EVERY : HISTORY_EVERY);
  const lines = useMemo(() => {
    const of = (measure: Parameters<typeof streamLines>[2]) => streamLines(answer ?? { pairs: [], streams: [] }, user, measure);
    return { bitrate: of("bitrate"), fps: of("fps"), packet_loss: of("packet_loss"), rtt_ms: of("rtt_ms") };
  }, [answer, user]);
  const name = answer?.users.find((one) => one.user_id === user)?.user_name || user;
  const empty = answer === undefined ? "Asking the server…" : "Nothing was measured in this time. Choose a longer one, or wait until something is sent.";
  return (
    <DashboardFrame
      title={<>Stream of <bdi className="room-word">{name}</bdi></>}
      tabTitle={`${name} in ${room}`}
      above={
        <>
          <span aria-hidden="true">›</span>
          <PageLink to={roomPath(room, "dashboard")} testid="to-report">
            {room}
          </PageLink>
        </>
      }
      tools={<ReachChoice reach={reach} offered={["10min", "1h", "24h", "7d"]} onReach={setReach} live="Live" />}
      trouble={trouble}
      partial={answer?.partial}
      testid="stream-dashboard"
    >
      <Card title="Bitrate">
        <Chart title="What is sent, and what arrives" lines={lines.bitrate} unit={BITRATE} empty={empty} testid="stream-bitrate" />
      </Card>
      <Card title="Frame rate">
        <Chart title="Frames per second" lines={lines.fps} unit={FRAMES} empty={answer === undefined ? empty : "Clients tell their frame rates in their reports; none did."} testid="stream-fps" />
      </Card>
      <Card title="Packet loss">
        <Chart title="Share of packets that did not arrive" lines={lines.packet_loss} unit={SHARE} empty={empty} testid="stream-loss" />
      </Card>
      <Card title="Round trip">
        <Chart title="Between a client and the server" lines={lines.rtt_ms} unit={DELAY} empty={empty} testid="stream-rtt" />
      </Card>
    </DashboardFrame>
  );
}
