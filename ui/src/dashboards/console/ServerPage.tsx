import { useState } from "react";

import { Card } from "../Card";
import { DashboardFrame } from "../DashboardFrame";
import { bitrate, duration, percent } from "../numbers";
import { NumberCard } from "../site/NumberCard";
import { usePolled } from "../usePolled";
import { recordingsNow, serverNow, workersNow, type ServerLine } from "./consoleApi";
import { RecordingsTable } from "./RecordingsTable";
import { ratesBetween, size, troubles, type Rates } from "./words";
import { WorkersTable } from "./WorkersTable";

/** ms. */
const EVERY = 1_000;
const LISTS_EVERY = 3_000;

/** How the server does, who works for it, and what it records. */
export function ServerPage() {
  const server = usePolled(serverNow, EVERY);
  const workers = usePolled(workersNow, LISTS_EVERY);
  const recordings = usePolled(recordingsNow, LISTS_EVERY);
  const rates = useRates(server.answer);
  return (
    <DashboardFrame title="Server" tabTitle="Server" trouble={server.trouble} testid="server-dashboard">
      {server.answer === undefined ? <p className="hint">Asking the server…</p> : <Health server={server.answer} rates={rates} />}
      <Card title="Agents and their workers" hint="Programs that are connected now, and the rooms in which their agents are." wide>
        <WorkersTable workers={workers.answer} trouble={workers.trouble} />
      </Card>
      <Card title="Recordings" hint="Egresses and what rooms record of themselves: those that run, and the newest that have ended." wide>
        <RecordingsTable recordings={recordings.answer} trouble={recordings.trouble} />
      </Card>
    </DashboardFrame>
  );
}

function Health({ server, rates }: { server: ServerLine; rates: Rates | undefined }) {
  const wrong = troubles(server);
  return (
    <>
      <ul className="numbers">
        <NumberCard label="processor" value={rates === undefined ? "…" : percent(rates.cpu)} more={`of one of ${server.cores} cores`} testid="server-cpu" />
        <NumberCard label="memory" value={size(server.resident_bytes)} more={`up for ${duration(server.now - server.started_at)}`} testid="server-memory" />
        <NumberCard label="rooms" value={String(server.rooms)} more={`${server.participants} in them`} testid="server-rooms" />
        <NumberCard label="received" value={rates === undefined ? "…" : bitrate(rates.bitsIn)} more={`${server.peers} connections`} testid="server-in" />
        <NumberCard label="sent" value={rates === undefined ? "…" : bitrate(rates.bitsOut)} more={`${server.drops} not sent, in all`} testid="server-out" />
        {Object.entries(server.work).map(([kind, work]) => (
          <NumberCard key={kind} label={kind} value={String(work.active)} more={`${work.started} in all, ${work.failed} failed`} testid={`work-${kind}`} />
        ))}
      </ul>
      <Card title="Health" hint={`roomful ${server.version}`} wide>
        {wrong.length === 0 ? (
          <p data-testid="server-well">All is well.</p>
        ) : (
          <ul className="risks" data-testid="server-troubles">
            {wrong.map((one) => (
              <li key={one}>{one}</li>
            ))}
          </ul>
        )}
      </Card>
    </>
  );
}

/** What the server did since the look before. */
function useRates(server: ServerLine | undefined): Rates | undefined {
  const [seen, setSeen] = useState<{ server: ServerLine | undefined; rates: Rates | undefined }>({ server: undefined, rates: undefined });
  if (server !== undefined && seen.server !== server) {
    setSeen({ server, rates: ratesBetween(seen.server, server) ?? seen.rates });
  }
  return seen.rates;
}
