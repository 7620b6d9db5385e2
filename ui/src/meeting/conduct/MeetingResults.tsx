import { useEffect, useState } from "react";

import { clock } from "../../interface/clock";
import { useAskingWith } from "../../interface/useAsking";
import { FILES, meetingFile, minutesOf, recordingAddress, recordingsOf, writeMinutes, type FileName, type Recording, type ResultsAccess } from "./meetingApi";
import type { Minutes } from "./messages";
import { MinutesText } from "./MinutesText";

/** How often one asks whether the minutes are written, milliseconds. */
const PATIENCE = 1_000;
const NO_WORDS = {};

/** For hosts, when the meeting is over: what is left of it. */
export function MeetingResults({ access, meetingId }: { access: ResultsAccess; meetingId: string }) {
  const [minutes, setMinutes] = useState<Minutes>();
  const [recordings, setRecordings] = useState<readonly Recording[]>([]);
  const ask = useAskingWith(NO_WORDS);

  useEffect(() => {
    let timer: number | undefined;
    let wanted = true;
    const look = async () => {
      const found = await recordingsOf(access).catch(() => []);
      if (!wanted) return;
      setRecordings(found);
      if (found.some(({ url }) => url === null)) timer = window.setTimeout(() => void look(), 5 * PATIENCE);
    };
    void look();
    return () => {
      wanted = false;
      window.clearTimeout(timer);
    };
  }, [access]);

  useEffect(() => {
    let timer: number | undefined;
    let wanted = true;
    const look = async () => {
      const found = await minutesOf(access).catch(() => undefined);
      if (!wanted) return;
      setMinutes(found);
      if (found?.status === "pending") timer = window.setTimeout(() => void look(), PATIENCE);
    };
    void look();
    return () => {
      wanted = false;
      window.clearTimeout(timer);
    };
  }, [access, minutes?.status]);

  const save = async (file: FileName) => {
    const address = URL.createObjectURL(await meetingFile(access, file));
    const link = document.createElement("a");
    link.href = address;
    link.download = `${meetingId}-${FILES[file].name}`;
    link.click();
    window.setTimeout(() => URL.revokeObjectURL(address), 10_000); // The browser reads it a moment later.
  };
  return (
    <section className="card meeting-results" aria-label="What is left of the meeting" data-testid="meeting-results">
      <div className="button-row">
        {(Object.keys(FILES) as FileName[]).map((file) => (
          <button key={file} type="button" className="button small" onClick={() => void ask(save(file))} data-testid={`save-${file}`}>
            {FILES[file].label}
          </button>
        ))}
      </div>
      {recordings.length > 0 && (
        <ul className="guests">
          {recordings.map(({ id, user_id, started_at, duration, url }) => (
            <li key={id} className="guest" data-testid="recording">
              <span className="guest-words">
                <strong dir="auto">{user_id}</strong>
                <span className="hint">
                  {new Date(started_at).toLocaleTimeString()} · {url === null ? "still being finished" : clock(duration)}
                </span>
              </span>
              {url !== null && (
                <a className="button small" href={recordingAddress(access, url)} download>
                  Save the recording
                </a>
              )}
            </li>
          ))}
        </ul>
      )}
      {minutes === undefined ? (
        <button type="button" className="button small accent" onClick={() => void ask(writeMinutes(access).then(setMinutes))} data-testid="write-minutes">
          Write the minutes
        </button>
      ) : (
        <MinutesText minutes={minutes} />
      )}
    </section>
  );
}
