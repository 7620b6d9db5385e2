import type { Envelope, Room, RoomUpdated, User } from "../../roomclient/messages";

/** What the meeting plugin says, field by field as on the wire. specs/monibuca-rooms.md §7. Times are ms since 1970. */

export type MeetingStatus = "Scheduled" | "Starting" | "Active" | "Paused" | "Ended";

export interface AgendaItem {
  readonly item_id: string;
  readonly title: string;
  /** Seconds; 0 is open. */
  readonly duration: number;
  readonly status: "pending" | "active" | "done" | "skipped";
}

export interface Time {
  /** Seconds. */
  readonly elapsed: number;
  /** Seconds; null: the meeting has no end. */
  readonly remaining: number | null;
  readonly max_duration: number;
  readonly paused: boolean;
}

export interface Hand {
  readonly user_id: string;
  readonly user_name: string;
  readonly reason: string;
}

export interface SpeakerTime {
  readonly user_id: string;
  readonly state: "running" | "warning" | "expired" | "stopped";
  /** Seconds. */
  readonly remaining: number;
}

export interface Breakouts {
  readonly rooms: readonly { readonly room_id: string; readonly name: string; readonly user_ids: readonly string[] }[];
  readonly closes_at: number | null;
  /** Who has left its room, and is not taken there again unless it wants to. */
  readonly returned: readonly string[];
}

/** `extension` of `room_joined`. */
export interface MeetingExtension {
  readonly status: MeetingStatus;
  readonly title: string;
  readonly agenda: readonly AgendaItem[];
  readonly current_agenda_id: string | null;
  readonly timer: Time;
  readonly speaker_timer: SpeakerTime | null;
  readonly hands: readonly Hand[];
  readonly transcription: boolean;
  readonly recording: boolean;
  readonly breakouts: Breakouts | null;
  readonly parent_id: string | null;
}

/** Somebody in the lobby. */
export interface Waiter {
  readonly user_id: string;
  readonly user_name: string;
}

export interface MeetingJoined extends Envelope {
  readonly action: "room_joined";
  readonly self: User;
  readonly room: Room;
  readonly lobby?: readonly Waiter[];
  readonly extension: MeetingExtension;
}

export interface Spoken extends Envelope {
  readonly action: "transcription_result";
  readonly segment_id: string;
  readonly user_id: string;
  readonly user_name: string;
  readonly text: string;
  readonly is_final: boolean;
}

export interface Minutes {
  readonly status: "pending" | "ready" | "failed";
  /** `builtin`, or the name of a language model. */
  readonly model: string;
  readonly overview: string;
  readonly topics: readonly { readonly title: string; readonly points: readonly string[] }[];
  readonly decisions: readonly { readonly text: string }[];
  readonly tasks: readonly { readonly task_id: string; readonly text: string; readonly assignee: string; readonly due: string | null; readonly status: string }[];
  readonly error: string;
}

/** Go there: to a breakout room, or (without a name) back to the meeting. */
export interface BreakoutInvitation extends Envelope {
  readonly action: "breakout_invitation";
  readonly target_room_id: string;
  readonly name: string;
  /** What to join that room with. */
  readonly token?: string;
}

type By = Envelope & { readonly by: string };

export type MeetingMessage =
  | MeetingJoined
  | RoomUpdated
  | (By & { readonly action: "meeting_started"; readonly title: string })
  | (By & { readonly action: "meeting_paused" | "meeting_resumed" | "transcription_started" | "transcription_stopped" })
  | (By & { readonly action: "meeting_ended"; readonly reason: string })
  | (Envelope & { readonly action: "meeting_updated"; readonly status: MeetingStatus })
  | (Envelope & Time & { readonly action: "timer_updated" | "timer_warning" | "timer_expired" })
  | (Envelope & SpeakerTime & { readonly action: "speaker_timer" })
  | (Envelope & { readonly action: "agenda_updated"; readonly items: readonly AgendaItem[]; readonly current_id: string | null })
  | (Envelope & { readonly action: "agenda_overtime"; readonly item_id: string; readonly over: number })
  | (Envelope & Hand & { readonly action: "hand_raised"; readonly order: number })
  | (By & { readonly action: "hand_lowered"; readonly user_id: string })
  | (By & { readonly action: "participant_muted" | "participant_unmuted"; readonly user_id: string; readonly user_name: string; readonly kind: string })
  | (By & { readonly action: "participant_kicked"; readonly user_id: string; readonly user_name: string })
  | (Envelope & { readonly action: "lobby_user_waiting"; readonly user: Waiter })
  | (Envelope & { readonly action: "lobby_user_left"; readonly user_id: string })
  | (Envelope & { readonly action: "recording_state"; readonly recording: boolean; /** `room`, or a user id. */ readonly target: string; readonly error?: string })
  | (Envelope & { readonly action: "recording_error" | "transcription_error"; readonly message?: string })
  | Spoken
  | (Envelope & Breakouts & { readonly action: "breakouts_opened" | "breakouts_updated" })
  | (Envelope & { readonly action: "breakouts_closing"; readonly seconds: number })
  | (Envelope & { readonly action: "breakouts_closed" })
  | (Envelope & { readonly action: "breakout_message"; readonly text: string })
  | BreakoutInvitation
  | (Envelope & { readonly action: "summary_ready"; readonly summary: Minutes });
