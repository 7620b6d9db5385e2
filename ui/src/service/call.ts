import type { Line } from "../chat/line";
import type { ChatFields, Room, RoomJoined, User } from "../roomclient/messages";
import type { CallExtension, CallMedia, CallMessage, Face, Phase, Place } from "./messages";

/** Where a call stands, for both who are in it. */
export type Standing = "queued" | "connecting" | "talking" | "held" | "ended";

/** A call as one of the two knows it. */
export interface Call {
  readonly self: User;
  readonly room: Room;
  readonly title: string;
  readonly media: CallMedia;
  readonly standing: Standing;
  readonly place: Place | undefined;
  /** Who has the call. */
  readonly agent: Face | undefined;
  /** Who is asked to take it over. */
  readonly transferTo: Face | undefined;
  readonly holdMusic: boolean;
  /** Where a supervisor is to be heard who speaks to one. */
  readonly supervisorUrl: string | undefined;
  readonly users: ReadonlyMap<string, User>;
  readonly lines: readonly Line[];
  /** When the two first talked, ms since 1970. */
  readonly since: number | undefined;
  /** When the call ends by itself, ms since 1970; undefined: not soon. */
  readonly endsAt: number | undefined;
  readonly ending: Ending | undefined;
  readonly whipUrl: string;
}

export interface Ending {
  readonly by: string;
  readonly reason: string;
  /** Seconds. */
  readonly duration: number;
  readonly mayRate: boolean;
}

/** Most lines kept. */
const LINE_LIMIT = 500;

const STANDINGS: Readonly<Record<Phase, Standing>> = {
  created: "queued",
  queued: "queued",
  ringing: "queued",
  connecting: "connecting",
  talking: "talking",
  held: "held",
  transferring: "talking",
};

/** What is known after a join or a resumption. */
export function joinedCall(message: RoomJoined<CallExtension>, before: Call | undefined, now: number): Call {
  const { self, room, extension } = message;
  const { position, waiting, estimated_wait } = extension;
  const over = extension.status === "Ended";
  return met(
    {
      self,
      room,
      title: extension.title ?? "",
      media: extension.media ?? "video",
      standing: over ? "ended" : STANDINGS[extension.phase ?? "queued"],
      place: position === undefined ? undefined : { position, waiting: waiting ?? position, estimated_wait: estimated_wait ?? 0 },
      agent: extension.agent ?? undefined,
      transferTo: undefined,
      holdMusic: before?.holdMusic ?? false,
      supervisorUrl: before?.supervisorUrl,
      users: new Map(message.users.map((user) => [user.user_id, user])),
      lines: message.chat_history.map(lineOf),
      since: extension.duration ? now - extension.duration * 1000 : before?.since,
      endsAt: before?.endsAt,
      ending: over ? (before?.ending ?? { by: "", reason: "", duration: extension.duration ?? 0, mayRate: true }) : undefined,
      whipUrl: message.publish.whip_url,
    },
    now,
  );
}

/** The call after one more message. `now` is ms since 1970. The same object if nothing changed. */
export function callAfter(call: Call, message: CallMessage, now: number): Call {
  switch (message.action) {
    case "room_joined":
      return joinedCall(message, call, now);
    case "user_joined":
      return met({ ...call, users: new Map(call.users).set(message.user.user_id, message.user) }, now);
    case "user_left": {
      const users = new Map(call.users);
      users.delete(message.user_id);
      return { ...call, users };
    }
    case "user_updated":
      return changedUser(call, message.user_id, message.changes);
    case "media_state":
      return changedUser(call, message.user_id, { media: message.media });
    case "room_updated":
      return { ...call, room: { ...call.room, ...message.changes } };
    case "chat":
      return { ...call, lines: [...call.lines.slice(1 - LINE_LIMIT), lineOf(message)] };
    case "queue_position": {
      const { position, waiting, estimated_wait } = message;
      return { ...call, place: { position, waiting, estimated_wait } };
    }
    case "call_accepted":
      return met({ ...call, standing: "connecting", agent: message.agent, media: message.media, place: undefined }, now);
    case "call_held":
    case "call_resumed":
      return { ...call, standing: message.action === "call_held" ? "held" : "talking", holdMusic: message.hold_music };
    case "call_transferring":
      return { ...call, transferTo: message.to_agent };
    case "transfer_failed":
      return { ...call, transferTo: undefined };
    case "call_transferred":
      return met({ ...call, standing: "connecting", agent: message.to_agent, transferTo: undefined }, now);
    case "call_requeued":
      return { ...call, standing: "queued", agent: undefined, transferTo: undefined };
    case "supervisor_speaks":
      return { ...call, supervisorUrl: message.on ? message.whep_url : undefined };
    case "session_expiring":
      return { ...call, endsAt: now + message.remaining * 1000 };
    case "call_ended": {
      const { by, reason, duration, rating_allowed } = message;
      return { ...call, standing: "ended", transferTo: undefined, ending: { by, reason, duration, mayRate: rating_allowed } };
    }
    default:
      return call;
  }
}

/** The one at the other end, once it is there. */
export function otherOf({ self, users }: Call): User | undefined {
  const role = self.role === "customer" ? "agent" : "customer";
  return [...users.values()].find((user) => user.role === role && user.user_id !== self.user_id);
}

/** Media may flow. */
export function isOn({ standing }: Call): boolean {
  return standing === "connecting" || standing === "talking" || standing === "held";
}

/** The server does not say when both are there: whoever sees the other sees it. */
function met(call: Call, now: number): Call {
  if (call.standing !== "connecting") return call;
  const there = call.self.role === "agent" ? otherOf(call) !== undefined : otherOf(call)?.user_id === call.agent?.id;
  return there && otherOf(call) !== undefined ? { ...call, standing: "talking", since: call.since ?? now } : call;
}

function changedUser(call: Call, userId: string, changes: Partial<User>): Call {
  const user = call.users.get(userId);
  const self = call.self.user_id === userId ? { ...call.self, ...changes } : call.self;
  const users = user === undefined ? call.users : new Map(call.users).set(userId, { ...user, ...changes });
  return { ...call, self, users };
}

function lineOf({ message_id, user_id, user_name, content }: ChatFields): Line {
  return { id: message_id, kind: "chat", userId: user_id, userName: user_name, text: content };
}
