import { useRef } from "react";

import { useAudioLevel } from "./useAudioLevel";

interface AudioMeterProps {
  track: MediaStreamTrack | undefined;
  /** `bars` beside a name on a tile, `line` below the microphone in the preview. */
  shape: "bars" | "line";
}

/** Shows the sound of a track as it is heard. For the eye only: screen reader users hear it. */
export function AudioMeter({ track, shape }: AudioMeterProps) {
  const meter = useRef<HTMLSpanElement>(null);
  useAudioLevel(track, (level) => {
    meter.current?.style.setProperty("--level", level.toFixed(3));
    meter.current?.setAttribute("data-audio-level", level.toFixed(2));
  });
  return (
    <span ref={meter} className={`meter meter-${shape}`} data-testid="audio-meter" data-audio-level="0" aria-hidden="true">
      {shape === "bars" ? (
        <>
          <i />
          <i />
          <i />
        </>
      ) : (
        <i />
      )}
    </span>
  );
}
