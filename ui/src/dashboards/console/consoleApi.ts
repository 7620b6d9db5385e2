import { callApi } from "../../roomclient/httpApi";
import { Code } from "../../roomclient/codes";
import { RoomError } from "../../roomclient/errors";

type Token = string | undefined;

/** What can be muted. */
export type Media = "audio" | "video" | "screen";

/** One connection of somebody in a room. Times are ms since 1970. */
export interface PersonLine {
  readonly user_id: string;
  readonly name: string;
  readonly role: string;
  readonly protocol: string;
  readonly joined_at: number;
  readonly kind: string;
  readonly hidden: boolean;
  /** What the server drops of what it sends. */
  readonly force_muted: readonly Media[];
  readonly tracks: readonly { readonly sid: string; readonly kind: Media; readonly source: string; readonly muted: boolean }[];
}

export interface RoomLine {
  readonly room_id: string;
  readonly type: string;
  readonly locked: boolean;
  readonly recording: boolean;
  readonly people: readonly PersonLine[];
}

export interface WorkerLine {
  readonly id: string;
  /** Empty: it takes any room. */
  readonly agent_name: string;
  readonly kind: string;
  /** 0 … 1. */
  readonly load: number;
  readonly full: boolean;
  readonly rooms: readonly string[];
}

export interface RecordingLine {
  readonly id: string;
  readonly room_id: string;
  readonly status: string;
  /** 0: not yet. */
  readonly started_at: number;
  readonly ended_at: number;
  /** Bytes. */
  readonly size: number;
  readonly file: string;
  readonly error: string;
}

/** Counters begin with the server; times are in seconds. */
export interface ServerLine {
  readonly version: string;
  readonly now: number;
  readonly started_at: number;
  readonly cpu_seconds: number;
  readonly cores: number;
  readonly resident_bytes: number;
  readonly rooms: number;
  readonly participants: number;
  readonly peers: number;
  readonly bytes_in: number;
  readonly bytes_out: number;
  readonly drops: number;
  readonly panics: number;
  readonly storage_healthy: boolean;
  readonly reports: { readonly backend: "database" | "memory"; readonly buffered: number; readonly dropped: number };
  readonly draining: boolean;
  readonly work: Readonly<Record<string, { readonly active: number; readonly started: number; readonly failed: number }>>;
}

/** Something to do to a room, or to somebody in it. */
export type Deed =
  | { readonly room_id: string; readonly op: "kick"; readonly user_id: string }
  | { readonly room_id: string; readonly op: "mute" | "unmute"; readonly user_id: string; readonly params: { readonly kind: Media } }
  | { readonly room_id: string; readonly op: "close_room" };

/** Who is in a room now; null: it is not open. @throws RoomError */
export async function roomNow(room: string, token: Token): Promise<RoomLine | null> {
  try {
    return (await callApi("GET", `/api/console/room?${new URLSearchParams({ room_id: room })}`, undefined, token)) as RoomLine;
  } catch (error) {
    if (error instanceof RoomError && error.code === Code.RoomNotFound) return null;
    throw error;
  }
}

/** @throws RoomError */
export async function serverNow(token: Token): Promise<ServerLine> {
  return (await callApi("GET", "/api/console/server", undefined, token)) as ServerLine;
}

/** @throws RoomError */
export async function workersNow(token: Token): Promise<readonly WorkerLine[]> {
  return (await callApi("GET", "/api/console/workers", undefined, token)) as WorkerLine[];
}

/** Those that run, and the newest that have ended. @throws RoomError */
export async function recordingsNow(token: Token): Promise<readonly RecordingLine[]> {
  return (await callApi("GET", "/api/console/recordings", undefined, token)) as RecordingLine[];
}

/** @throws RoomError */
export async function doDeed(deed: Deed, token: Token): Promise<void> {
  await callApi("POST", "/api/console/actions", deed, token);
}
