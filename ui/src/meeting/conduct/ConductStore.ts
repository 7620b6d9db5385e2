import type { Room } from "livekit-client";

import { Dialogue } from "./Dialogue";
import { conducts, joinedMeeting, meetingAfter, meetingAt, ownBreakout, type Meeting } from "./meeting";
import type { ResultsAccess } from "./meetingApi";
import type { MeetingJoined, MeetingMessage } from "./messages";

/** How often time alone changes something, milliseconds. */
const TICK = 1_000;

/** What a page knows of the meeting it is in; nothing while the room is no meeting of the plugin. */
export class ConductStore {
  readonly dialogue: Dialogue;
  /** For hosts: what opens what is left of the meeting. */
  results: ResultsAccess | undefined;
  private meeting: Meeting | undefined;
  private asked = false;
  private readonly readers = new Set<() => void>();
  private readonly ticking: ReturnType<typeof setInterval>;

  constructor(room: Room) {
    this.dialogue = new Dialogue(room);
    this.dialogue.onMessage((message) => this.take(message as MeetingMessage));
    this.ticking = setInterval(() => {
      if (this.meeting !== undefined) this.set(meetingAt(this.meeting, Date.now()));
    }, TICK);
    void this.dialogue.join();
  }

  readonly subscribe = (reader: () => void): (() => void) => {
    this.readers.add(reader);
    return () => void this.readers.delete(reader);
  };

  readonly snapshot = (): Meeting | undefined => this.meeting;

  close(): void {
    clearInterval(this.ticking);
    this.dialogue.close();
  }

  private take(message: MeetingMessage): void {
    const now = Date.now();
    if (this.meeting !== undefined) this.set(meetingAfter(this.meeting, message, now));
    else if (isMeeting(message)) {
      const meeting = joinedMeeting(message, undefined, now);
      this.set(meeting);
      // Whoever comes late, or back, while the others are in breakout rooms.
      const away = ownBreakout(meeting) !== undefined && !meeting.breakouts?.returned.includes(meeting.self.user_id);
      if (away) this.dialogue.request("enter_breakout").catch(() => undefined); // They have just closed, then.
    }
  }

  /** While there is somebody to ask: when the meeting is over there is not. */
  private askForResults(): void {
    this.asked = true;
    this.dialogue
      .request("access_results")
      .then(({ path, token }) => (this.results = { path: String(path), token: String(token) }))
      .catch(() => (this.asked = false)); // Perhaps at the next message.
  }

  private set(meeting: Meeting): void {
    if (meeting === this.meeting) return;
    if (conducts(meeting) && !this.asked) this.askForResults();
    this.meeting = meeting;
    for (const reader of [...this.readers]) reader();
  }
}

function isMeeting(message: MeetingMessage): message is MeetingJoined {
  return message.action === "room_joined" && message.room.type === "meeting";
}
