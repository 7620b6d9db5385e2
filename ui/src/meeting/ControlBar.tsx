import { Track } from "livekit-client";

import { Icon } from "../interface/Icon";
import { ToggleButton } from "../interface/ToggleButton";
import { PANELS, type PanelName } from "./panels";
import { TrackButton } from "./TrackButton";

interface ControlBarProps {
  panel: PanelName | undefined;
  onPanel: (name: PanelName) => void;
  unread: number;
  mayPublish: boolean;
  onLeave: () => void;
}

/** Phones cannot share their screen: there is no button then. */
const CAN_SHARE_SCREEN = "mediaDevices" in navigator && "getDisplayMedia" in navigator.mediaDevices;

export function ControlBar({ panel, onPanel, unread, mayPublish, onLeave }: ControlBarProps) {
  return (
    <footer className="control-bar" aria-label="Meeting controls">
      <TrackButton source={Track.Source.Microphone} permitted={mayPublish} />
      <TrackButton source={Track.Source.Camera} permitted={mayPublish} />
      {CAN_SHARE_SCREEN && <TrackButton source={Track.Source.ScreenShare} permitted={mayPublish} />}
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
        label="People"
        pressed={panel === "people"}
        onToggle={() => onPanel("people")}
        testId="toggle-people"
        controls={PANELS.people}
      />
      <ToggleButton
        icon={<Icon name="chat" />}
        label={unread > 0 ? `Chat, ${unread} unread` : "Chat"}
        pressed={panel === "chat"}
        onToggle={() => onPanel("chat")}
        testId="toggle-chat"
        controls={PANELS.chat}
        badge={unread}
      />
      <button type="button" className="icon-button danger leave" onClick={onLeave} data-testid="leave" aria-label="Leave" title="Leave">
        <Icon name="leave" />
        <span className="leave-word">Leave</span>
      </button>
    </footer>
  );
}
