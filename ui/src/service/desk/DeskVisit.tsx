import { useCallback, useEffect, useState } from "react";

import { Code } from "../../roomclient/codes";
import { RoomError } from "../../roomclient/errors";
import { agents, login } from "../serviceApi";
import { DeskPage } from "./DeskPage";
import { LoginPage } from "./LoginPage";
import { WorkplaceClient } from "./WorkplaceClient";

const KEY = "roomful.agent-token";

type Visit = { at: "entering" } | { at: "login"; reason?: string } | { at: "desk"; client: WorkplaceClient };

/** An agent's visit: the login, and then the desk. */
export function DeskVisit() {
  const [visit, setVisit] = useState<Visit>(() => (window.sessionStorage.getItem(KEY) === null ? { at: "login" } : { at: "entering" }));

  useEffect(() => {
    document.title = "Desk · roomful";
  }, []);

  const open = useCallback(async (token: string) => {
    const client = new WorkplaceClient(token);
    await client.join();
    window.sessionStorage.setItem(KEY, token);
    setVisit({ at: "desk", client });
  }, []);

  useEffect(() => {
    const token = window.sessionStorage.getItem(KEY);
    if (visit.at !== "entering" || token === null) return;
    // Browsers do not say why a WebSocket was refused; the same token over HTTP does.
    agents(token)
      .then(() => open(token))
      .catch((error: unknown) => {
        const known = error instanceof RoomError && (error.code === Code.Unauthorized || error.code === Code.TokenExpired);
        if (known) window.sessionStorage.removeItem(KEY);
        setVisit({ at: "login", reason: known ? "Please log in again." : messageOf(error) });
      });
  }, [visit, open]);

  useEffect(() => {
    if (visit.at !== "desk") return undefined;
    return () => visit.client.close();
  }, [visit]);

  const onLeft = useCallback((reason: string | undefined) => {
    window.sessionStorage.removeItem(KEY);
    setVisit({ at: "login", ...(reason !== undefined && { reason }) });
  }, []);

  if (visit.at === "entering") return null;
  if (visit.at === "desk") return <DeskPage client={visit.client} onLeft={onLeft} />;
  return (
    <LoginPage
      reason={visit.reason}
      onLogin={async (username, password) => {
        try {
          await open(await login(username, password));
        } catch (error) {
          setVisit({ at: "login", reason: messageOf(error) });
        }
      }}
    />
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
