import { useCallback, useState } from "react";

import { dailyStats, siteStats } from "../reportsApi";
import { Card } from "../Card";
import { DashboardFrame } from "../DashboardFrame";
import { duration, percent } from "../numbers";
import { usePolled } from "../usePolled";
import { DaysChart } from "./DaysChart";
import { NumberCard } from "./NumberCard";
import { RiskList } from "./RiskList";
import { RoomsTable } from "./RoomsTable";
import type { Order } from "./order";

/** ms. */
const EVERY = 5_000;
const DAYS_EVERY = 60_000;

/** The whole site, now and in the last days. */
export function SitePage() {
  const site = usePolled(siteStats, EVERY);
  const days = usePolled(dailyStats, DAYS_EVERY);
  const [order, setOrder] = useState<Order>("popularity");
  const sort = useCallback((by: Order) => {
    setOrder(by);
    document.getElementById("rooms")?.scrollIntoView({ block: "nearest" });
  }, []);
  const summary = site.answer?.summary;
  return (
    <DashboardFrame title="Live dashboard" tabTitle="Dashboard" trouble={site.trouble} partial={site.answer?.partial} testid="site-dashboard">
      {summary === undefined || site.answer === undefined ? (
        <p className="hint">{site.trouble === undefined ? "Asking the server…" : "As soon as the server answers, its rooms are shown here."}</p>
      ) : (
        <>
          <ul className="numbers">
            <NumberCard label="rooms now" value={String(summary.active_rooms)} more={`of ${summary.rooms} in 24 h`} testid="rooms-now" onPress={() => sort("started_at")} pressed={order === "started_at"} />
            <NumberCard label="people now" value={String(summary.current_users)} more={`${summary.users} in 24 h`} testid="people-now" onPress={() => sort("current_users")} pressed={order === "current_users"} />
            <NumberCard label="at once, at most" value={String(summary.peak_concurrent)} more="in 24 h" testid="peak" onPress={() => sort("peak_concurrent")} pressed={order === "peak_concurrent"} />
            <NumberCard label="streaming" value={duration(summary.streaming_duration)} more={`in ${summary.sessions} visits`} testid="streaming" onPress={() => sort("duration")} pressed={order === "duration"} />
            <NumberCard label="joins that succeed" value={percent(summary.join_success_rate)} more="in 24 h" testid="join-success" />
          </ul>
          <Card title="Risks" hint="Judged by the last half minute of the rooms that are open.">
            <RiskList rooms={site.answer.rooms} />
          </Card>
          <Card title="Seven days">
            <DaysChart days={days.answer ?? []} trouble={days.trouble} />
          </Card>
          <Card title="Rooms" hint="Of the last 24 hours. A room’s name leads to its report." wide>
            <RoomsTable rooms={site.answer.rooms} order={order} onOrder={setOrder} onChanged={site.again} />
          </Card>
        </>
      )}
    </DashboardFrame>
  );
}
