import { useLocalParticipant, useRoomContext } from "@livekit/components-react";
import { useState } from "react";

import { describeCaptureError } from "../devices/captureErrors";
import { DeviceSelect } from "../devices/DeviceSelect";
import { useDevices } from "../devices/useDevices";
import { useNotices } from "../interface/notices";
import { SidePanel } from "../interface/SidePanel";
import { loadPreferences, savePreferences } from "../session/preferences";

/** Changes camera, microphone and speaker during the meeting, and remembers the choice for the next one. */
export function DevicePanel({ id, onClose }: { id: string; onClose: () => void }) {
  const room = useRoomContext();
  const { isCameraEnabled, isMicrophoneEnabled } = useLocalParticipant();
  const { notify } = useNotices();
  const [, setSwitched] = useState(0);
  const revision = `${isCameraEnabled} ${isMicrophoneEnabled}`;
  const cameras = useDevices("videoinput", revision);
  const microphones = useDevices("audioinput", revision);
  const speakers = useDevices("audiooutput", revision);

  const choose = async (kind: MediaDeviceKind, deviceId: string) => {
    try {
      await room.switchActiveDevice(kind, deviceId);
    } catch (error) {
      notify(describeCaptureError(error, kind === "videoinput" ? "camera" : "microphone"), "trouble");
      return;
    }
    const key = ({ videoinput: "cameraId", audioinput: "microphoneId", audiooutput: "speakerId" } as const)[kind];
    savePreferences({ ...loadPreferences(), [key]: deviceId });
    setSwitched((count) => count + 1); // The room knows the device in use, and does not tell when it changed.
  };

  return (
    <SidePanel id={id} title="Devices" onClose={onClose}>
      <div className="device-fields">
        <DeviceSelect
          label="Camera"
          devices={cameras}
          chosen={room.getActiveDevice("videoinput")}
          onChoose={(deviceId) => void choose("videoinput", deviceId)}
          testId="camera-select"
        />
        <DeviceSelect
          label="Microphone"
          devices={microphones}
          chosen={room.getActiveDevice("audioinput")}
          onChoose={(deviceId) => void choose("audioinput", deviceId)}
          testId="microphone-select"
        />
        {speakers.length > 0 && (
          <DeviceSelect
            label="Speaker"
            devices={speakers}
            chosen={room.getActiveDevice("audiooutput")}
            onChoose={(deviceId) => void choose("audiooutput", deviceId)}
            testId="speaker-select"
          />
        )}
      </div>
    </SidePanel>
  );
}
