import { Track } from "livekit-client";

import { Icon } from "../interface/Icon";
import { ToggleButton } from "../interface/ToggleButton";
import type { Conduct } from "./conduct/useConduct";
import { DEBUGGING, PANELS, type PanelName } from "./panels";
import { TrackButton } from "./TrackButton";

interface ControlBarProps {
  panel: PanelName | undefined;
  onPanel: (name: PanelName) => void;
  unread: number;
  mayPublish: boolean;
  onLeave: () => void;
  /** In a meeting of the plugin. */
  conduct: Conduct | undefined;
}

/** Phones cannot share their screen: there is no button then. */
const CAN_SHARE_SCREEN = "mediaDevices" in navigator && "getDisplayMedia" in navigator.mediaDevices;

export function ControlBar({ panel, onPanel, unread, mayPublish, onLeave, conduct }: ControlBarProps) {
  const waiting = conduct?.meeting.waiting.length ?? 0;
  return (
    <footer className="control-bar" aria-label="Meeting controls">
      <TrackButton source={Track.Source.Microphone} permitted={mayPublish} />
      <TrackButton source={Track.Source.Camera} permitted={mayPublish} />
      {CAN_SHARE_SCREEN && <TrackButton source={Track.Source.ScreenShare} permitted={mayPublish} />}
      {conduct && <HandButton {...conduct} />}
      <ToggleButton
        icon={<Icon name="sliders" />}
        label="Devices"
        pressed={panel === "devices"}
        onToggle={() => onPanel("devices")}
        testId="toggle-devices"
        controls={PANELS.devices}
      />
      <ToggleButton
        icon={<Icon name="people" />}
        label={waiting > 0 ? `People, ${waiting} in the lobby` : "People"}
        badge={waiting}
        pressed={panel === "people"}
        onToggle={() => onPanel("people")}
        testId="toggle-people"
        controls={PANELS.people}
      />
      {conduct && (
        <ToggleButton
          icon={<Icon name="agenda" />}
          label="Meeting"
          pressed={panel === "conduct"}
          onToggle={() => onPanel("conduct")}
          testId="toggle-conduct"
          controls={PANELS.conduct}
        />
      )}
      <ToggleButton
        icon={<Icon name="chat" />}
        label={unread > 0 ? `Chat, ${unread} unread` : "Chat"}
        pressed={panel === "chat"}
        onToggle={() => onPanel("chat")}
        testId="toggle-chat"
        controls={PANELS.chat}
        badge={unread}
      />
      {DEBUGGING && (
        <ToggleButton
          icon={<Icon name="warning" />}
          label="Faults to try"
          pressed={panel === "debug"}
          onToggle={() => onPanel("debug")}
          testId="toggle-debug"
          controls={PANELS.debug}
        />
      )}
      <button type="button" className="icon-button danger leave" onClick={onLeave} data-testid="leave" aria-label="Leave" title="Leave">
        <Icon name="leave" />
        <span className="leave-word">Leave</span>
      </button>
    </footer>
  );
}

/** Raises and lowers one's own hand. */
function HandButton({ meeting, act }: Conduct) {
  const raised = meeting.hands.some(({ user_id }) => user_id === meeting.self.user_id);
  return (
    <ToggleButton
      icon={<Icon name="hand" />}
      label={raised ? "Lower your hand" : "Raise your hand"}
      pressed={raised}
      onToggle={() => void act(raised ? "lower_hand" : "raise_hand")}
      testId="toggle-hand"
    />
  );
}
