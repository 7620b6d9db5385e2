import { TrackEvent, type Track } from "livekit-client";
import { useCallback, useSyncExternalStore } from "react";

/** The browser's track behind a LiveKit track. It changes when the device is switched or capture starts again. */
export function useMediaStreamTrack(track: Track | undefined): MediaStreamTrack | undefined {
  const subscribe = useCallback(
    (changed: () => void) => {
      track?.on(TrackEvent.Restarted, changed);
      return () => void track?.off(TrackEvent.Restarted, changed);
    },
    [track],
  );
  return useSyncExternalStore(subscribe, () => track?.mediaStreamTrack);
}
