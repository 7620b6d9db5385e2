import { describeCaptureError } from "../devices/captureErrors";
import { Icon } from "../interface/Icon";
import type { PreviewState } from "./usePreview";

/** Why a device is not there. Joining without it is fine, so nothing here stands in the way. */
export function CaptureProblems({ camera, microphone }: Pick<PreviewState, "camera" | "microphone">) {
  return (
    <div className="capture-problems" role="status" data-testid="capture-problems">
      {problems(camera, microphone).map((problem) => (
        <p className="trouble" key={problem}>
          <Icon name="warning" />
          <span>{problem}</span>
        </p>
      ))}
    </div>
  );
}

/** One sentence per problem; the same problem with both devices is told once. */
function problems(camera: PreviewState["camera"], microphone: PreviewState["microphone"]): string[] {
  const cameraError = camera.state === "failed" ? camera.error : undefined;
  const microphoneError = microphone.state === "failed" ? microphone.error : undefined;
  if (cameraError instanceof Error && microphoneError instanceof Error && cameraError.name === microphoneError.name) {
    return [describeCaptureError(cameraError, "camera or microphone")];
  }
  return [
    ...(camera.state === "failed" ? [describeCaptureError(cameraError, "camera")] : []),
    ...(microphone.state === "failed" ? [describeCaptureError(microphoneError, "microphone")] : []),
  ];
}
