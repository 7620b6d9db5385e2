import { useState } from "react";

import { CaptureButtons } from "../devices/CaptureButtons";
import { ConfirmDialog } from "../interface/ConfirmDialog";
import { Icon } from "../interface/Icon";
import { ToggleButton } from "../interface/ToggleButton";
import type { PreviewState } from "../join/usePreview";
import type { Preferences } from "../session/preferences";
import { useAsking } from "./asking";
import { LIVE_PANELS, type LivePanelName } from "./panels/livePanels";
import { isHost, type Show } from "./show";
import type { ShowStore } from "./ShowStore";

interface LiveControlsProps {
  store: ShowStore;
  show: Show;
  preview: PreviewState;
  onPreferences: (change: Partial<Preferences>) => void;
  panel: LivePanelName | undefined;
  onPanel: (name: LivePanelName) => void;
  danmaku: boolean;
  onDanmaku: (shown: boolean) => void;
  muted: boolean;
  onMuted: (muted: boolean) => void;
}

export function LiveControls(props: LiveControlsProps) {
  const { store, show, panel, onPanel } = props;
  const host = isHost(show);
  const onMic = show.mic.at === "on";
  const waiting = show.requests.filter(({ state }) => state === "requested").length;
  return (
    <footer className="control-bar" aria-label="Show controls">
      {(host || onMic) && <CaptureButtons preview={props.preview} onPreferences={props.onPreferences} withCamera={host || (show.mic.at === "on" && show.mic.media === "video")} />}
      {!host && <SoundButton {...props} />}
      <ToggleButton
        icon={<Icon name="comments" />}
        label={props.danmaku ? "Hide comments over the picture" : "Show comments over the picture"}
        pressed={props.danmaku}
        onToggle={() => props.onDanmaku(!props.danmaku)}
        testId="toggle-danmaku"
      />
      {host ? (
        <>
          <PanelButton name="guests" icon="hand" label={waiting > 0 ? `Guests, ${waiting} waiting` : "Guests"} badge={waiting} {...{ panel, onPanel }} />
          <PanelButton name="pk" icon="versus" label="PK with another show" {...{ panel, onPanel }} />
        </>
      ) : (
        <PanelButton name="mic" icon="hand" label={onMic ? "On the mic" : "Join the show"} {...{ panel, onPanel }} />
      )}
      <PanelButton name="viewers" icon="people" label="Viewers" {...{ panel, onPanel }} />
      {host && <ShowButtons store={store} show={show} />}
      <button type="button" className="icon-button danger leave" onClick={() => store.client.leave()} data-testid="leave" aria-label="Leave" title="Leave">
        <Icon name="leave" />
        <span className="leave-word">Leave</span>
      </button>
    </footer>
  );
}

interface PanelButtonProps extends Pick<LiveControlsProps, "panel" | "onPanel"> {
  name: LivePanelName;
  icon: "hand" | "versus" | "people";
  label: string;
  badge?: number;
}

function PanelButton({ name, icon, label, badge, panel, onPanel }: PanelButtonProps) {
  return (
    <ToggleButton
      icon={<Icon name={icon} />}
      label={label}
      pressed={panel === name}
      onToggle={() => onPanel(name)}
      testId={`toggle-${name}`}
      controls={LIVE_PANELS[name]}
      badge={badge}
    />
  );
}

function SoundButton({ muted, onMuted }: LiveControlsProps) {
  return (
    <ToggleButton
      icon={<Icon name={muted ? "speaker-off" : "speaker"} />}
      label={muted ? "Turn on sound" : "Turn off sound"}
      pressed={!muted}
      onToggle={() => onMuted(!muted)}
      testId="toggle-sound"
      tone="alert"
    />
  );
}

/** Start, pause, resume and end, as far as the state of the show allows. */
function ShowButtons({ store, show }: { store: ShowStore; show: Show }) {
  const ask = useAsking();
  const [ending, setEnding] = useState(false);
  const [busy, setBusy] = useState(false);
  const change = async (action: string) => {
    if (busy) return;
    setBusy(true);
    await ask(store.client.request(action));
    setBusy(false);
  };
  const { status } = show.live;
  return (
    <>
      {status === "Preparing" && (
        <button type="button" className="button accent" onClick={() => void change("start_live")} data-testid="start-live">
          <Icon name="play" />
          Go live
        </button>
      )}
      {status === "Paused" && (
        <button type="button" className="button accent" onClick={() => void change("resume_live")} data-testid="resume-live">
          <Icon name="play" />
          Resume
        </button>
      )}
      {status === "Living" && (
        <button type="button" className="icon-button" aria-label="Pause the show" title="Pause the show" onClick={() => void change("pause_live")} data-testid="pause-live">
          <Icon name="pause" />
        </button>
      )}
      <button type="button" className="icon-button" aria-label="End the show" title="End the show" onClick={() => setEnding(true)} data-testid="stop-live">
        <Icon name="stop" />
      </button>
      {ending && (
        <ConfirmDialog
          title="End the show?"
          detail="Everybody leaves, and it cannot be started again."
          action="End the show"
          onCancel={() => setEnding(false)}
          onConfirm={() => {
            setEnding(false);
            void change("stop_live");
          }}
        />
      )}
    </>
  );
}
