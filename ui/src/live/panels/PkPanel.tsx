import { useEffect, useId, useState } from "react";

import { SidePanel } from "../../interface/SidePanel";
import { useAsking } from "../asking";
import { showsOnAir } from "../liveApi";
import type { Live } from "../messages";
import type { Show } from "../show";
import type { ShowStore } from "../ShowStore";

interface PkPanelProps {
  id: string;
  store: ShowStore;
  show: Show;
  onClose: () => void;
}

/** Minutes a PK may take. */
const DURATIONS = [1, 3, 5, 10, 30];

/** For the streamer: challenge another show that is on air, or give up. */
export function PkPanel({ id, store, show, onClose }: PkPanelProps) {
  const running = show.contest !== undefined && show.contest.result === undefined;
  return (
    <SidePanel id={id} title="PK" onClose={onClose}>
      <div className="panel-sections">{running ? <RunningPk store={store} pkId={show.contest.id} /> : <NewPk store={store} show={show} />}</div>
    </SidePanel>
  );
}

function RunningPk({ store, pkId }: { store: ShowStore; pkId: string }) {
  const ask = useAsking();
  return (
    <section>
      <p className="hint">Gifts to you count for your side until the time is over. Who ends it before gives up.</p>
      <button className="button" onClick={() => void ask(store.client.request("pk_end", { pk_id: pkId }))} data-testid="end-pk">
        Give up
      </button>
    </section>
  );
}

function NewPk({ store, show }: { store: ShowStore; show: Show }) {
  const ask = useAsking();
  const select = useId();
  const [minutes, setMinutes] = useState(5);
  const [invited, setInvited] = useState<string>();
  const others = useOthers(show.room.room_id);
  const living = show.live.status === "Living";
  const invite = async (room: string) => {
    const sent = await ask(store.client.request("pk_invite", { target_room_id: room, duration: minutes * 60 }));
    if (sent) setInvited(room);
  };
  return (
    <section>
      <p className="hint">Two shows, one stage, and whoever is given more wins. {living ? "" : "Go live first."}</p>
      <div className="field">
        <label htmlFor={select}>Length</label>
        <select id={select} value={minutes} onChange={(event) => setMinutes(Number(event.target.value))} data-testid="pk-duration">
          {DURATIONS.map((length) => (
            <option key={length} value={length}>
              {length === 1 ? "1 minute" : `${length} minutes`}
            </option>
          ))}
        </select>
      </div>
      <h3>On air now</h3>
      {others.length === 0 ? (
        <p className="hint">No other show is on air.</p>
      ) : (
        <ul className="guests">
          {others.map((other) => (
            <li className="guest" key={other.room_id} data-testid="pk-candidate" data-room={other.room_id}>
              <span className="guest-words">
                <strong dir="auto">{other.streamer_name}</strong>
                <span className="hint" dir="auto">
                  {other.title}
                </span>
              </span>
              <button
                className="button small accent"
                disabled={!living || other.pk !== null}
                onClick={() => void invite(other.room_id)}
                data-testid="invite-pk"
                aria-label={`Challenge ${other.streamer_name}`}
              >
                {other.pk !== null ? "Busy" : invited === other.room_id ? "Asked" : "Challenge"}
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** Milliseconds between two looks at who is on air. */
const LOOK_EVERY = 5_000;

function useOthers(room: string): readonly Live[] {
  const [others, setOthers] = useState<readonly Live[]>([]);
  useEffect(() => {
    let current = true;
    const look = () =>
      void showsOnAir().then(
        (found) => {
          if (current) setOthers(found.filter(({ room_id }) => room_id !== room));
        },
        () => undefined, // The next look may do better.
      );
    look();
    const timer = window.setInterval(look, LOOK_EVERY);
    return () => {
      current = false;
      window.clearInterval(timer);
    };
  }, [room]);
  return others;
}
