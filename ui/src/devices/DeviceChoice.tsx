import type { PreviewState } from "../join/usePreview";
import type { Preferences } from "../session/preferences";
import { DeviceSelect } from "./DeviceSelect";

interface DeviceChoiceProps {
  preview: PreviewState;
  onPreferences: (change: Partial<Preferences>) => void;
}

/** Which camera and which microphone. */
export function DeviceChoice({ preview, onPreferences }: DeviceChoiceProps) {
  return (
    <>
      <DeviceSelect
        label="Camera"
        devices={preview.cameras}
        chosen={preview.cameraId}
        onChoose={(cameraId) => onPreferences({ cameraId })}
        testId="camera-select"
      />
      <DeviceSelect
        label="Microphone"
        devices={preview.microphones}
        chosen={preview.microphoneId}
        onChoose={(microphoneId) => onPreferences({ microphoneId })}
        testId="microphone-select"
      />
    </>
  );
}
