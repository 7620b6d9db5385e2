import type { CoreMessage, Envelope, RoomJoined } from "../roomclient/messages";

/** What the customer service says, field by field as on the wire. specs/monibuca-rooms.md §8. */

export type CallMedia = "audio" | "video";

/** What a customer sees of an agent. */
export interface Face {
  readonly id: string;
  readonly name: string;
  readonly avatar: string;
}

export type Phase = "created" | "queued" | "ringing" | "connecting" | "talking" | "held" | "transferring";

/** A place in the queue. */
export interface Place {
  /** From 1. */
  readonly position: number;
  readonly waiting: number;
  /** Seconds. */
  readonly estimated_wait: number;
}

/** `extension` of `room_joined`. */
export interface CallExtension extends Partial<Place> {
  readonly status?: "Waiting" | "Active" | "Ended";
  readonly phase?: Phase | null;
  readonly title?: string;
  readonly media?: CallMedia;
  /** Seconds that the call lasts already. */
  readonly duration?: number;
  readonly agent?: Face | null;
}

interface OfSession extends Envelope {
  readonly session_id: string;
}

export interface QueuePosition extends OfSession, Place {
  readonly action: "queue_position";
}

export interface CallAccepted extends OfSession {
  readonly action: "call_accepted";
  readonly agent: Face;
  readonly media: CallMedia;
}

export interface CallHeld extends OfSession {
  readonly action: "call_held" | "call_resumed";
  readonly by: string;
  readonly hold_music: boolean;
}

export interface CallTransferring extends OfSession {
  readonly action: "call_transferring";
  readonly to_agent: Face;
}

export interface TransferFailed extends OfSession {
  readonly action: "transfer_failed";
  readonly reason: string;
  readonly to_agent: Face;
}

export interface CallTransferred extends OfSession {
  readonly action: "call_transferred";
  readonly from_agent: Face;
  readonly to_agent: Face;
}

export interface CallRequeued extends OfSession {
  readonly action: "call_requeued";
  readonly reason: string;
}

export interface SessionExpiring extends OfSession {
  readonly action: "session_expiring";
  /** Seconds. */
  readonly remaining: number;
}

export interface CallEnded extends OfSession {
  readonly action: "call_ended";
  readonly by: string;
  readonly reason: string;
  /** Seconds. */
  readonly duration: number;
  readonly rating_allowed: boolean;
}

/** Somebody who is not seen begins to speak to one, or ends. */
export interface SupervisorSpeaks extends Envelope {
  readonly action: "supervisor_speaks";
  readonly on: boolean;
  readonly whep_url: string;
}

type BothMessage = CallHeld | CallTransferring | TransferFailed | CallTransferred | CallEnded;

/** In the room of a call. */
export type CallMessage =
  | Exclude<CoreMessage, RoomJoined>
  | RoomJoined<CallExtension>
  | QueuePosition
  | CallAccepted
  | CallRequeued
  | SupervisorSpeaks
  | SessionExpiring
  | BothMessage;

export type AgentState = "Offline" | "Online" | "Ready" | "Ringing" | "Busy";

export interface Agent {
  readonly id: string;
  readonly name: string;
  readonly username: string;
  readonly avatar: string;
  readonly state: AgentState;
  readonly session_id: string | null;
}

/** How an agent gets into the room of its call. */
export interface WayIn {
  readonly room_id: string;
  readonly room_token: string;
}

export interface Ringing {
  readonly session_id: string;
  readonly title: string;
  readonly description: string;
  readonly customer: { readonly id: string; readonly name: string };
  readonly media: CallMedia;
  /** Seconds. */
  readonly queue_wait: number;
  /** Seconds. */
  readonly countdown: number;
  readonly transfer_from?: Face;
  readonly note?: string;
}

interface QueueNumbers {
  readonly waiting: number;
  /** Seconds. */
  readonly longest_wait: number;
}

export interface WorkplaceOpened extends Envelope, QueueNumbers {
  readonly action: "workplace";
  readonly agent: Agent;
  readonly agents: readonly Agent[];
  readonly ring: Ringing | null;
  readonly call: (WayIn & CallSound & { readonly session: Session }) | null;
}

/** At an agent's workplace. */
export type WorkplaceMessage =
  | WorkplaceOpened
  | (Envelope & QueueNumbers & { readonly action: "queue_updated" })
  | (Envelope & { readonly action: "agent_state"; readonly agent: Agent })
  | (Envelope & Ringing & { readonly action: "incoming_call" })
  | (OfSession & { readonly action: "ring_tick"; readonly remaining: number })
  | (OfSession & { readonly action: "ring_cancelled"; readonly reason: string })
  | (CallAccepted & WayIn)
  | (OfSession & CallSound & { readonly action: "audio_playing"; readonly error?: string })
  | (OfSession & { readonly action: "rating_received"; readonly score: number; readonly comment: string })
  | BothMessage;

/** An uploaded sound. */
export interface AudioFile {
  readonly id: string;
  readonly name: string;
  /** Seconds; 0 if the file does not say. */
  readonly duration: number;
}

/** What the customer hears of the agent. */
export interface CallSound {
  readonly playing: readonly PlayedFile[];
  /** How loud the agent's voice is, percent. */
  readonly microphone: number;
}

/** A file that is mixed into what the customer hears. */
export interface PlayedFile {
  readonly playback_id: string;
  readonly file_id: string;
  readonly name: string;
  /** Percent. */
  readonly volume: number;
  readonly loop: boolean;
  readonly paused: boolean;
}

/** A session as the HTTP API tells of it; times in ISO 8601. */
export interface Session {
  readonly id: string;
  readonly title: string;
  readonly customer_id: string;
  readonly customer_name: string;
  readonly agent_id: string | null;
  readonly agent_name: string | null;
  readonly status: "Waiting" | "Active" | "Ended";
  readonly media: CallMedia;
  /** Seconds. */
  readonly duration: number;
  readonly created_at: string;
  readonly end_reason: string | null;
  /** Seconds. */
  readonly wait_seconds: number;
  readonly rating: { readonly score: number; readonly comment: string } | null;
}
