import { useEffect, useRef, useState } from "react";

import { Icon } from "../../interface/Icon";
import { Logo } from "../../interface/Logo";
import { usePreview } from "../../join/usePreview";
import { usePublisher, whepUrl } from "../../roommedia/media";
import { RemoteTile } from "../../roommedia/RemoteTile";
import { SoundContext, useSound } from "../../roommedia/sound";
import { SoundBlockedButton } from "../../roommedia/SoundBlockedButton";
import { useRoomStore } from "../../roommedia/useRoomStore";
import { usePreferences } from "../../session/usePreferences";
import { gridLayout } from "../../tiles/layout";
import { useStageSize } from "../../tiles/useStageSize";
import type { Call } from "../call";
import type { CallStore } from "../CallStore";
import type { Session } from "../messages";
import { whisper, type Whispering } from "../serviceApi";
import { useServiceAsking } from "../useServiceAsking";

const CHOICES: readonly (readonly [Whispering, string])[] = [
  ["none", "Listen only"],
  ["agent", "Speak to the agent"],
  ["both", "Speak to both"],
];

interface ListeningProps {
  session: Session;
  store: CallStore;
  supervisorId: string;
  /** The admin token, where the server has one. */
  token: string | undefined;
  onEnd: () => void;
}

/** In somebody else's call, unseen. */
export function Listening({ session, store, supervisorId, token, onEnd }: ListeningProps) {
  const { status, state: call } = useRoomStore(store);
  const [to, setTo] = useState<Whispering>("none");
  const [preferences] = usePreferences();
  const preview = usePreview({ ...preferences, cameraOn: false, microphoneOn: to !== "none" });
  const ask = useServiceAsking();
  const sound = useSound();

  const over = status.at === "ended" || call?.standing === "ended";
  useEffect(() => {
    if (over) onEnd();
  }, [over, onEnd]);

  const audio = preview.microphone.state === "live" ? preview.microphone.track.mediaStreamTrack : undefined;
  // Nothing is sent before the server has said who hears it.
  usePublisher(store, { url: to === "none" ? undefined : call?.whipUrl, withVideo: false, asGuest: true, tracks: { audio, video: undefined } });
  const choose = async (wanted: Whispering) => {
    if (await ask(whisper(session.id, supervisorId, wanted, token))) setTo(wanted);
  };
  return (
    <div className="meeting live call" data-testid="listening">
      <header className="meeting-header">
        <Logo />
        <h1 className="meeting-name" dir="auto">
          {session.customer_name} · {call?.agent?.name ?? session.agent_name}
        </h1>
      </header>
      <SoundBlockedButton sound={sound} />
      <main className="meeting-body">
        <div className="live-main">
          <SoundContext value={sound.context}>{call !== undefined && <Both store={store} call={call} />}</SoundContext>
        </div>
      </main>
      <footer className="control-bar" aria-label="Supervision">
        <fieldset className="whisper">
          <legend className="unseen">Who hears you</legend>
          {CHOICES.map(([value, label]) => (
            <label key={value} className="switch">
              <input type="radio" name="whisper" checked={to === value} onChange={() => void choose(value)} data-testid={`whisper-${value}`} />
              {label}
            </label>
          ))}
        </fieldset>
        <button type="button" className="icon-button danger leave" onClick={onEnd} data-testid="stop-listening">
          <Icon name="leave" />
          <span>Leave</span>
        </button>
      </footer>
    </div>
  );
}

function Both({ store, call }: { store: CallStore; call: Call }) {
  const stage = useRef<HTMLDivElement>(null);
  const size = useStageSize(stage);
  const people = [...call.users.values()].filter(({ role }) => role === "agent" || role === "customer");
  const places = size === undefined ? [] : gridLayout(people.length, size);
  return (
    <div className="stage live-stage">
      <div className="live-tiles" ref={stage}>
        {people.map(({ user_id, user_name, media }, index) => {
          const place = places[index];
          const url = whepUrl(call.room.room_id, user_id);
          return place && <RemoteTile key={user_id} store={store} place={place} label={user_name} identity={user_id} url={url} media={media} />;
        })}
      </div>
    </div>
  );
}
