import { use, useEffect, useRef } from "react";

import { SoundContext } from "./sound";

/** Plays what somebody says. Browsers may refuse until the page is touched; then there is a button to touch. */
export function Sound({ stream, label }: { stream: MediaStream | undefined; label: string }) {
  const audio = useRef<HTMLAudioElement>(null);
  const { muted, onBlocked } = use(SoundContext);
  useEffect(() => {
    const element = audio.current;
    if (element === null) return undefined;
    element.srcObject = stream ?? null;
    if (stream !== undefined) {
      element.play().catch((error: unknown) => {
        if (error instanceof Error && error.name === "NotAllowedError") onBlocked(element);
      });
    }
    return () => void (element.srcObject = null);
  }, [stream, onBlocked]);
  // What is said now has no file of captions.
  // eslint-disable-next-line jsx-a11y/media-has-caption
  return <audio ref={audio} muted={muted} aria-label={`Sound of ${label}`} />;
}
