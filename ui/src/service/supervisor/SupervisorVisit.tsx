import { useCallback, useEffect, useState } from "react";

import { clock } from "../../interface/clock";
import { Logo } from "../../interface/Logo";
import { Code } from "../../roomclient/codes";
import { RoomError } from "../../roomclient/errors";
import { AdminTokenForm } from "../../session/AdminTokenForm";
import { adminToken, rememberAdminToken } from "../../session/adminToken";
import { joinCall, type CallStore } from "../CallStore";
import type { Session } from "../messages";
import { callsNow, listenTo } from "../serviceApi";
import { useServiceAsking } from "../useServiceAsking";
import { Listening } from "./Listening";

/** How often the list is read anew, milliseconds. */
const EVERY = 3_000;

interface Listened {
  readonly session: Session;
  readonly store: CallStore;
  readonly supervisorId: string;
}

/** Calls that are going on, and an ear for each. */
export function SupervisorVisit() {
  const [token, setToken] = useState(adminToken);
  const [calls, setCalls] = useState<readonly Session[]>();
  const [trouble, setTrouble] = useState<RoomError>();
  const [listened, setListened] = useState<Listened>();
  const ask = useServiceAsking();

  useEffect(() => {
    document.title = "Calls · roomful";
  }, []);

  useEffect(() => {
    let wanted = true;
    const read = () =>
      void callsNow(token)
        .then((found) => {
          if (!wanted) return;
          setCalls(found);
          setTrouble(undefined);
        })
        .catch((error: unknown) => {
          if (wanted && error instanceof RoomError) setTrouble(error);
        });
    read();
    const timer = window.setInterval(read, EVERY);
    return () => {
      wanted = false;
      window.clearInterval(timer);
    };
  }, [token]);

  useEffect(() => {
    if (listened === undefined) return undefined;
    return () => listened.store.close();
  }, [listened]);
  const onEnd = useCallback(() => setListened(undefined), []);

  if (listened !== undefined) return <Listening {...listened} token={token} onEnd={onEnd} />;
  const listen = async (session: Session) => {
    const { room_token, supervisor_id } = await listenTo(session.id, token);
    setListened({ session, store: await joinCall(session.id, room_token), supervisorId: supervisor_id });
  };
  const tokenNeeded = trouble?.code === Code.Unauthorized || trouble?.code === Code.Forbidden || trouble?.code === Code.TokenExpired;
  return (
    <main className="page page-narrow" data-testid="supervisor">
      <div className="card prejoin-form">
        <p className="brand small">
          <Logo /> roomful
        </p>
        <h1>Calls</h1>
        {trouble !== undefined && (
          <p className="trouble" role="alert">
            {tokenNeeded ? "This page is for administrators: it needs the admin token of the server." : trouble.message}
          </p>
        )}
        {tokenNeeded && (
          <AdminTokenForm
            onToken={(given) => {
              rememberAdminToken(given);
              setToken(given);
            }}
          />
        )}
        {trouble === undefined && calls?.length === 0 && <p className="hint">Nobody is on the line.</p>}
        <ul className="guests">
          {calls?.map((session) => (
            <li key={session.id} className="guest" data-testid="call-now">
              <span className="guest-words">
                <strong dir="auto">{session.customer_name}</strong>
                <span className="hint" dir="auto">
                  with {session.agent_name} · {clock(session.duration)}
                </span>
              </span>
              <button type="button" className="button small accent" onClick={() => void ask(listen(session))} data-testid="listen">
                Listen
              </button>
            </li>
          ))}
        </ul>
      </div>
    </main>
  );
}
