import { Icon } from "../interface/Icon";
import { ToggleButton } from "../interface/ToggleButton";
import type { PreviewState } from "../join/usePreview";
import type { Preferences } from "../session/preferences";

interface CaptureButtonsProps {
  preview: PreviewState;
  withCamera: boolean;
  onPreferences: (change: Partial<Preferences>) => void;
}

/** Microphone and camera of one's own, on or off. */
export function CaptureButtons({ preview, withCamera, onPreferences }: CaptureButtonsProps) {
  const microphoneOn = preview.microphone.state === "live" || preview.microphone.state === "starting";
  const cameraOn = preview.camera.state === "live" || preview.camera.state === "starting";
  return (
    <>
      <ToggleButton
        icon={<Icon name={microphoneOn ? "microphone" : "microphone-off"} />}
        label={microphoneOn ? "Turn off microphone" : "Turn on microphone"}
        pressed={microphoneOn}
        onToggle={() => onPreferences({ microphoneOn: !microphoneOn })}
        testId="toggle-microphone"
        tone="alert"
      />
      {withCamera && (
        <ToggleButton
          icon={<Icon name={cameraOn ? "camera" : "camera-off"} />}
          label={cameraOn ? "Turn off camera" : "Turn on camera"}
          pressed={cameraOn}
          onToggle={() => onPreferences({ cameraOn: !cameraOn })}
          testId="toggle-camera"
          tone="alert"
        />
      )}
    </>
  );
}
