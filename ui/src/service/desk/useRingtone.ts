import { useEffect } from "react";

/** Hertz, and seconds from one to the next. */
const TONES = [660, 880] as const;
const PAUSE = 2;

/** Rings while there is something to answer; the title of the tab says so, too. */
export function useRingtone(rings: boolean): void {
  useEffect(() => {
    if (!rings) return undefined;
    const title = document.title;
    document.title = "☎ A call · roomful";
    const context = new AudioContext();
    const ring = () => {
      TONES.forEach((frequency, place) => tone(context, frequency, context.currentTime + place * 0.25));
    };
    ring();
    const timer = window.setInterval(ring, PAUSE * 1000);
    return () => {
      document.title = title;
      window.clearInterval(timer);
      void context.close();
    };
  }, [rings]);
}

function tone(context: AudioContext, frequency: number, at: number): void {
  const oscillator = new OscillatorNode(context, { frequency });
  const gain = new GainNode(context, { gain: 0 });
  gain.gain.linearRampToValueAtTime(0.15, at + 0.02);
  gain.gain.linearRampToValueAtTime(0, at + 0.22);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(at);
  oscillator.stop(at + 0.25);
}
