import type { LocalTrack } from "livekit-client";
import { useCallback, useEffect, useRef, useState } from "react";

/** State of one capture device in the preview. */
export type Capture<T> =
  | { readonly state: "off" }
  | { readonly state: "starting" }
  | { readonly state: "live"; readonly track: T }
  | { readonly state: "failed"; readonly error: unknown };

const OFF = { state: "off" } as const;
const STARTING = { state: "starting" } as const;

interface LocalTrackHandle<T> {
  capture: Capture<T>;
  /** Give the track away: it is not stopped with the preview any more. */
  release: () => void;
}

/**
 * Hold a local track while `wanted`, from the device with that id (or the browser's choice), and stop it afterwards.
 * `open` must keep its identity between renders.
 */
export function useLocalTrack<T extends LocalTrack>(
  open: (deviceId: string | undefined) => Promise<T>,
  wanted: boolean,
  deviceId: string | undefined,
): LocalTrackHandle<T> {
  const [latest, setLatest] = useState<{ deviceId: string | undefined; capture: Capture<T> }>();
  const released = useRef(false);

  useEffect(() => {
    if (!wanted) return undefined;
    let current = true;
    let opened: T | undefined;
    const settle = (capture: Capture<T>) => {
      if (current) setLatest({ deviceId, capture });
    };
    open(deviceId).then(
      (track) => {
        if (!current) {
          track.stop();
          return;
        }
        opened = track;
        settle({ state: "live", track });
      },
      (error: unknown) => settle({ state: "failed", error }),
    );
    return () => {
      current = false;
      if (!released.current) opened?.stop();
      setLatest(undefined);
    };
  }, [open, wanted, deviceId]);

  const release = useCallback(() => {
    released.current = true;
  }, []);
  const capture = !wanted ? OFF : latest?.deviceId === deviceId ? (latest?.capture ?? STARTING) : STARTING;
  return { capture, release };
}
