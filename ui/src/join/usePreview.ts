import { createLocalAudioTrack, createLocalVideoTrack, type LocalAudioTrack, type LocalVideoTrack } from "livekit-client";

import { useDevices } from "../devices/useDevices";
import { useLocalTrack, type Capture, type Captures } from "../devices/useLocalTrack";
import type { Preferences } from "../session/preferences";

export interface PreviewState extends Captures {
  readonly cameras: readonly MediaDeviceInfo[];
  readonly microphones: readonly MediaDeviceInfo[];
  /** Id of the device in use, or else of the one asked for. */
  readonly cameraId: string | undefined;
  readonly microphoneId: string | undefined;
  /** Both captures at this moment, to be published: live tracks outlive the preview. */
  readonly take: () => Captures;
}

const openCamera = (deviceId: string | undefined) => createLocalVideoTrack(deviceId === undefined ? {} : { deviceId });
const openMicrophone = (deviceId: string | undefined) => createLocalAudioTrack(deviceId === undefined ? {} : { deviceId });

/** Camera and microphone of the preview. Each opens and fails alone: no camera is no reason for no voice. */
export function usePreview({ cameraOn, microphoneOn, cameraId, microphoneId }: Preferences): PreviewState {
  const camera = useLocalTrack(openCamera, cameraOn, cameraId);
  const microphone = useLocalTrack(openMicrophone, microphoneOn, microphoneId);
  const revision = `${camera.capture.state} ${microphone.capture.state}`;
  return {
    camera: camera.capture,
    microphone: microphone.capture,
    cameras: useDevices("videoinput", revision),
    microphones: useDevices("audioinput", revision),
    cameraId: deviceInUse(camera.capture) ?? cameraId,
    microphoneId: deviceInUse(microphone.capture) ?? microphoneId,
    take: () => ({ camera: camera.take(), microphone: microphone.take() }),
  };
}

function deviceInUse(capture: Capture<LocalVideoTrack | LocalAudioTrack>): string | undefined {
  return capture.state === "live" ? capture.track.mediaStreamTrack.getSettings().deviceId : undefined;
}
