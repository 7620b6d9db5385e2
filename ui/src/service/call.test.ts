import { describe, expect, it } from "vitest";

import type { RoomJoined, User } from "../roomclient/messages";
import { callAfter, isOn, joinedCall, otherOf, type Call } from "./call";
import type { CallExtension, CallMessage, Face } from "./messages";

const WANG: Face = { id: "agent_1", name: "Agent Wang", avatar: "" };
const LI: Face = { id: "agent_2", name: "Agent Li", avatar: "" };

function user(user_id: string, role: User["role"]): User {
  const media = { audio: false, video: false, screen: false };
  return {
    user_id,
    user_name: user_id,
    avatar: "",
    role,
    is_robot: false,
    joined_at: 0,
    chat_muted: false,
    force_muted: media,
    media,
    streams: [],
    extra: {},
  };
}

const JOHN = user("cust_1", "customer");

function welcome(extension: CallExtension, self: User = JOHN, users: User[] = [self]): RoomJoined<CallExtension> {
  return {
    action: "room_joined",
    room_id: "cs_1",
    ts: 0,
    self,
    room: { room_id: "cs_1", type: "customer_service", name: "", owner_id: "", locked: false, recording: false, lobby_enabled: false, chat_muted_all: false, slow_mode: 0, max_users: 2, user_count: users.length, metadata: {} },
    users,
    heartbeat_interval: 10,
    heartbeat_timeout: 30,
    publish: { stream_path: "", whip_url: "/webrtc/whip/room/cs_1/cust_1", token: "t" },
    ice_servers: [],
    chat_history: [],
    extension,
    resumed: false,
  };
}

function told(call: Call, messages: readonly object[], now = 1000): Call {
  return messages.reduce<Call>(
    (known, message) => callAfter(known, { room_id: "cs_1", session_id: "cs_1", ts: 0, ...message } as CallMessage, now),
    call,
  );
}

const queued = joinedCall(welcome({ status: "Waiting", phase: "queued", position: 2, waiting: 3, estimated_wait: 120 }), undefined, 0);
const accepted = { action: "call_accepted", agent: WANG, media: "audio" };
const wangComes = { action: "user_joined", user: user("agent_1", "agent") };
const talking = told(queued, [accepted, wangComes], 5000);

describe("a customer's call", () => {
  it("waits at its place in the queue", () => {
    expect(queued).toMatchObject({ standing: "queued", place: { position: 2, waiting: 3, estimated_wait: 120 } });
    expect(told(queued, [{ action: "queue_position", position: 1, waiting: 2, estimated_wait: 60 }]).place?.position).toBe(1);
    expect(isOn(queued)).toBe(false);
  });

  it("is on when an agent has answered, and is talked in once the agent is there", () => {
    const connecting = told(queued, [accepted]);
    expect(connecting).toMatchObject({ standing: "connecting", agent: WANG, media: "audio", place: undefined });
    expect(isOn(connecting)).toBe(true);
    expect(talking).toMatchObject({ standing: "talking", since: 5000 });
    expect(otherOf(talking)?.user_id).toBe("agent_1");
  });

  it("is on hold until it is resumed", () => {
    const held = told(talking, [{ action: "call_held", by: "agent_1", hold_music: true }]);
    expect(held).toMatchObject({ standing: "held", holdMusic: true });
    expect(told(held, [{ action: "call_resumed", by: "agent_1", hold_music: false }])).toMatchObject({ standing: "talking", holdMusic: false });
  });

  it("goes over to another agent and keeps its clock", () => {
    const asked = told(talking, [{ action: "call_transferring", to_agent: LI }]);
    expect(asked).toMatchObject({ standing: "talking", transferTo: LI });
    expect(told(asked, [{ action: "transfer_failed", reason: "no_answer", to_agent: LI }]).transferTo).toBeUndefined();
    const over = told(asked, [
      { action: "user_left", user_id: "agent_1", reason: "kicked" },
      { action: "call_transferred", from_agent: WANG, to_agent: LI },
    ]);
    expect(over).toMatchObject({ standing: "connecting", agent: LI });
    expect(told(over, [{ action: "user_joined", user: user("agent_2", "agent") }], 9000)).toMatchObject({ standing: "talking", since: 5000 });
  });

  it("does not take the old agent, who may still be there, for the new one", () => {
    const over = told(talking, [{ action: "call_transferred", from_agent: WANG, to_agent: LI }]);
    expect(over.standing).toBe("connecting");
  });

  it("is in the queue again when the agent is lost", () => {
    expect(told(talking, [{ action: "call_requeued", reason: "agent_lost" }])).toMatchObject({ standing: "queued", agent: undefined });
  });

  it("ends, and may be rated if the server says so", () => {
    const ended = told(talking, [{ action: "call_ended", by: "agent_1", reason: "agent_hangup", duration: 62, rating_allowed: true }]);
    expect(ended).toMatchObject({ standing: "ended", ending: { reason: "agent_hangup", duration: 62, mayRate: true } });
    expect(isOn(ended)).toBe(false);
  });

  it("says when it will end by itself", () => {
    expect(told(talking, [{ action: "session_expiring", remaining: 60 }], 10_000).endsAt).toBe(70_000);
  });

  it("is joined by the voice of a supervisor who speaks to one", () => {
    const spoken = told(talking, [{ action: "supervisor_speaks", on: true, whep_url: "/webrtc/whep/room/cs_1/boss" }]);
    expect(spoken.supervisorUrl).toBe("/webrtc/whep/room/cs_1/boss");
    expect(told(spoken, [{ action: "supervisor_speaks", on: false, whep_url: "" }]).supervisorUrl).toBeUndefined();
  });

  it("has what was written before, and what is written now", () => {
    const line = { message_id: "m-1", user_id: "agent_1", user_name: "Agent Wang", content: "Hello", type: "text", to: null, ts: 1 };
    const back = joinedCall({ ...welcome({ phase: "talking", agent: WANG, duration: 30 }), chat_history: [line] }, talking, 100_000);
    expect(back.lines.map(({ text }) => text)).toEqual(["Hello"]);
    expect(back.since).toBe(70_000);
    expect(told(back, [{ action: "chat", ...line, message_id: "m-2", content: "Bye" }]).lines.map(({ text }) => text)).toEqual(["Hello", "Bye"]);
  });
});

describe("an agent's call", () => {
  const me = user("agent_1", "agent");

  it("is talked in as soon as agent and customer are there", () => {
    const call = joinedCall(welcome({ phase: "connecting", agent: WANG }, me, [JOHN, me]), undefined, 3000);
    expect(call).toMatchObject({ standing: "talking", since: 3000 });
    expect(otherOf(call)?.user_id).toBe("cust_1");
  });
});
