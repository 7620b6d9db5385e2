import type { LocalTrack } from "livekit-client";

import { describeCaptureError, type CaptureKind } from "../devices/captureErrors";
import type { Capture } from "../devices/useLocalTrack";
import { Icon } from "../interface/Icon";

/** Why a device is not there, and that joining without it is fine. */
export function CaptureProblem({ capture, kind }: { capture: Capture<LocalTrack>; kind: CaptureKind }) {
  return (
    <div role="status" data-testid={`${kind}-problem`}>
      {capture.state === "failed" && (
        <p className="trouble">
          <Icon name="warning" />
          <span>{describeCaptureError(capture.error, kind)}</span>
        </p>
      )}
    </div>
  );
}
