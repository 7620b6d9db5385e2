import { AudioMeter } from "../devices/AudioMeter";
import { Icon } from "../interface/Icon";
import { ToggleButton } from "../interface/ToggleButton";
import { Monogram } from "../tiles/Monogram";
import { CameraPicture } from "./CameraPicture";
import { CaptureProblems } from "./CaptureProblems";
import type { PreviewState } from "./usePreview";

interface PreviewProps {
  preview: PreviewState;
  name: string;
  disabled: boolean;
  onCamera: (on: boolean) => void;
  onMicrophone: (on: boolean) => void;
}

/** What others will see and hear, with the switches to turn it off before anybody does. */
export function Preview({ preview, name, disabled, onCamera, onMicrophone }: PreviewProps) {
  const { camera, microphone } = preview;
  const cameraOn = camera.state === "live" || camera.state === "starting";
  const microphoneOn = microphone.state === "live" || microphone.state === "starting";
  return (
    <section className="preview" aria-label="Preview">
      <div className="preview-picture" data-testid="preview" data-camera={camera.state} data-microphone={microphone.state}>
        {camera.state === "live" ? <CameraPicture track={camera.track} /> : <Monogram name={name || "?"} identity={name} />}
        {camera.state === "starting" && <p className="preview-wait">Starting the camera…</p>}
        <div className="preview-bar">
          <ToggleButton
            icon={<Icon name={microphoneOn ? "microphone" : "microphone-off"} />}
            label={microphoneOn ? "Turn off microphone" : "Turn on microphone"}
            pressed={microphoneOn}
            onToggle={() => onMicrophone(!microphoneOn)}
            testId="preview-microphone"
            disabled={disabled}
            tone="alert"
          />
          <ToggleButton
            icon={<Icon name={cameraOn ? "camera" : "camera-off"} />}
            label={cameraOn ? "Turn off camera" : "Turn on camera"}
            pressed={cameraOn}
            onToggle={() => onCamera(!cameraOn)}
            testId="preview-camera"
            disabled={disabled}
            tone="alert"
          />
        </div>
      </div>
      <div className="preview-sound">
        <Icon name={microphone.state === "live" ? "microphone" : "microphone-off"} />
        <AudioMeter track={microphone.state === "live" ? microphone.track.mediaStreamTrack : undefined} shape="line" />
      </div>
      <CaptureProblems camera={camera} microphone={microphone} />
    </section>
  );
}
