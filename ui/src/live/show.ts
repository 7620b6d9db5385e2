import type { Envelope, Room, RoomJoined, User } from "../roomclient/messages";
import { withGift, withoutOld, type Combo } from "./combos";
import type { CoHost, Live, LiveExtension, LiveMessage, MicMedia, MicRequest, Person } from "./messages";
import { contestOf, resultFor, withScores, type Contest } from "./pk";

/** One line beside the picture. */
export interface Line {
  readonly id: string;
  readonly kind: "chat" | "danmaku" | "gift" | "notice";
  readonly userId: string;
  readonly userName: string;
  readonly text: string;
}

export type MyMic =
  | { readonly at: "idle" }
  | { readonly at: "requested"; readonly media: MicMedia }
  | { readonly at: "invited"; readonly media: MicMedia }
  | { readonly at: "on"; readonly media: MicMedia };

export interface PkInvitation {
  readonly id: string;
  readonly from: Person;
  readonly roomId: string;
  /** Seconds. */
  readonly duration: number;
  /** When it is too late, ms since 1970. */
  readonly until: number;
}

/** A live room as one of its members knows it. */
export interface Show {
  readonly self: User;
  readonly room: Room;
  readonly live: Live;
  readonly users: ReadonlyMap<string, User>;
  readonly userCount: number;
  readonly lines: readonly Line[];
  readonly combos: readonly Combo[];
  readonly coHosts: readonly CoHost[];
  readonly requests: readonly MicRequest[];
  readonly mic: MyMic;
  readonly contest: Contest | undefined;
  readonly pkInvitation: PkInvitation | undefined;
  readonly media: Pick<RoomJoined, "publish" | "ice_servers">;
  /** Changes with every join and resumption: what was built on the old connection is gone. */
  readonly joinedAt: number;
  readonly pauseReason: string | undefined;
}

/** How long a PK invitation stands (§6.6), and how long a result stays to be read; milliseconds. */
const INVITATION_TIME = 30_000;
const RESULT_TIME = 10_000;
/** Most lines kept: nobody scrolls up further in a live show. */
export const LINE_LIMIT = 200;
/** Most users kept beyond those the server tells of at the start. */
const USER_LIMIT = 400;

/** What is known after a join or a resumption; lines stay over a lost connection. */
export function joinedShow(message: RoomJoined<LiveExtension>, before: Show | undefined, now: number): Show {
  const { self, room } = message;
  const { live } = message.extension;
  const users = new Map(message.users.map((user) => [user.user_id, user]));
  const coHosts = live.link_mic;
  const mine = coHosts.find((coHost) => coHost.user_id === self.user_id);
  const stillAsking = message.resumed && before?.mic.at !== "on" ? before?.mic : undefined;
  return {
    self,
    room,
    live,
    users,
    userCount: room.user_count,
    lines:
      before?.lines ??
      message.chat_history.map((chat) => ({
        id: chat.message_id,
        kind: "chat",
        userId: chat.user_id,
        userName: chat.user_name,
        text: chat.content,
      })),
    combos: before?.combos ?? [],
    coHosts,
    requests: before?.requests ?? [],
    mic: mine ? { at: "on", media: mine.media } : (stillAsking ?? { at: "idle" }),
    contest: live.pk === null ? undefined : contestOf(live.pk, room.room_id, now - message.ts),
    pkInvitation: undefined,
    media: { publish: message.publish, ice_servers: message.ice_servers },
    joinedAt: now,
    pauseReason: undefined,
  };
}

