import { clock } from "../../interface/clock";
import { useNow } from "../../interface/useNow";
import type { Meeting } from "./meeting";

/** How long the speaker may still speak, for everybody to see. */
export function SpeakerClock({ meeting: { speaker }, name }: { meeting: Meeting; name: string }) {
  const now = useNow(500);
  if (speaker === undefined) return null;
  const left = Math.max(0, (speaker.until - now) / 1000);
  return (
    <div className="banner" data-shown="true" role="timer" data-testid="speaker-clock" data-user={speaker.user_id}>
      <span dir="auto">{name}</span>: {left > 0 ? `${clock(Math.ceil(left))} to speak` : "time is over"}
    </div>
  );
}
