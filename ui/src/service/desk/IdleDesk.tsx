import type { ReactNode } from "react";

import { useServiceAsking } from "../useServiceAsking";
import type { Workplace } from "./workplace";
import type { WorkplaceClient } from "./WorkplaceClient";

interface IdleDeskProps {
  client: WorkplaceClient;
  workplace: Workplace;
  buttons: ReactNode;
  panel: ReactNode;
}

/** Between calls. */
export function IdleDesk({ client, workplace: { me, waiting, rating }, buttons, panel }: IdleDeskProps) {
  const ask = useServiceAsking();
  const logOut = async () => {
    if (me.state === "Online" || me.state === "Ready") await ask(client.request("set_state", { state: "check_out" }));
    client.close();
  };
  const words = {
    Ready: waiting > 0 ? "A call is on its way to you." : "Nobody is waiting. The next call rings here.",
    Busy: "Time to wrap up. The next call comes when it is over, or as soon as you are ready.",
    Ringing: "",
    Online: "You get no calls until you say that you are ready.",
    Offline: "You are logged out.",
  }[me.state];
  return (
    <>
      <main className="meeting-body">
        <section className="live-main desk-idle" aria-label="Between calls">
          <p className="hint" data-testid="desk-words">
            {words}
          </p>
          {rating !== undefined && (
            <p className="card" role="status" data-testid="rating-received" data-score={rating.score}>
              <strong aria-label={`${rating.score} of 5 stars`}>{"★".repeat(rating.score)}</strong> <span dir="auto">{rating.comment}</span>
            </p>
          )}
        </section>
        {panel}
      </main>
      <footer className="control-bar" aria-label="Desk controls">
        {buttons}
        <button type="button" className="icon-button leave" onClick={() => void logOut()} data-testid="log-out">
          Log out
        </button>
      </footer>
    </>
  );
}
