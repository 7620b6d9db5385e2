import { useEffect } from "react";

import { useNotices, type Tone } from "../../interface/notices";
import type { ConductStore } from "./ConductStore";
import type { Meeting } from "./meeting";
import type { MeetingMessage } from "./messages";

/** Say what everybody in a meeting should not miss. */
export function useAnnouncedMeeting(store: ConductStore): void {
  const { notify } = useNotices();
  useEffect(
    () =>
      store.dialogue.onMessage((message) => {
        const words = wordsFor(message as MeetingMessage, store.snapshot());
        if (words !== undefined) notify(...words);
      }),
    [store, notify],
  );
}

function wordsFor(message: MeetingMessage, meeting: Meeting | undefined): [string, Tone?] | undefined {
  if (meeting === undefined) return undefined;
  const self = meeting.self.user_id;
  switch (message.action) {
    case "lobby_user_waiting":
      return [`${message.user.user_name} waits to be let in`];
    case "hand_raised":
      return message.user_id === self ? undefined : [`${message.user_name} raises a hand`];
    case "participant_muted":
      return message.user_id === self || message.user_id === "*" ? mutedWords(message.kind, message.by === self) : undefined;
    case "participant_unmuted":
      return message.user_id === self || message.user_id === "*" ? [`You may turn on your ${deviceOf(message.kind)} again`] : undefined;
    case "meeting_started":
      return ["The meeting has begun"];
    case "meeting_paused":
      return ["The meeting is paused"];
    case "meeting_resumed":
      return ["The meeting goes on"];
    case "transcription_started":
      return ["What is said is being written down"];
    case "recording_state":
      if (message.error !== undefined) return [`Recording failed: ${message.error}`, "trouble"];
      if (message.target !== "room") return message.target === self ? [message.recording ? "You are being recorded" : "You are no longer recorded"] : undefined;
      return [message.recording ? "The meeting is being recorded" : "The recording has stopped"];
    case "recording_error":
    case "transcription_error":
      return [message.message ?? "Recording or transcription failed", "trouble"];
    case "timer_warning":
      return [`The meeting ends in ${Math.round((message.remaining ?? 0) / 60)} minutes`, "trouble"];
    case "agenda_overtime":
      return [`“${meeting.agenda.find(({ item_id }) => item_id === message.item_id)?.title ?? "The agenda item"}” takes longer than planned`];
    case "speaker_timer":
      return message.state === "expired" ? ["The speaker's time is over"] : undefined;
    case "breakout_message":
      return [message.text];
    case "breakout_invitation":
      return [message.name === "" ? "Back to the meeting…" : `You go to ${message.name}…`];
    case "breakouts_closing":
      return [`The breakout rooms close in ${message.seconds} seconds`];
    case "summary_ready":
      return message.summary.status === "ready" ? ["The minutes are ready"] : undefined;
    default:
      return undefined;
  }
}

function mutedWords(kind: string, byOneself: boolean): [string] | undefined {
  return byOneself ? undefined : [`A host turned off your ${deviceOf(kind)}`];
}

function deviceOf(kind: string): string {
  return kind === "video" ? "camera" : kind === "screen" ? "screen" : "microphone";
}
