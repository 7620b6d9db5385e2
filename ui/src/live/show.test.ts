import { describe, expect, it } from "vitest";

import type { User } from "../roomclient/messages";
import { COMBO_TIME, withGift, withoutOld, type Combo } from "./combos";
import type { GiftReceived, Live, LiveMessage, Pk } from "./messages";
import { contestOf, countdown, ourShare } from "./pk";
import { isHost, joinedShow, LINE_LIMIT, showAfter, showAt, type Show } from "./show";

const KIM = { user_id: "kim", user_name: "Kim" };
const ANN = { user_id: "ann", user_name: "Ann" };
const LIVE: Live = {
  room_id: "demo",
  title: "Songs",
  streamer_id: "kim",
  streamer_name: "Kim",
  status: "Living",
  started_at: 1,
  viewer_count: 1,
  gift_value: 0,
  link_mic: [],
  pk: null,
};
const PK: Pk = {
  pk_id: "pk1",
  sides: [
    { room_id: "other", streamer: { user_id: "lee", user_name: "Lee" }, whep_url: "/webrtc/whep/room/other/lee", score: 30 },
    { room_id: "demo", streamer: KIM, whep_url: "/webrtc/whep/room/demo/kim", score: 10 },
  ],
  started_at: 1_000,
  ends_at: 61_000,
};

function user(person: typeof KIM, role: User["role"]): User {
  const media = { audio: false, video: false, screen: false };
  const rest = { avatar: "", is_robot: false, joined_at: 0, chat_muted: false, force_muted: media, media, streams: [], extra: {} };
  return { ...person, role, ...rest };
}

/** The fields of the message with this action, which may share its type with others. */
type FieldsOf<Action, Message = LiveMessage> = Message extends { action: infer Own }
  ? Action extends Own
    ? Omit<Message, "action" | "room_id" | "ts">
    : never
  : never;

function message<Action extends LiveMessage["action"]>(action: Action, fields: FieldsOf<Action>): LiveMessage {
  return { action, room_id: "demo", ts: 1_000, ...fields } as unknown as LiveMessage;
}

/** Ann's view of Kim's show at time 0 of her clock. */
function annsShow(live: Partial<Live> = {}): Show {
  const joined = message("room_joined", {
    self: user(ANN, "viewer"),
    room: { room_id: "demo", user_count: 2, chat_muted_all: false } as never,
    users: [user(KIM, "host"), user(ANN, "viewer")],
    heartbeat_interval: 10,
    heartbeat_timeout: 30,
    publish: { stream_path: "room/demo/ann", whip_url: "/webrtc/whip/room/demo/ann", token: "t" },
    ice_servers: [],
    chat_history: [],
    extension: { status: "Living", live: { ...LIVE, ...live } },
    resumed: false,
  });
  return joinedShow(joined as Extract<LiveMessage, { action: "room_joined" }>, undefined, 0);
}

function after(show: Show, ...messages: LiveMessage[]): Show {
  return messages.reduce((current, next) => showAfter(current, next, 0), show);
}

function gift(fields: Partial<GiftReceived> = {}): GiftReceived {
  return {
    ...{ action: "gift_received", room_id: "demo", ts: 0, gift_record_id: "g1", gift_id: "rose", gift_name: "Rose", icon: "" },
    ...{ count: 1, value: 10, combo_id: "c1", combo_count: 1, combo_value: 10, is_combo: false, from: ANN, to: KIM },
    ...fields,
  };
}

describe("people of a show", () => {
  it("come, go and change", () => {
    const bob = user({ user_id: "bob", user_name: "Bob" }, "viewer");
    const here = after(annsShow(), message("user_joined", { user: bob }));
    expect([here.userCount, here.users.get("bob")?.user_name]).toEqual([3, "Bob"]);
    const live = after(here, message("media_state", { user_id: "bob", media: { audio: true, video: true, screen: false } }));
    expect(live.users.get("bob")?.media.video).toBe(true);
    const gone = after(live, message("user_left", { user_id: "bob", user_name: "Bob", reason: "leave" }));
    expect([gone.userCount, gone.users.has("bob")]).toEqual([2, false]);
    expect(isHost(gone)).toBe(false);
  });

  it("of whom there are too many to name are counted", () => {
    let show = annsShow();
    for (let index = 0; index < 600; index++) {
      show = after(show, message("user_joined", { user: user({ user_id: `u${index}`, user_name: "" }, "viewer") }));
    }
    expect(show.users.size).toBeLessThanOrEqual(400);
    expect(show.users.has("kim")).toBe(true);
    expect(after(show, message("room_updated", { changes: { user_count: 5000 }, by: "" })).userCount).toBe(5000);
  });

  it("who are muted cannot write", () => {
    const muted = after(annsShow(), message("chat_muted", { user_id: "ann", until: null, by: "kim" }));
    expect(muted.self.chat_muted).toBe(true);
    expect(after(muted, message("chat_unmuted", { user_id: "*", until: null, by: "kim" })).room.chat_muted_all).toBe(false);
  });
});

describe("lines beside the picture", () => {
  it("are chat, danmaku and gifts in their order, and never more than can be read", () => {
    const chat = { message_id: "m1", ...ANN, content: "hi", type: "text", to: null };
    const danmaku = { danmaku_id: "d1", ...ANN, content: "<b>wow</b>", color: "#FFFFFF", mode: "scroll", size: "normal" } as const;
    const show = after(annsShow(), message("chat", chat as never), message("danmaku", danmaku), gift({ count: 3 }));
    expect(show.lines.map(({ kind, text }) => `${kind}: ${text}`)).toEqual(["chat: hi", "danmaku: <b>wow</b>", "gift: Rose × 3"]);
    const flood = Array.from({ length: 500 }, (_, index) => message("danmaku", { ...danmaku, danmaku_id: `d${index}` }));
    expect(after(show, ...flood).lines).toHaveLength(LINE_LIMIT);
    expect(after(show, ...flood).lines.at(-1)?.id).toBe("d499");
  });
});

