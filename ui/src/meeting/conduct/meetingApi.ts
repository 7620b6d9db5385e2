import { callApi, fetchFile, listIn } from "../../roomclient/httpApi";
import { RoomError } from "../../roomclient/errors";
import { Code } from "../../roomclient/codes";
import type { Minutes } from "./messages";

/** What opens to hosts what is left of a meeting, also when it is over. */
export interface ResultsAccess {
  readonly path: string;
  readonly token: string;
}

/** What can be saved. */
export const FILES = {
  attendance: { query: "attendance?format=csv", name: "attendance.csv", label: "Attendance (CSV)" },
  transcript: { query: "transcripts?format=txt", name: "transcript.txt", label: "Transcript" },
  subtitles: { query: "transcripts?format=srt", name: "transcript.srt", label: "Subtitles (SRT)" },
} as const;

export type FileName = keyof typeof FILES;

/** @throws RoomError */
export function meetingFile({ path, token }: ResultsAccess, file: FileName): Promise<Blob> {
  return fetchFile(`${path}/${FILES[file].query}`, token);
}

/** The minutes; undefined: nobody has had them written. @throws RoomError */
export async function minutesOf({ path, token }: ResultsAccess): Promise<Minutes | undefined> {
  try {
    return (await callApi("GET", `${path}/summary`, undefined, token)) as Minutes;
  } catch (error) {
    if (error instanceof RoomError && error.code === Code.NotFound) return undefined;
    throw error;
  }
}

export interface Recording {
  readonly id: string;
  readonly user_id: string;
  /** ms since 1970. */
  readonly started_at: number;
  /** Seconds. */
  readonly duration: number;
  /** Where it can be had, once it is complete. */
  readonly url: string | null;
}

/** What was recorded. @throws RoomError */
export async function recordingsOf({ path, token }: ResultsAccess): Promise<readonly Recording[]> {
  return listIn(await callApi("GET", `${path}/recordings`, undefined, token), "recordings") as Recording[];
}

/** Too large to be fetched first: the browser saves it while it comes. */
export function recordingAddress({ token }: ResultsAccess, url: string): string {
  return `${url}&token=${encodeURIComponent(token)}`;
}

/** Have the minutes written, or written anew. @throws RoomError */
export async function writeMinutes({ path, token }: ResultsAccess): Promise<Minutes> {
  return (await callApi("POST", `${path}/summary`, {}, token)) as Minutes;
}
