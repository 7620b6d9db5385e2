import { Icon } from "../interface/Icon";
import type { SoundSwitch } from "./sound";

/** Browsers may refuse to play sound until the page is touched: this is what to touch. */
export function SoundBlockedButton({ sound }: { sound: SoundSwitch }) {
  if (!sound.blocked) return null;
  return (
    <button className="button accent sound-blocked" onClick={sound.unblock} data-testid="start-audio">
      <Icon name="speaker" />
      Turn on sound
    </button>
  );
}