/** The show after one more message. `now` is ms since 1970. The same object if nothing changed. */
export function showAfter(show: Show, message: LiveMessage, now: number): Show {
  switch (message.action) {
    case "room_joined":
      return joinedShow(message, show, now);
    case "user_joined":
      return { ...show, ...withUser(show, message.user) };
    case "user_left":
      return { ...show, ...withoutUser(show, message.user_id) };
    case "user_updated":
      return changedUser(show, message.user_id, message.changes);
    case "media_state":
      return changedUser(show, message.user_id, { media: message.media });
    case "room_updated":
      return { ...show, room: { ...show.room, ...message.changes }, userCount: message.changes.user_count ?? show.userCount };
    case "chat_muted":
    case "chat_unmuted":
      return mutedChat(show, message.user_id, message.action === "chat_muted");
    case "chat":
      return withLine(show, { id: message.message_id, kind: "chat", userId: message.user_id, userName: message.user_name, text: message.content });
    case "danmaku":
      return withLine(show, { id: message.danmaku_id, kind: "danmaku", userId: message.user_id, userName: message.user_name, text: message.content });
    case "gift_received": {
      const text = `${message.gift_name} × ${message.count}`;
      const line: Line = { id: message.gift_record_id, kind: "gift", userId: message.from.user_id, userName: message.from.user_name, text };
      return { ...withLine(show, line), combos: withGift(show.combos, message, now) };
    }
    case "live_started":
    case "live_paused":
    case "live_resumed":
    case "live_stopped":
      return { ...show, live: message.live, pauseReason: message.action === "live_paused" ? message.reason : undefined };
    case "link_mic_list":
      return { ...show, coHosts: message.participants, requests: message.requests ?? show.requests };
    case "link_mic_requested":
    case "link_mic_invited":
    case "link_mic_accepted":
    case "link_mic_rejected":
    case "link_mic_timeout":
    case "link_mic_canceled":
    case "link_mic_ended":
      return { ...show, mic: micAfter(show, message) };
    case "pk_invited":
      return {
        ...show,
        pkInvitation: {
          id: message.pk_id,
          from: message.from_streamer,
          roomId: message.from_room_id,
          duration: message.duration,
          until: now + INVITATION_TIME,
        },
      };
    case "pk_started":
      return { ...show, contest: contestOf(message, show.room.room_id, now - message.ts), pkInvitation: undefined };
    case "pk_score":
      return ofContest(show, message, (contest) => withScores(contest, message.sides));
    case "pk_ended":
      return ofContest(show, message, (contest) => ({
        ...withScores(contest, message.sides),
        result: resultFor(show.room.room_id, message.winner_room_id),
        until: now + RESULT_TIME,
      }));
    case "pk_rejected":
    case "pk_timeout":
      return show.pkInvitation?.id === message.pk_id ? { ...show, pkInvitation: undefined } : show;
    default:
      return show;
  }
}

/** Time passes: gifts go that nothing continued, invitations that were not answered, and results that were read. */
export function showAt(show: Show, now: number): Show {
  const combos = withoutOld(show.combos, now);
  const contest = (show.contest?.until ?? Infinity) > now ? show.contest : undefined;
  const pkInvitation = (show.pkInvitation?.until ?? Infinity) > now ? show.pkInvitation : undefined;
  const same = combos === show.combos && contest === show.contest && pkInvitation === show.pkInvitation;
  return same ? show : { ...show, combos, contest, pkInvitation };
}

export function isHost({ self, live }: Show): boolean {
  return self.user_id === live.streamer_id;
}

/** May kick, mute and ban. */
export function isModerator({ self }: Show): boolean {
  return self.role === "host" || self.role === "cohost" || self.role === "admin";
}

function withLine(show: Show, line: Line): Show {
  return { ...show, lines: [...show.lines.slice(1 - LINE_LIMIT), line] };
}

function withUser({ users, userCount }: Show, user: User): Pick<Show, "users" | "userCount"> {
  const counts = !user.is_robot && !users.has(user.user_id);
  const next = new Map(users).set(user.user_id, user);
  if (next.size > USER_LIMIT) {
    const oldest = [...next.values()].find(({ role }) => role === "viewer");
    if (oldest) next.delete(oldest.user_id);
  }
  return { users: next, userCount: userCount + (counts ? 1 : 0) };
}

function withoutUser({ users, userCount }: Show, userId: string): Pick<Show, "users" | "userCount"> {
  const counts = users.get(userId)?.is_robot !== true;
  const next = new Map(users);
  next.delete(userId);
  return { users: next, userCount: Math.max(0, userCount - (counts ? 1 : 0)) };
}

function changedUser(show: Show, userId: string, changes: Partial<User>): Show {
  const user = show.users.get(userId);
  const self = show.self.user_id === userId ? { ...show.self, ...changes } : show.self;
  const users = user === undefined ? show.users : new Map(show.users).set(userId, { ...user, ...changes });
  return { ...show, self, users };
}

function mutedChat(show: Show, userId: string, muted: boolean): Show {
  if (userId === "*") return { ...show, room: { ...show.room, chat_muted_all: muted } };
  return changedUser(show, userId, { chat_muted: muted });
}

type MicMessage = Extract<LiveMessage, Envelope & { action: `link_mic_${string}` }>;

/** A refusal or a time-out is told to the two it is about only: to a viewer it is always about its own request. */
function micAfter({ mic, self }: Show, message: MicMessage): MyMic {
  switch (message.action) {
    case "link_mic_invited":
      return { at: "invited", media: message.media };
    case "link_mic_accepted":
      return message.user_id === self.user_id ? { at: "on", media: message.media } : mic;
    case "link_mic_ended":
      return message.user_id === self.user_id ? { at: "idle" } : mic;
    case "link_mic_rejected":
    case "link_mic_timeout":
    case "link_mic_canceled":
      return mic.at === "on" ? mic : { at: "idle" };
    default:
      return mic;
  }
}

function ofContest(show: Show, { pk_id }: { pk_id: string }, change: (contest: Contest) => Contest): Show {
  return show.contest?.id === pk_id ? { ...show, contest: change(show.contest) } : show;
}
