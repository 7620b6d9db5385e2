import { MinutesText } from "./MinutesText";
import type { Meeting } from "./meeting";

/** The minutes, as soon as there are any. */
export function MinutesSection({ meeting }: { meeting: Meeting }) {
  if (meeting.minutes === undefined) return null;
  return (
    <section>
      <h3>Minutes</h3>
      <MinutesText minutes={meeting.minutes} />
    </section>
  );
}
