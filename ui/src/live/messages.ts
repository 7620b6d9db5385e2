import type { CoreMessage, Envelope, RoomJoined } from "../roomclient/messages";

/** What the live plugin says, field by field as on the wire. specs/monibuca-rooms.md §6. Times are ms since 1970. */

export type LiveStatus = "Preparing" | "Living" | "Paused" | "Ended";

export interface Person {
  readonly user_id: string;
  readonly user_name: string;
}

export interface CoHost extends Person {
  readonly media: MicMedia;
}

export type MicMedia = "audio" | "video";

export interface PkSide {
  readonly room_id: string;
  readonly streamer?: Person;
  readonly whep_url?: string;
  readonly score: number;
  readonly top?: readonly (Person & { readonly value: number })[];
}

export interface Pk {
  readonly pk_id: string;
  /** In the live object only; `pk_started` says it by its name. */
  readonly status?: "inviting" | "active" | "punishing" | "ended";
  readonly sides: readonly PkSide[];
  readonly started_at: number;
  readonly ends_at: number;
}

export interface Live {
  readonly room_id: string;
  readonly title: string;
  readonly streamer_id: string;
  readonly streamer_name: string;
  readonly status: LiveStatus;
  readonly started_at: number | null;
  readonly viewer_count: number;
  readonly gift_value: number;
  readonly link_mic: readonly CoHost[];
  readonly pk: Pk | null;
}

/** `extension` of `room_joined`. */
export interface LiveExtension {
  readonly status: LiveStatus;
  readonly live: Live;
}

/** An entry of the catalogue. */
export interface Gift {
  readonly gift_id: string;
  readonly name: string;
  readonly icon: string;
  readonly price: number;
}

/** Somebody who waits for the mic, or has been asked to come. */
export interface MicRequest {
  readonly state: "requested" | "invited";
  readonly user: Person;
  readonly media: MicMedia;
  readonly message: string;
}

interface LiveChanged extends Envelope {
  readonly action: "live_started" | "live_paused" | "live_resumed" | "live_stopped";
  readonly live: Live;
  readonly reason?: string;
}

export interface GiftReceived extends Envelope {
  readonly action: "gift_received";
  readonly gift_record_id: string;
  readonly gift_id: string;
  readonly gift_name: string;
  readonly icon: string;
  readonly count: number;
  readonly value: number;
  readonly combo_id: string;
  readonly combo_count: number;
  readonly combo_value: number;
  readonly is_combo: boolean;
  readonly from: Person;
  readonly to: Person;
}

interface GiftComboEnd extends Envelope {
  readonly action: "gift_combo_end";
  readonly combo_id: string;
}

export type DanmakuMode = "scroll" | "top" | "bottom";

export interface Danmaku extends Envelope {
  readonly action: "danmaku";
  readonly danmaku_id: string;
  readonly user_id: string;
  readonly user_name: string;
  readonly content: string;
  readonly color: string;
  readonly mode: DanmakuMode;
  readonly size: "small" | "normal" | "large";
}

interface MicRequested extends Envelope {
  readonly action: "link_mic_requested";
  readonly user: Person;
  readonly media: MicMedia;
  readonly message: string;
  readonly position: number;
}

interface MicInvited extends Envelope {
  readonly action: "link_mic_invited";
  readonly media: MicMedia;
  readonly message?: string;
}

interface MicAccepted extends Envelope {
  readonly action: "link_mic_accepted";
  readonly user_id: string;
  readonly media: MicMedia;
}

interface MicEnded extends Envelope {
  readonly action: "link_mic_ended";
  readonly user_id: string;
  readonly reason: string;
}

interface MicDeclined extends Envelope {
  readonly action: "link_mic_rejected" | "link_mic_timeout" | "link_mic_canceled";
  /** Who asked, or was invited. */
  readonly user: Person;
}

interface MicList extends Envelope {
  readonly action: "link_mic_list";
  readonly participants: readonly CoHost[];
  /** For the streamer only. */
  readonly requests?: readonly MicRequest[];
}

interface PkInvited extends Envelope {
  readonly action: "pk_invited";
  readonly pk_id: string;
  readonly from_room_id: string;
  readonly from_streamer: Person;
  /** Seconds. */
  readonly duration: number;
}

interface PkStarted extends Envelope, Pk {
  readonly action: "pk_started";
}

interface PkScore extends Envelope {
  readonly action: "pk_score";
  readonly pk_id: string;
  readonly sides: readonly PkSide[];
}

interface PkOver extends Envelope {
  readonly action: "pk_ended";
  readonly pk_id: string;
  /** Null: a draw. */
  readonly winner_room_id: string | null;
  readonly sides: readonly PkSide[];
  readonly reason: string;
}

interface PkDeclined extends Envelope {
  readonly action: "pk_rejected" | "pk_timeout";
  readonly pk_id: string;
}

export type LiveMessage =
  | Exclude<CoreMessage, { action: "room_joined" }>
  | RoomJoined<LiveExtension>
  | LiveChanged
  | GiftReceived
  | GiftComboEnd
  | Danmaku
  | MicRequested
  | MicInvited
  | MicAccepted
  | MicEnded
  | MicDeclined
  | MicList
  | PkInvited
  | PkStarted
  | PkScore
  | PkOver
  | PkDeclined;
