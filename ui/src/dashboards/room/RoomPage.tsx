import { useCallback, useState } from "react";

import { Card } from "../Card";
import { DashboardFrame } from "../DashboardFrame";
import { percent } from "../numbers";
import { ReachChoice } from "../ReachChoice";
import { roomStats } from "../reportsApi";
import { spanOf, type Reach } from "../spans";
import { usePolled } from "../usePolled";
import { PeopleNow } from "../console/PeopleNow";
import { CsvButtons } from "./CsvButtons";
import { EventTable } from "./EventTable";
import { FreezeTable } from "./FreezeTable";
import { MatrixTable } from "./MatrixTable";
import { PairChart } from "./PairChart";
import { Timeline } from "./Timeline";
import { UsersTable } from "./UsersTable";

/** ms. */
const EVERY = 5_000;
const LONG_EVERY = 30_000;

/** How a room went: who got what of whom, and what happened. */
export function RoomPage({ room }: { room: string }) {
  const [reach, setReach] = useState<Reach>("1h");
  const [chosen, setChosen] = useState<{ sender: string; receiver: string }>();
  const ask = useCallback((token: string | undefined) => roomStats(room, spanOf(reach), token), [room, reach]);
  const { answer, trouble } = usePolled(ask, reach === "7d" ? LONG_EVERY : EVERY);
  const pair = answer?.pairs.find((one) => one.sender === chosen?.sender && one.receiver === chosen.receiver) ?? answer?.pairs[0];
  return (
    <DashboardFrame
      title={<>Room <bdi className="room-word">{room}</bdi></>}
      tabTitle={room}
      tools={<ReachChoice reach={reach} offered={["10min", "1h", "24h", "7d"]} onReach={setReach} />}
      trouble={trouble}
      partial={answer?.partial}
      testid="room-dashboard"
    >
      {answer === undefined ? (
        <p className="hint">{trouble === undefined ? "Asking the server…" : "As soon as the server answers, the room is shown here."}</p>
      ) : answer.summary.sessions === 0 ? (
        <p className="card" data-testid="empty-room">
          Nobody was in this room in this time. Choose a longer one above, or check the name of the room.
        </p>
      ) : (
        <>
          <p className="dashboard-line" data-testid="room-summary">
            {count(answer.summary.users, "person", "people")} in {count(answer.summary.sessions, "visit", "visits")}, at most {answer.summary.peak_concurrent} at once.
            Round trip {answer.summary.avg_rtt_ms} ms, loss {percent(answer.summary.avg_packet_loss)}, freeze {percent(answer.summary.freeze_rate)}. Succeeded:{" "}
            {percent(answer.summary.join_success_rate)} of joins, {percent(answer.summary.publish_success_rate)} of publishing,{" "}
            {percent(answer.summary.subscribe_success_rate)} of subscribing.
          </p>
          <PeopleNow room={room} />
          <Card title="Who gets what of whom" hint="Bitrate, loss and freeze on average. Choose a pair to see it over time; a sender’s name leads to the stream.">
            <MatrixTable room={room} pairs={answer.pairs} chosen={pair} onChoose={setChosen} />
          </Card>
          <Card title="Sent and received">
            <PairChart room={room} pair={pair} />
          </Card>
          <Card title="Freezes">
            <FreezeTable pairs={answer.pairs} onChoose={setChosen} />
          </Card>
          <Card title="Timeline" hint="Point at a mark to read what happened.">
            <Timeline moments={answer.timeline} />
          </Card>
          <Card title="People" wide>
            <UsersTable room={room} users={answer.users} />
          </Card>
          <Card title="Events">
            <EventTable events={answer.kv_summary} />
          </Card>
          <Card title="For a spreadsheet" hint="What is shown here, of the same time, as CSV.">
            <CsvButtons room={room} reach={reach} />
          </Card>
        </>
      )}
    </DashboardFrame>
  );
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
