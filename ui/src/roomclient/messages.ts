/** What the room service says, field by field as on the wire. specs/monibuca-rooms.md §3. Times are ms since 1970. */

export type Role = "host" | "cohost" | "member" | "viewer" | "agent" | "customer" | "admin";

export interface Media {
  readonly audio: boolean;
  readonly video: boolean;
  readonly screen: boolean;
}

export interface User {
  readonly user_id: string;
  readonly user_name: string;
  readonly avatar: string;
  readonly role: Role;
  readonly is_robot: boolean;
  readonly joined_at: number;
  readonly chat_muted: boolean;
  readonly force_muted: Media;
  readonly media: Media;
  readonly streams: readonly string[];
  readonly extra: Readonly<Record<string, unknown>>;
}

export interface Room {
  readonly room_id: string;
  readonly type: string;
  readonly name: string;
  readonly owner_id: string;
  readonly locked: boolean;
  readonly recording: boolean;
  readonly lobby_enabled: boolean;
  readonly chat_muted_all: boolean;
  readonly slow_mode: number;
  readonly max_users: number;
  readonly user_count: number;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface Envelope {
  readonly action: string;
  readonly room_id: string;
  readonly ts: number;
}

/** `Extension` is what the plugin of the room's type adds. */
export interface RoomJoined<Extension = Readonly<Record<string, unknown>>> extends Envelope {
  readonly action: "room_joined";
  readonly self: User;
  readonly room: Room;
  readonly users: readonly User[];
  /** Seconds. */
  readonly heartbeat_interval: number;
  /** Seconds. */
  readonly heartbeat_timeout: number;
  readonly publish: { readonly stream_path: string; readonly whip_url: string; readonly token: string };
  readonly ice_servers: readonly RTCIceServer[];
  readonly chat_history: readonly ChatFields[];
  readonly extension: Extension;
  readonly resumed: boolean;
}

export interface ChatFields {
  readonly message_id: string;
  readonly user_id: string;
  readonly user_name: string;
  readonly content: string;
  readonly type: string;
  readonly to: string | null;
  readonly ts: number;
}

export interface Chat extends Envelope, ChatFields {
  readonly action: "chat";
  readonly ts: number;
}

export interface UserJoined extends Envelope {
  readonly action: "user_joined";
  readonly user: User;
}

export interface UserLeft extends Envelope {
  readonly action: "user_left";
  readonly user_id: string;
  readonly user_name: string;
  readonly reason: string;
}

export interface UserUpdated extends Envelope {
  readonly action: "user_updated";
  readonly user_id: string;
  readonly changes: Partial<User>;
}

export interface RoomUpdated extends Envelope {
  readonly action: "room_updated";
  readonly changes: Partial<Room>;
  readonly by: string;
}

export interface MediaChanged extends Envelope {
  readonly action: "media_state";
  readonly user_id: string;
  readonly media: Media;
}

export interface StreamChanged extends Envelope {
  readonly action: "stream_published" | "stream_unpublished";
  readonly user_id: string;
  readonly stream_path: string;
  readonly kind: string;
  readonly whep_url: string;
}

export interface ChatMuteChanged extends Envelope {
  readonly action: "chat_muted" | "chat_unmuted";
  /** `*` is everybody. */
  readonly user_id: string;
  readonly until: number | null;
  readonly by: string;
}

export interface ForceMute extends Envelope {
  readonly action: "force_mute";
  readonly user_id: string;
  readonly kind: keyof Media;
  readonly on: boolean;
  readonly by: string;
}

export interface Kicked extends Envelope {
  readonly action: "kicked";
  readonly by: string;
  readonly reason: string;
}

export interface UserBanned extends Envelope {
  readonly action: "user_banned";
  readonly user_id: string;
  readonly until: number | null;
  readonly reason: string;
  readonly by: string;
}

export interface RoomClosed extends Envelope {
  readonly action: "room_closed";
  readonly reason: string;
  readonly by: string;
}

export interface LobbyWaiting extends Envelope {
  readonly action: "lobby_waiting";
  readonly position?: number;
}

export interface LobbyAdmitted extends Envelope {
  readonly action: "lobby_admitted";
}

export interface LobbyRejected extends Envelope {
  readonly action: "lobby_rejected";
  readonly reason: string;
}

export interface Refusal extends Envelope {
  readonly action: "error";
  readonly for?: string;
  readonly seq?: number | string;
  readonly code: number;
  readonly error: string;
  readonly message: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** The answer to a request; extensions add fields of their own. */
export interface Ack extends Envelope {
  readonly action: "ack";
  readonly seq: number;
  readonly for: string;
  readonly [field: string]: unknown;
}

export type CoreMessage =
  | RoomJoined
  | Chat
  | UserJoined
  | UserLeft
  | UserUpdated
  | RoomUpdated
  | MediaChanged
  | StreamChanged
  | ChatMuteChanged
  | ForceMute
  | Kicked
  | UserBanned
  | RoomClosed
  | LobbyWaiting
  | LobbyAdmitted
  | LobbyRejected
  | Refusal;

/** One message from the text of a frame; undefined for what is none. Nothing but the envelope is checked. */
export function readMessage(text: unknown): (Envelope & Readonly<Record<string, unknown>>) | undefined {
  if (typeof text !== "string") return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || !("action" in value) || typeof value.action !== "string") return undefined;
  return { room_id: "", ts: 0, ...value, action: value.action };
}
