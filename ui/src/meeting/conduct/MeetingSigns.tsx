import { clock } from "../../interface/clock";
import { RecordingSign } from "../../interface/RecordingSign";
import { useNow } from "../../interface/useNow";
import { elapsedAt, remainingAt, type Meeting } from "./meeting";
import type { MeetingStatus } from "./messages";

const WORDS: Readonly<Record<MeetingStatus, string>> = { Scheduled: "Not begun", Starting: "Not begun", Active: "In session", Paused: "Paused", Ended: "Over" };
/** Seconds before the end from which the clock counts down. */
const LAST = 600;

/** What stands in the header of a meeting: how far it is, and what is kept of it. */
export function MeetingSigns({ meeting }: { meeting: Meeting }) {
  return (
    <>
      <span className="live-badge" role="status" data-testid="meeting-status" data-status={meeting.status}>
        {WORDS[meeting.status]}
      </span>
      {(meeting.status === "Active" || meeting.status === "Paused") && <MeetingClock meeting={meeting} />}
      {meeting.recording && <RecordingSign />}
      {meeting.transcribes && (
        <span className="live-badge" data-testid="transcribing">
          Transcript
        </span>
      )}
    </>
  );
}

function MeetingClock({ meeting }: { meeting: Meeting }) {
  const now = useNow();
  const remaining = remainingAt(meeting, now);
  const last = remaining !== undefined && remaining <= LAST;
  return (
    <span className="meeting-count meeting-clock" role="timer" data-testid="meeting-clock" title={last ? "Time left" : "Time since the start"}>
      {last ? `−${clock(remaining)}` : clock(elapsedAt(meeting, now))}
    </span>
  );
}
