import type { LocalAudioTrack, LocalTrack, LocalVideoTrack } from "livekit-client";
import { useCallback, useEffect, useRef, useState } from "react";

/** State of one capture device in the preview. */
export type Capture<T> =
  | { readonly state: "off" }
  | { readonly state: "starting" }
  | { readonly state: "live"; readonly track: T }
  | { readonly state: "failed"; readonly error: unknown };

export interface Captures {
  readonly camera: Capture<LocalVideoTrack>;
  readonly microphone: Capture<LocalAudioTrack>;
}

const OFF = { state: "off" } as const;
const STARTING = { state: "starting" } as const;

interface LocalTrackHandle<T> {
  capture: Capture<T>;
  /** The capture as it is at this moment. A live track is given away: it is not stopped with the preview any more. */
  take: () => Capture<T>;
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
  const now = useRef<Capture<T>>(OFF);
  const taken = useRef(false);

  useEffect(() => {
    if (!wanted) return undefined;
    let current = true;
    now.current = STARTING;
    const settle = (capture: Capture<T>) => {
      now.current = capture;
      setLatest({ deviceId, capture });
    };
    open(deviceId).then(
      (track) => {
        if (current) settle({ state: "live", track });
        else track.stop();
      },
      (error: unknown) => {
        if (current) settle({ state: "failed", error });
      },
    );
    return () => {
      current = false;
      if (now.current.state === "live" && !taken.current) now.current.track.stop();
      now.current = OFF;
      setLatest(undefined);
    };
  }, [open, wanted, deviceId]);

  const take = useCallback(() => {
    taken.current = now.current.state === "live";
    return now.current;
  }, []);
  const capture = !wanted ? OFF : latest?.deviceId === deviceId ? (latest?.capture ?? STARTING) : STARTING;
  return { capture, take };
}
