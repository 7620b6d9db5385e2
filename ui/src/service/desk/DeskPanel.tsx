import { useEffect, useState } from "react";

import { clock } from "../../interface/clock";
import { SidePanel } from "../../interface/SidePanel";
import { useRoomStoreIfAny } from "../../roommedia/useRoomStore";
import { CallChat } from "../CallChat";
import type { CallStore } from "../CallStore";
import type { Session } from "../messages";
import { history, queue } from "../serviceApi";
import { AGENT_ENDINGS } from "../words";
import { AudioPanel } from "./AudioPanel";
import { EntrancePanel } from "./EntrancePanel";
import { DESK_PANELS, type DeskPanelName } from "./panels";
import { TransferPanel } from "./TransferPanel";
import type { Workplace } from "./workplace";
import type { WorkplaceClient } from "./WorkplaceClient";

interface DeskPanelProps {
  name: DeskPanelName;
  client: WorkplaceClient;
  workplace: Workplace;
  store: CallStore | undefined;
  onClose: () => void;
}

/** Whichever panel is open; what belongs to a call is gone with it. */
export function DeskPanel({ name, client, workplace, store, onClose }: DeskPanelProps) {
  const call = useRoomStoreIfAny(store)?.state;
  const id = DESK_PANELS[name];
  switch (name) {
    case "chat":
      return store === undefined || call === undefined ? null : <CallChat id={id} store={store} call={call} onClose={onClose} />;
    case "transfer":
      return store === undefined ? null : <TransferPanel id={id} client={client} workplace={workplace} sessionId={store.sessionId} onClose={onClose} />;
    case "audio":
      return store === undefined ? null : <AudioPanel id={id} client={client} sound={workplace.sound} sessionId={store.sessionId} onClose={onClose} />;
    case "queue":
      return <SessionList id={id} title="Queue" empty="Nobody is waiting." read={() => queue(client.token)} revision={workplace.revision} noteOf={queueNote} onClose={onClose} />;
    case "history":
      return <SessionList id={id} title="Earlier calls" empty="There were none yet." read={() => history(workplace.me.id, client.token)} revision={workplace.revision} noteOf={historyNote} onClose={onClose} />;
    case "entrance":
      return <EntrancePanel id={id} token={client.token} onClose={onClose} />;
  }
}

function queueNote({ title, wait_seconds }: Session): string {
  return `${title} · has waited for ${clock(wait_seconds)}`;
}

function historyNote({ created_at, duration, status, end_reason, rating }: Session): string {
  const how = status === "Ended" ? (AGENT_ENDINGS[end_reason ?? ""] ?? "over") : "still on";
  const stars = rating === null ? "" : ` · ${"★".repeat(rating.score)} ${rating.comment}`;
  return `${new Date(created_at).toLocaleString()} · ${clock(duration)} · ${how}${stars}`;
}

interface SessionListProps {
  id: string;
  title: string;
  empty: string;
  read: () => Promise<readonly Session[]>;
  /** The list is read anew when it changes. */
  revision: number;
  noteOf: (session: Session) => string;
  onClose: () => void;
}

function SessionList({ id, title, empty, read, revision, noteOf, onClose }: SessionListProps) {
  const [sessions, setSessions] = useState<readonly Session[]>();
  const [trouble, setTrouble] = useState("");
  useEffect(() => {
    let wanted = true;
    read()
      .then((found) => {
        if (!wanted) return;
        setSessions(found);
        setTrouble("");
      })
      .catch((error: unknown) => {
        if (wanted) setTrouble(error instanceof Error ? error.message : String(error));
      });
    return () => void (wanted = false);
    // `read` is another function at every drawing; what it reads changes with the revision.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [revision]);
  return (
    <SidePanel id={id} title={title} onClose={onClose}>
      <div className="panel-sections">
        {trouble !== "" && <p className="trouble">{trouble}</p>}
        {sessions?.length === 0 && <p className="hint">{empty}</p>}
        <ol className="guests">
          {sessions?.map((session) => (
            <li key={session.id} className="guest" data-testid="session">
              <span className="guest-words">
                <strong dir="auto">{session.customer_name}</strong>
                <span className="hint" dir="auto">
                  {noteOf(session)}
                </span>
              </span>
            </li>
          ))}
        </ol>
      </div>
    </SidePanel>
  );
}
