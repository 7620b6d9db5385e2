/** What can be captured, by the names people use. */
export type CaptureKind = "camera" | "microphone" | "camera or microphone" | "screen";

/** Browsers hide `navigator.mediaDevices` from pages that came over plain http from another machine. */
export function captureSupported(): boolean {
  return (navigator as Partial<Navigator>).mediaDevices !== undefined;
}

/**
 * One or two sentences for the person in front of the screen: what is wrong and what to do.
 * The error names are those of `getUserMedia` and `getDisplayMedia` (W3C Media Capture and Streams §10.2.1).
 */
export function describeCaptureError(error: unknown, device: CaptureKind, supported: boolean = captureSupported()): string {
  if (!supported) {
    return `Browsers give the ${device} only to pages from https or localhost. You can still join, watch and chat.`;
  }
  switch (error instanceof Error ? error.name : "") {
    case "NotAllowedError":
    case "PermissionDeniedError":
      return device === "screen"
        ? "The screen is not shared: the browser or the system did not permit it."
        : `The browser does not permit the ${device}. Allow it at the address bar, then turn it on again.`;
    case "NotFoundError":
    case "DevicesNotFoundError":
      return `No ${device} was found. Plug one in, or go on without.`;
    case "NotReadableError":
    case "TrackStartError":
      return `The ${device} is in use by another program. Close it there, then turn it on again.`;
    case "OverconstrainedError":
      return `The chosen ${device} is not there any more. Choose another one.`;
    default:
      return `The ${device} could not be started${error instanceof Error && error.message ? `: ${error.message}` : "."}`;
  }
}
