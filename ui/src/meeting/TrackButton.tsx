import { useLocalParticipant } from "@livekit/components-react";
import { Track } from "livekit-client";
import { useState } from "react";

import { describeCaptureError } from "../devices/captureErrors";
import { Icon, type IconName } from "../interface/Icon";
import { useNotices } from "../interface/notices";
import { ToggleButton } from "../interface/ToggleButton";

type Source = Track.Source.Microphone | Track.Source.Camera | Track.Source.ScreenShare;

interface Wording {
  kind: "microphone" | "camera" | "screen";
  on: IconName;
  off: IconName;
  turnOn: string;
  turnOff: string;
  testId: string;
}

const WORDING: Record<Source, Wording> = {
  [Track.Source.Microphone]: {
    kind: "microphone",
    on: "microphone",
    off: "microphone-off",
    turnOn: "Turn on microphone",
    turnOff: "Turn off microphone",
    testId: "toggle-microphone",
  },
  [Track.Source.Camera]: {
    kind: "camera",
    on: "camera",
    off: "camera-off",
    turnOn: "Turn on camera",
    turnOff: "Turn off camera",
    testId: "toggle-camera",
  },
  [Track.Source.ScreenShare]: {
    kind: "screen",
    on: "screen",
    off: "screen",
    turnOn: "Share screen",
    turnOff: "Stop sharing screen",
    testId: "toggle-screen-share",
  },
};

/** Publishes, mutes and unmutes one of the visitor's own sources. */
export function TrackButton({ source, permitted }: { source: Source; permitted: boolean }) {
  const { localParticipant, isMicrophoneEnabled, isCameraEnabled, isScreenShareEnabled } = useLocalParticipant();
  const { notify } = useNotices();
  const [pending, setPending] = useState(false);
  const { kind, on, off, turnOn, turnOff, testId } = WORDING[source];
  const enabled = { microphone: isMicrophoneEnabled, camera: isCameraEnabled, screen: isScreenShareEnabled }[kind];

  const toggle = async () => {
    if (pending) return; // Not disabled meanwhile: the focus would be lost.
    setPending(true);
    try {
      if (kind === "microphone") await localParticipant.setMicrophoneEnabled(!enabled);
      else if (kind === "camera") await localParticipant.setCameraEnabled(!enabled);
      else await localParticipant.setScreenShareEnabled(!enabled, { audio: true });
    } catch (error) {
      // Devices that fail are told by the room itself (useAnnouncements); closing the screen picker is no failure.
      if (kind === "screen" && !(error instanceof Error && error.name === "NotAllowedError")) {
        notify(describeCaptureError(error, kind), "trouble");
      }
    } finally {
      setPending(false);
    }
  };

  return (
    <ToggleButton
      icon={<Icon name={enabled ? on : off} />}
      label={permitted ? (enabled ? turnOff : turnOn) : `${turnOn}: not permitted in this room`}
      pressed={enabled}
      onToggle={() => void toggle()}
      testId={testId}
      disabled={!permitted}
      tone={kind === "screen" ? "plain" : "alert"}
    />
  );
}
