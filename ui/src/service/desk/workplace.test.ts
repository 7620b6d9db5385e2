import { describe, expect, it } from "vitest";

import type { Agent, AgentState, WorkplaceMessage } from "../messages";
import { colleagues, workplaceAfter, type Workplace } from "./workplace";

function agent(id: string, state: AgentState): Agent {
  return { id, name: id, username: id, avatar: "", state, session_id: null };
}

function told(messages: readonly object[], now = 10_000, before?: Workplace): Workplace {
  const after = messages.reduce<Workplace | undefined>(
    (known, message) => workplaceAfter(known, { room_id: "", ts: 0, ...message } as WorkplaceMessage, now),
    before,
  );
  if (after === undefined) throw new Error("nothing is known of the desk");
  return after;
}

const OPENED = {
  action: "workplace",
  agent: agent("wang", "Ready"),
  agents: [agent("wang", "Ready"), agent("zoe", "Ready"), agent("ann", "Offline"), agent("li", "Busy")],
  waiting: 0,
  longest_wait: 0,
  ring: null,
  call: null,
};
const RING = { action: "incoming_call", session_id: "cs_1", title: "Visit", description: "", customer: { id: "c", name: "John" }, media: "video", queue_wait: 4, countdown: 30 };

describe("an agent's desk", () => {
  it("knows nothing before the server has spoken", () => {
    expect(workplaceAfter(undefined, { action: "queue_updated", room_id: "", ts: 0, waiting: 1, longest_wait: 3 }, 0)).toBeUndefined();
  });

  it("rings until the time is over, as the server counts it", () => {
    const ringing = told([OPENED, RING]);
    expect(ringing.ring).toMatchObject({ session_id: "cs_1", until: 40_000 });
    expect(told([{ action: "ring_tick", session_id: "cs_1", remaining: 12 }], 20_000, ringing).ring?.until).toBe(32_000);
  });

  it.each([
    ["is cancelled", { action: "ring_cancelled", session_id: "cs_1", reason: "timeout" }],
    ["is answered", { action: "call_accepted", session_id: "cs_1", agent: {}, media: "video", room_id: "cs_1", room_token: "t" }],
    ["is rejected", { action: "agent_state", agent: agent("wang", "Ready") }],
  ])("is silent when the ring %s", (_, message) => {
    expect(told([OPENED, RING, message]).ring).toBeUndefined();
  });

  it("knows what the customer hears of the agent, until the call is over", () => {
    const file = { playback_id: "PB_1", file_id: "audio_1", name: "waltz", volume: 50, loop: true, paused: false };
    const sound = { playing: [file], microphone: 40 };
    const playing = told([OPENED, { action: "audio_playing", session_id: "cs_1", ...sound }]);
    expect(playing.sound).toEqual(sound);
    expect(told([{ ...OPENED, call: { session: {}, ...sound } }]).sound).toEqual(sound);
    expect(told([{ action: "call_ended", session_id: "cs_1" }], 0, playing).sound).toEqual({ playing: [], microphone: 100 });
  });

  it("goes on ringing when something else happens", () => {
    const others = [
      { action: "ring_cancelled", session_id: "cs_2", reason: "timeout" },
      { action: "agent_state", agent: agent("zoe", "Online") },
      { action: "agent_state", agent: agent("wang", "Ringing") },
    ];
    expect(told([OPENED, RING, ...others]).ring?.session_id).toBe("cs_1");
  });

  it("rings again after a reload", () => {
    expect(told([{ ...OPENED, ring: { ...RING, countdown: 7 } }]).ring?.until).toBe(17_000);
  });

  it("counts who waits, and asks for its lists anew", () => {
    const before = told([OPENED]);
    const after = told([{ action: "queue_updated", waiting: 2, longest_wait: 4 }], 10_000, before);
    expect(after).toMatchObject({ waiting: 2, waitingSince: 6000 });
    expect(after.revision).toBeGreaterThan(before.revision);
  });

  it("shows colleagues who could take a call first, and not oneself", () => {
    expect(colleagues(told([OPENED])).map(({ id }) => id)).toEqual(["zoe", "li", "ann"]);
    const changed = told([OPENED, { action: "agent_state", agent: agent("ann", "Ready") }]);
    expect(colleagues(changed).map(({ id }) => id)).toEqual(["ann", "zoe", "li"]);
  });

  it("shows the stars of the last call until the next one rings", () => {
    const rated = told([OPENED, { action: "rating_received", session_id: "cs_1", score: 5, comment: "Kind" }]);
    expect(rated.rating).toEqual({ score: 5, comment: "Kind" });
    expect(told([RING], 0, rated).rating).toBeUndefined();
  });
});
