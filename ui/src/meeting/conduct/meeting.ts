import type { Room, User } from "../../roomclient/messages";
import type { AgendaItem, Breakouts, Hand, MeetingJoined, MeetingMessage, MeetingStatus, Minutes, Spoken, SpeakerTime, Time, Waiter } from "./messages";

/** A meeting of the plugin as one of its people knows it. */
export interface Meeting {
  readonly self: User;
  readonly room: Room;
  readonly status: MeetingStatus;
  readonly title: string;
  readonly agenda: readonly AgendaItem[];
  readonly currentItem: string | undefined;
  /** The clock as it was at `timeAt`, ms since 1970. */
  readonly time: Time;
  readonly timeAt: number;
  readonly speaker: (SpeakerTime & { readonly until: number }) | undefined;
  /** First come, first served. */
  readonly hands: readonly Hand[];
  /** In the lobby; hosts know them. */
  readonly waiting: readonly Waiter[];
  readonly recording: boolean;
  readonly transcribes: boolean;
  /** What was said last, oldest first. */
  readonly captions: readonly Caption[];
  readonly breakouts: Breakouts | undefined;
  /** The meeting that this breakout room belongs to. */
  readonly parentId: string | undefined;
  readonly minutes: Minutes | undefined;
}

export interface Caption {
  readonly id: string;
  readonly name: string;
  readonly text: string;
  /** When it was said, ms since 1970. */
  readonly at: number;
}

/** Captions beside each other, and how long one stays, milliseconds. */
const CAPTION_LIMIT = 3;
const CAPTION_TIME = 8_000;

export function joinedMeeting({ self, room, lobby, extension }: MeetingJoined, before: Meeting | undefined, now: number): Meeting {
  return {
    self,
    room,
    status: extension.status,
    title: extension.title,
    agenda: extension.agenda,
    currentItem: extension.current_agenda_id ?? undefined,
    time: extension.timer,
    timeAt: now,
    speaker: extension.speaker_timer === null ? undefined : speakerAt(extension.speaker_timer, now),
    hands: extension.hands,
    waiting: lobby ?? [],
    recording: room.recording,
    transcribes: extension.transcription,
    captions: before?.captions ?? [],
    breakouts: extension.breakouts ?? undefined,
    parentId: extension.parent_id ?? undefined,
    minutes: before?.minutes,
  };
}

/** The meeting after one more message. `now` is ms since 1970. The same object if nothing changed. */
export function meetingAfter(meeting: Meeting, message: MeetingMessage, now: number): Meeting {
  switch (message.action) {
    case "room_joined":
      return joinedMeeting(message, meeting, now);
    case "room_updated":
      return { ...meeting, room: { ...meeting.room, ...message.changes }, waiting: message.changes.lobby_enabled === false ? [] : meeting.waiting };
    case "meeting_updated":
      return { ...meeting, status: message.status };
    case "meeting_started":
      return { ...meeting, status: "Active", title: message.title };
    case "meeting_paused":
      return { ...meeting, status: "Paused" };
    case "meeting_resumed":
      return { ...meeting, status: "Active" };
    case "meeting_ended":
      return { ...meeting, status: "Ended" };
    case "timer_updated":
    case "timer_warning":
    case "timer_expired": {
      const { elapsed, remaining, max_duration, paused } = message;
      return { ...meeting, time: { elapsed, remaining, max_duration, paused }, timeAt: now };
    }
    case "speaker_timer":
      return { ...meeting, speaker: message.state === "stopped" ? undefined : speakerAt(message, now) };
    case "agenda_updated":
      return { ...meeting, agenda: message.items, currentItem: message.current_id ?? undefined };
    case "hand_raised":
      return { ...meeting, hands: [...meeting.hands.filter((one) => one.user_id !== message.user_id), message] };
    case "hand_lowered":
      return { ...meeting, hands: meeting.hands.filter((one) => message.user_id !== "*" && one.user_id !== message.user_id) };
    case "lobby_user_waiting":
      return { ...meeting, waiting: [...meeting.waiting.filter((one) => one.user_id !== message.user.user_id), message.user] };
    case "lobby_user_left":
      return { ...meeting, waiting: meeting.waiting.filter((one) => one.user_id !== message.user_id) };
    case "recording_state":
      return message.target === "room" ? { ...meeting, recording: message.recording } : meeting;
    case "transcription_started":
      return { ...meeting, transcribes: true };
    case "transcription_stopped":
      return { ...meeting, transcribes: false };
    case "transcription_result":
      return { ...meeting, captions: withCaption(meeting.captions, message, now) };
    case "breakouts_opened":
    case "breakouts_updated":
      return { ...meeting, breakouts: { rooms: message.rooms, closes_at: message.closes_at, returned: message.returned } };
    case "breakouts_closing":
      return meeting.breakouts === undefined ? meeting : { ...meeting, breakouts: { ...meeting.breakouts, closes_at: now + message.seconds * 1000 } };
    case "breakouts_closed":
      return { ...meeting, breakouts: undefined };
    case "summary_ready":
      return { ...meeting, minutes: message.summary };
    default:
      return meeting;
  }
}

/** Time passes: what was said a while ago is not shown any more. */
export function meetingAt(meeting: Meeting, now: number): Meeting {
  const captions = meeting.captions.filter(({ at }) => at + CAPTION_TIME > now);
  const speaker = meeting.speaker !== undefined && meeting.speaker.until + CAPTION_TIME > now ? meeting.speaker : undefined;
  const same = captions.length === meeting.captions.length && speaker === meeting.speaker;
  return same ? meeting : { ...meeting, captions, speaker };
}

/** Host or cohost. */
export function conducts({ self }: Meeting): boolean {
  return self.role === "host" || self.role === "cohost" || self.role === "admin";
}

/** The breakout room that one belongs to. */
export function ownBreakout({ self, breakouts }: Meeting): Breakouts["rooms"][number] | undefined {
  return breakouts?.rooms.find(({ user_ids }) => user_ids.includes(self.user_id));
}

/** Seconds that the meeting has been going on. */
export function elapsedAt({ time, timeAt }: Meeting, now: number): number {
  return time.elapsed + (time.paused ? 0 : (now - timeAt) / 1000);
}

/** Seconds until its end; undefined: it has none. */
export function remainingAt({ time, timeAt }: Meeting, now: number): number | undefined {
  return time.remaining === null ? undefined : Math.max(0, time.remaining - (time.paused ? 0 : (now - timeAt) / 1000));
}

function speakerAt(speaker: SpeakerTime, now: number): SpeakerTime & { until: number } {
  return { ...speaker, until: now + speaker.remaining * 1000 };
}

function withCaption(captions: readonly Caption[], { segment_id, user_id, user_name, text }: Spoken, now: number): readonly Caption[] {
  const caption: Caption = { id: segment_id, name: user_name || user_id, text, at: now };
  const known = captions.some(({ id }) => id === segment_id);
  return known ? captions.map((one) => (one.id === segment_id ? caption : one)) : [...captions.slice(1 - CAPTION_LIMIT), caption];
}
