import { useState } from "react";

import { ConfirmDialog } from "../../interface/ConfirmDialog";
import { Icon } from "../../interface/Icon";
import { SidePanel } from "../../interface/SidePanel";
import type { User } from "../../roomclient/messages";
import { hueOf, initials } from "../../tiles/initials";
import { useAsking } from "../asking";
import { isHost, isModerator, type Show } from "../show";
import type { ShowStore } from "../ShowStore";

interface ViewersPanelProps {
  id: string;
  store: ShowStore;
  show: Show;
  onClose: () => void;
}

/** Most rows: of a crowd the newest are listed, the others counted. */
const SHOWN = 100;

/** Who is here, and what moderators can do about it. */
export function ViewersPanel({ id, store, show, onClose }: ViewersPanelProps) {
  const people = [...show.users.values()];
  const staff = people.filter(({ role }) => role !== "viewer");
  const viewers = people.filter(({ role }) => role === "viewer").reverse();
  const shown = [...staff, ...viewers].slice(0, SHOWN);
  const hidden = Math.max(show.userCount, people.length) - shown.length;
  return (
    <SidePanel id={id} title="Viewers" onClose={onClose}>
      <ul className="people" data-testid="people-list">
        {shown.map((user) => (
          <ViewerRow key={user.user_id} user={user} store={store} show={show} />
        ))}
      </ul>
      {hidden > 0 && <p className="hint panel-note">and {hidden} more</p>}
    </SidePanel>
  );
}

function ViewerRow({ user, store, show }: { user: User; store: ShowStore; show: Show }) {
  const [open, setOpen] = useState(false);
  const own = user.user_id === show.self.user_id;
  const streamer = user.user_id === show.live.streamer_id;
  const manageable = isModerator(show) && !own && !streamer && !user.is_robot && (isHost(show) || user.role === "viewer");
  const name = user.user_name || user.user_id;
  return (
    <li className="person live-person" data-testid="person" data-identity={user.user_id}>
      <span className="person-monogram" style={{ "--hue": hueOf(user.user_id) }} aria-hidden="true">
        {initials(name)}
      </span>
      <span className="person-name" dir="auto">
        {name}
      </span>
      {own && <span className="hint">(you)</span>}
      {streamer && <Icon name="crown" label="Streamer" />}
      {user.is_robot && <span className="hint">robot</span>}
      {manageable && (
        <button type="button" className="button quiet small" aria-expanded={open} onClick={() => setOpen(!open)} data-testid="person-actions" aria-label={`Actions for ${name}`}>
          Actions
        </button>
      )}
      {open && manageable && <PersonActions user={user} name={name} store={store} host={isHost(show)} onDone={() => setOpen(false)} />}
    </li>
  );
}

interface PersonActionsProps {
  user: User;
  name: string;
  store: ShowStore;
  host: boolean;
  onDone: () => void;
}

function PersonActions({ user, name, store: { client }, host, onDone }: PersonActionsProps) {
  const ask = useAsking();
  const [confirming, setConfirming] = useState<"kick" | "ban">();
  const act = async (asked: Promise<unknown>) => {
    if (await ask(asked)) onDone();
  };
  const id = user.user_id;
  return (
    <div className="person-actions">
      {host && (
        <button className="button small" onClick={() => void act(client.request("link_mic_request", { media: "video", target_user_id: id }))} data-testid="invite-person">
          Invite to the mic
        </button>
      )}
      <button
        className="button small"
        onClick={() => void act(client.operate(user.chat_muted ? "chat_unmute" : "chat_mute", id))}
        data-testid="mute-person"
      >
        {user.chat_muted ? "Let write again" : "Mute in chat"}
      </button>
      <button className="button small" onClick={() => setConfirming("kick")} data-testid="kick-person">
        Remove
      </button>
      {host && (
        <button className="button small" onClick={() => setConfirming("ban")} data-testid="ban-person">
          Ban
        </button>
      )}
      {confirming && (
        <ConfirmDialog
          title={confirming === "kick" ? `Remove ${name}?` : `Ban ${name}?`}
          detail={confirming === "kick" ? "They can come back by the same link." : "They cannot come back, until you unban them."}
          action={confirming === "kick" ? "Remove" : "Ban"}
          onCancel={() => setConfirming(undefined)}
          onConfirm={() => {
            setConfirming(undefined);
            void act(client.operate(confirming, id));
          }}
        />
      )}
    </div>
  );
}
