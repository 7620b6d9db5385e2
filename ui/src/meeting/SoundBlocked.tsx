import { useAudioPlayback } from "@livekit/components-react";

import { Icon } from "../interface/Icon";

/** Browsers may refuse to play sound until the page is touched: this is what to touch. */
export function SoundBlocked() {
  const { canPlayAudio, startAudio } = useAudioPlayback();
  if (canPlayAudio) return null;
  return (
    <button className="button accent sound-blocked" onClick={() => void startAudio()} data-testid="start-audio">
      <Icon name="speaker" />
      Turn on sound
    </button>
  );
}
