import { describe, expect, it } from "vitest";

import type { Room, User } from "../../roomclient/messages";
import { conducts, elapsedAt, joinedMeeting, meetingAfter, meetingAt, remainingAt, type Meeting } from "./meeting";
import type { MeetingExtension, MeetingJoined, MeetingMessage } from "./messages";

const TIME = { elapsed: 0, remaining: 3600, max_duration: 3600, paused: true };
const EXTENSION: MeetingExtension = {
  status: "Starting",
  title: "Weekly",
  agenda: [],
  current_agenda_id: null,
  timer: TIME,
  speaker_timer: null,
  hands: [],
  transcription: false,
  recording: false,
  breakouts: null,
  parent_id: null,
};

function welcome(role: User["role"], extension: Partial<MeetingExtension> = {}, lobby: string[] = []): MeetingJoined {
  return {
    action: "room_joined",
    room_id: "m1",
    ts: 0,
    self: { user_id: "hanna", user_name: "Hanna", role } as User,
    room: { room_id: "m1", type: "meeting", locked: false, recording: false, lobby_enabled: true } as Room,
    lobby: lobby.map((user_id) => ({ user_id, user_name: user_id })),
    extension: { ...EXTENSION, ...extension },
  };
}

function told(meeting: Meeting, messages: readonly object[], now = 1000): Meeting {
  return messages.reduce<Meeting>((known, message) => meetingAfter(known, { room_id: "m1", ts: 0, by: "hanna", ...message } as MeetingMessage, now), meeting);
}

const starting = joinedMeeting(welcome("host", {}, ["bob"]), undefined, 0);

describe("a meeting", () => {
  it("is conducted by hosts and cohosts", () => {
    expect(conducts(starting)).toBe(true);
    expect(conducts(joinedMeeting(welcome("cohost"), undefined, 0))).toBe(true);
    expect(conducts(joinedMeeting(welcome("member"), undefined, 0))).toBe(false);
  });

  it("begins, pauses and goes on", () => {
    const states = [{ action: "meeting_started", title: "Budget" }, { action: "meeting_paused" }, { action: "meeting_resumed" }, { action: "meeting_ended", reason: "" }];
    const seen: string[] = [];
    states.reduce((known, message) => {
      const next = told(known, [message]);
      seen.push(next.status);
      return next;
    }, starting);
    expect(seen).toEqual(["Active", "Paused", "Active", "Ended"]);
  });

  it("has a clock that runs only while it is going on", () => {
    expect(elapsedAt(starting, 60_000)).toBe(0);
    const active = told(starting, [{ action: "timer_updated", ...TIME, elapsed: 10, remaining: 90, paused: false }], 5000);
    expect(elapsedAt(active, 8000)).toBe(13);
    expect(remainingAt(active, 8000)).toBe(87);
    expect(remainingAt(active, 500_000)).toBe(0);
    expect(remainingAt(told(active, [{ action: "timer_updated", ...TIME, remaining: null }]), 0)).toBeUndefined();
  });

  it("knows who waits in the lobby, and nobody once it is off", () => {
    const two = told(starting, [{ action: "lobby_user_waiting", user: { user_id: "cem", user_name: "Cem" } }]);
    expect(two.waiting.map(({ user_id }) => user_id)).toEqual(["bob", "cem"]);
    expect(told(two, [{ action: "lobby_user_left", user_id: "bob" }]).waiting.map(({ user_id }) => user_id)).toEqual(["cem"]);
    expect(told(two, [{ action: "room_updated", changes: { lobby_enabled: false } }])).toMatchObject({ waiting: [], room: { lobby_enabled: false } });
  });

  it("has hands in the order of their raising", () => {
    const raised = told(starting, [
      { action: "hand_raised", user_id: "bob", user_name: "Bob", reason: "", order: 1 },
      { action: "hand_raised", user_id: "cem", user_name: "Cem", reason: "why?", order: 2 },
    ]);
    expect(raised.hands.map(({ user_id }) => user_id)).toEqual(["bob", "cem"]);
    expect(told(raised, [{ action: "hand_lowered", user_id: "bob" }]).hands.map(({ user_id }) => user_id)).toEqual(["cem"]);
    expect(told(raised, [{ action: "hand_lowered", user_id: "*" }]).hands).toEqual([]);
  });

  it("shows what is being said, corrects it, and forgets it", () => {
    const said = (segment_id: string, text: string) => ({ action: "transcription_result", segment_id, user_id: "bob", user_name: "Bob", text, is_final: false });
    const spoken = told(starting, [said("t-1", "Let us"), said("t-1", "Let us ship"), said("t-2", "Yes")]);
    expect(spoken.captions.map(({ text }) => text)).toEqual(["Let us ship", "Yes"]);
    expect(told(spoken, ["t-3", "t-4", "t-5"].map((id) => said(id, id))).captions.map(({ id }) => id)).toEqual(["t-3", "t-4", "t-5"]);
    expect(meetingAt(spoken, 2000)).toBe(spoken);
    expect(meetingAt(spoken, 60_000).captions).toEqual([]);
  });

  it("keeps captions and minutes over a reconnection, and takes all else anew", () => {
    const minutes = { status: "ready", model: "builtin", overview: "", topics: [], decisions: [], tasks: [], error: "" };
    const before = told(starting, [{ action: "summary_ready", summary: minutes }]);
    const after = told(before, [welcome("member", { status: "Active" })]);
    expect(after).toMatchObject({ status: "Active", minutes, waiting: [] });
  });

  it("measures a speaker's time", () => {
    const speaking = told(starting, [{ action: "speaker_timer", user_id: "bob", state: "running", remaining: 60 }], 1000);
    expect(speaking.speaker?.until).toBe(61_000);
    expect(told(speaking, [{ action: "speaker_timer", user_id: "bob", state: "stopped", remaining: 12 }]).speaker).toBeUndefined();
    expect(meetingAt(speaking, 100_000).speaker).toBeUndefined();
  });

  it("knows its breakout rooms while they are open", () => {
    const rooms = [{ room_id: "m1.1.1", name: "Room 1", user_ids: ["bob"] }];
    const open = told(starting, [{ action: "breakouts_opened", rooms, closes_at: null }]);
    expect(open.breakouts?.rooms).toEqual(rooms);
    expect(told(open, [{ action: "breakouts_closing", seconds: 30 }], 1000).breakouts?.closes_at).toBe(31_000);
    expect(told(open, [{ action: "breakouts_closed" }]).breakouts).toBeUndefined();
  });
});
