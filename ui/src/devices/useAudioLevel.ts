import { useEffect, useRef } from "react";

import { audioLevel, smoothLevel } from "./audioLevel";
import { playingContext } from "./playingContext";

/** Samples looked at each time: 43 ms at 48 kHz, a little less than the time between two looks. */
const WINDOW_SAMPLES = 2048;
/** Milliseconds between two looks. Every one draws the page anew: twenty a second are enough for the eye. */
const LOOK_EVERY = 50;

/**
 * Call `onLevel` with the level of a track (0…1) twenty times a second while the page is drawn, from the samples that are
 * really heard. It is a callback because so many renders of a component would be a waste.
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
    let looked = 0;
    const measure = (now: number) => {
      frame = requestAnimationFrame(measure);
      if (now - looked < LOOK_EVERY) return;
      looked = now;
      analyser.getFloatTimeDomainData(samples);
      shown = smoothLevel(shown, audioLevel(samples));
      listener.current(shown);
    };
    let frame = requestAnimationFrame(measure);
    return () => {
      cancelAnimationFrame(frame);
      source.disconnect();
      listener.current(0);
    };
  }, [track]);
}