describe("gifts over the picture", () => {
  it("count up in place while they continue, and go when nothing does", () => {
    let combos: readonly Combo[] = [];
    for (const [index, combo_count] of [1, 2, 5].entries()) combos = withGift(combos, gift({ combo_count, combo_value: combo_count * 10 }), index * 4_000);
    expect(combos).toMatchObject([{ id: "c1", count: 5, value: 50, fromName: "Ann" }]);
    expect(withoutOld(combos, 8_000 + COMBO_TIME - 1)).toBe(combos);
    expect(withoutOld(combos, 8_000 + COMBO_TIME)).toEqual([]);
  });

  it("of different people stand in rows, the dearest where there is no more room", () => {
    let combos: readonly Combo[] = [];
    for (const value of [10, 500, 50, 5, 5000, 1]) combos = withGift(combos, gift({ combo_id: `c${value}`, combo_value: value }), 0);
    expect(combos.map((combo) => combo.value)).toEqual([10, 500, 50, 5000]);
  });

  it("vanish from the show with time", () => {
    const show = after(annsShow(), gift());
    expect(showAt(show, 1)).toBe(show);
    expect(showAt(show, COMBO_TIME).combos).toEqual([]);
  });
});

describe("the mic", () => {
  it("is one's own from acceptance to end, whoever else comes and goes", () => {
    const accepted = after(annsShow(), message("link_mic_accepted", { user_id: "ann", media: "video" }));
    expect(accepted.mic).toEqual({ at: "on", media: "video" });
    const others = after(accepted, message("link_mic_ended", { user_id: "bob", reason: "ended" }), message("link_mic_accepted", { user_id: "bob", media: "audio" }));
    expect(others.mic).toEqual({ at: "on", media: "video" });
    expect(after(others, message("link_mic_ended", { user_id: "ann", reason: "ended" })).mic).toEqual({ at: "idle" });
  });

  it("may be offered, and the offer passes", () => {
    const invited = after(annsShow(), message("link_mic_invited", { media: "audio" }));
    expect(invited.mic).toEqual({ at: "invited", media: "audio" });
    expect(after(invited, message("link_mic_timeout", { user: ANN })).mic).toEqual({ at: "idle" });
  });

  it("is still one's own after a reload", () => {
    expect(annsShow({ link_mic: [{ ...ANN, media: "video" }] }).mic).toEqual({ at: "on", media: "video" });
  });
});

describe("a PK", () => {
  it("is seen from this room, by this machine's clock", () => {
    expect(contestOf(PK, "demo", 500)).toMatchObject({ ours: { score: 10 }, theirs: { score: 30 }, endsAt: 61_500 });
    expect(contestOf({ ...PK, sides: PK.sides.slice(0, 1) }, "demo", 0)).toBeUndefined();
  });

  it("moves with the score, and ends with a result that stays to be read", () => {
    const started = after(annsShow(), message("pk_started", PK));
    const scored = after(started, message("pk_score", { pk_id: "pk1", sides: [{ room_id: "demo", score: 90 }, { room_id: "other", score: 30 }] }));
    expect(scored.contest && ourShare(scored.contest)).toBe(0.75);
    expect(scored.contest?.theirs.whep_url).toBe("/webrtc/whep/room/other/lee");
    expect(after(scored, message("pk_score", { pk_id: "older", sides: [] }))).toBe(scored);
    const over = after(scored, message("pk_ended", { pk_id: "pk1", winner_room_id: "demo", sides: PK.sides, reason: "time" }));
    expect(over.contest?.result).toBe("won");
    expect(showAt(over, 5_000).contest).toBeDefined();
    expect(showAt(over, 10_000).contest).toBeUndefined();
  });

  it("leaves both sides a part of the bar", () => {
    const contest = contestOf(PK, "demo", 0);
    const share = (ours: number, theirs: number) =>
      contest && ourShare({ ...contest, ours: { ...contest.ours, score: ours }, theirs: { ...contest.theirs, score: theirs } });
    expect([share(0, 0), share(0, 100), share(100, 0), share(1, 1)]).toEqual([0.5, 0.1, 0.9, 0.5]);
  });

  it("is offered for half a minute", () => {
    const invited = after(annsShow(), message("pk_invited", { pk_id: "pk1", from_room_id: "other", from_streamer: ANN, duration: 300 }));
    expect(showAt(invited, 29_999).pkInvitation?.id).toBe("pk1");
    expect(showAt(invited, 30_000).pkInvitation).toBeUndefined();
  });

  it("counts down in minutes and seconds", () => {
    expect([300_000, 61_001, 900, -5].map(countdown)).toEqual(["5:00", "1:02", "0:01", "0:00"]);
  });
});

describe("a show that starts, pauses and ends", () => {
  it("says so", () => {
    const paused = after(annsShow(), message("live_paused", { live: { ...LIVE, status: "Paused" }, reason: "host_offline" }));
    expect([paused.live.status, paused.pauseReason]).toEqual(["Paused", "host_offline"]);
    const resumed = after(paused, message("live_resumed", { live: LIVE }));
    expect([resumed.live.status, resumed.pauseReason]).toEqual(["Living", undefined]);
  });
});
