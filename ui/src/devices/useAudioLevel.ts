import { useEffect, useRef } from "react";

import { audioLevel, smoothLevel } from "./audioLevel";
import { playingContext } from "./playingContext";

/** Samples looked at per frame: 21 ms at 48 kHz, a little more than the 16 ms between two frames. */
const WINDOW_SAMPLES = 1024;

/**
 * Call `onLevel` with the level of a track (0…1) at every animation frame, from the samples that are really heard.
 * It is a callback because sixty renders of a component per second would be a waste.
 */
export function useAudioLevel(track: MediaStreamTrack | undefined, onLevel: (level: number) => void): void {
  const listener = useRef(onLevel);
  useEffect(() => {
    listener.current = onLevel;
  });

  useEffect(() => {
    if (track === undefined) return undefined;
    const context = playingContext();
    const source = context.createMediaStreamSource(new MediaStream([track]));
    const analyser = context.createAnalyser();
    analyser.fftSize = WINDOW_SAMPLES;
    source.connect(analyser);

    const samples = new Float32Array(WINDOW_SAMPLES);
    let shown = 0;
    const measure = () => {
      analyser.getFloatTimeDomainData(samples);
      shown = smoothLevel(shown, audioLevel(samples));
      listener.current(shown);
      frame = requestAnimationFrame(measure);
    };
    let frame = requestAnimationFrame(measure);
    return () => {
      cancelAnimationFrame(frame);
      source.disconnect();
      listener.current(0);
    };
  }, [track]);
}
