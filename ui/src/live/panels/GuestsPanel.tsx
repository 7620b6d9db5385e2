import type { ReactNode } from "react";

import { SidePanel } from "../../interface/SidePanel";
import { hueOf, initials } from "../../tiles/initials";
import { useAsking } from "../asking";
import type { Person } from "../messages";
import type { Show } from "../show";
import type { ShowStore } from "../ShowStore";

interface GuestsPanelProps {
  id: string;
  store: ShowStore;
  show: Show;
  onClose: () => void;
}

/** For the streamer: who asks to come on, who was asked, who is on. */
export function GuestsPanel({ id, store: { client }, show, onClose }: GuestsPanelProps) {
  const ask = useAsking();
  const asking = show.requests.filter(({ state }) => state === "requested");
  const invited = show.requests.filter(({ state }) => state === "invited");
  const answer = (action: string, userId: string) => void ask(client.request(action, { user_id: userId }));
  return (
    <SidePanel id={id} title="Guests" onClose={onClose}>
      <div className="panel-sections">
        <Section title="Asking to join" empty="Nobody at the moment.">
          {asking.map(({ user, media, message }) => (
            <GuestRow key={user.user_id} person={user} note={message || (media === "audio" ? "with voice" : "with camera")}>
              <button className="button small accent" onClick={() => answer("link_mic_accept", user.user_id)} data-testid="accept-guest">
                Let in
              </button>
              <button className="button small" onClick={() => answer("link_mic_reject", user.user_id)} data-testid="reject-guest">
                Not now
              </button>
            </GuestRow>
          ))}
        </Section>
        <Section title="On the mic" empty="You are alone. Invite somebody from the list of viewers.">
          {show.coHosts.map((coHost) => (
            <GuestRow key={coHost.user_id} person={coHost} note={coHost.media === "audio" ? "with voice" : "with camera"}>
              <button className="button small" onClick={() => answer("link_mic_end", coHost.user_id)} data-testid="end-guest">
                Take off the mic
              </button>
            </GuestRow>
          ))}
        </Section>
        {invited.length > 0 && (
          <Section title="Invited" empty="">
            {invited.map(({ user }) => (
              <GuestRow key={user.user_id} person={user} note="has not answered yet" />
            ))}
          </Section>
        )}
      </div>
    </SidePanel>
  );
}

function Section({ title, empty, children }: { title: string; empty: string; children: ReactNode[] }) {
  return (
    <section>
      <h3>{title}</h3>
      {children.length === 0 ? <p className="hint">{empty}</p> : <ul className="guests">{children}</ul>}
    </section>
  );
}

function GuestRow({ person, note, children }: { person: Person; note: string; children?: ReactNode }) {
  return (
    <li className="guest" data-testid="guest" data-identity={person.user_id}>
      <span className="person-monogram" style={{ "--hue": hueOf(person.user_id) }} aria-hidden="true">
        {initials(person.user_name)}
      </span>
      <span className="guest-words">
        <strong dir="auto">{person.user_name}</strong>
        <span className="hint" dir="auto">
          {note}
        </span>
      </span>
      <span className="guest-actions">{children}</span>
    </li>
  );
}
