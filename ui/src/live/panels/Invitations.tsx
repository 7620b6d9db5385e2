import { useId, type ReactNode } from "react";

import { useAsking } from "../asking";
import type { Show } from "../show";
import type { ShowStore } from "../ShowStore";

interface InvitationsProps {
  store: ShowStore;
  show: Show;
  onOpenMic: () => void;
}

/** What somebody waits for an answer to: a PK of another streamer, or the mic that is offered to a viewer. */
export function Invitations({ store, show, onOpenMic }: InvitationsProps) {
  const ask = useAsking();
  const { client } = store;
  const { pkInvitation: pk, mic } = show;
  const answerPk = async (action: string, pkId: string) => {
    await ask(client.request(action, { pk_id: pkId }));
    store.update((current) => (current.pkInvitation?.id === pkId ? { ...current, pkInvitation: undefined } : current));
  };
  const answerMic = async (action: string) => {
    const done = await ask(client.request(action, { user_id: show.live.streamer_id }));
    if (!done || action === "link_mic_reject") {
      store.update((current) => (current.mic.at === "invited" ? { ...current, mic: { at: "idle" } } : current));
    }
  };
  return (
    <div className="invitations" aria-live="assertive">
      {pk && (
        <Card title={`${pk.from.user_name} challenges you to a PK`} detail={`${Math.round(pk.duration / 60)} minutes: who is given more wins.`} testId="pk-invitation">
          <button className="button accent" onClick={() => void answerPk("pk_accept", pk.id)} data-testid="accept-pk">
            Accept
          </button>
          <button className="button" onClick={() => void answerPk("pk_reject", pk.id)} data-testid="reject-pk">
            Decline
          </button>
        </Card>
      )}
      {mic.at === "invited" && (
        <Card title={`${show.live.streamer_name} invites you to the mic`} detail="Everybody in the room will see and hear you." testId="mic-invitation">
          <button className="button accent" onClick={() => void answerMic("link_mic_accept")} data-testid="accept-mic">
            Come on
          </button>
          <button className="button" onClick={() => void answerMic("link_mic_reject")} data-testid="reject-mic">
            Not now
          </button>
          <button className="button quiet" onClick={onOpenMic}>
            Look first
          </button>
        </Card>
      )}
    </div>
  );
}

function Card({ title, detail, testId, children }: { title: string; detail: string; testId: string; children: ReactNode }) {
  const id = useId();
  return (
    <section className="card invitation" aria-labelledby={id} data-testid={testId}>
      <h2 id={id} dir="auto">
        {title}
      </h2>
      <p className="hint">{detail}</p>
      <div className="button-row">{children}</div>
    </section>
  );
}
