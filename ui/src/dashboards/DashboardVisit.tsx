import { useCallback, useEffect, useMemo, useState } from "react";

import { Logo } from "../interface/Logo";
import type { Route } from "../routing/route";
import { AdminTokenForm } from "../session/AdminTokenForm";
import { adminToken, rememberAdminToken } from "../session/adminToken";
import { requestToken } from "../session/tokenSource";
import { AdmissionContext } from "./admission";
import { ServerPage } from "./console/ServerPage";
import { RoomPage } from "./room/RoomPage";
import { SitePage } from "./site/SitePage";
import { StreamPage } from "./stream/StreamPage";

/** `asking`: the server may be one for development, which gives tokens to its pages. */
type Standing = "asking" | "in" | "refused";

/** The dashboards, for those whom the server lets see them. */
export function DashboardVisit({ route: { room, user, server }, navigate }: { route: Route; navigate: (path: string) => void }) {
  const [token, setToken] = useState(adminToken);
  const [standing, setStanding] = useState<Standing>(token === undefined ? "asking" : "in");

  useEffect(() => {
    if (standing !== "asking") return;
    void requestToken({ roomName: "dashboard", participantName: "dashboard" })
      .then((access) => setToken(access.token))
      .catch(() => undefined) // Then there is none: the reports' own refusal says what is needed.
      .finally(() => setStanding("in"));
  }, [standing]);

  const refuse = useCallback(() => setStanding("refused"), []);
  const admission = useMemo(() => ({ token, refuse, navigate }), [token, refuse, navigate]);
  if (standing === "asking") return null;
  if (standing === "refused") {
    return (
      <Refused
        hadToken={token !== undefined}
        onToken={(given) => {
          rememberAdminToken(given);
          setToken(given);
          setStanding("in");
        }}
      />
    );
  }
  return (
    <AdmissionContext value={admission}>
      {server === true && <ServerPage />}
      {server !== true && room === undefined && <SitePage />}
      {room !== undefined && user === undefined && <RoomPage key={room} room={room} />}
      {room !== undefined && user !== undefined && <StreamPage key={JSON.stringify([room, user])} room={room} user={user} />}
    </AdmissionContext>
  );
}

function Refused({ hadToken, onToken }: { hadToken: boolean; onToken: (token: string) => void }) {
  return (
    <main className="page page-narrow" data-testid="dashboard-refused">
      <div className="card prejoin-form">
        <p className="brand small">
          <Logo /> roomful
        </p>
        <h1>Dashboards</h1>
        <p className="trouble" role="alert">
          {hadToken ? "The server does not take this token." : "These pages are for administrators: they need the admin token of the server."}
        </p>
        <p className="hint">It is what “room.admin_token” says in the server’s configuration; a server without one shows its dashboards in development only.</p>
        <AdminTokenForm onToken={onToken} />
      </div>
    </main>
  );
}
