/** What the server answers about how rooms go. Times are ms since 1970. specs/monibuca-rooms.md §9.5. */

export interface Risk {
  readonly name: string;
  readonly level: "warning" | "critical";
  readonly reason: string;
}

export interface RoomSummary {
  readonly room_id: string;
  readonly room_type: string;
  readonly name: string;
  readonly status: string;
  readonly started_at: number;
  /** null: it is open now. */
  readonly ended_at: number | null;
  /** Seconds. */
  readonly duration: number;
  readonly users: number;
  readonly current_users: number;
  readonly peak_concurrent: number;
  readonly popularity: number;
  /** 0 … 1. */
  readonly freeze_rate: number;
  /** 0 … 1. */
  readonly packet_loss: number;
  readonly risk_details: readonly Risk[];
}

export interface SiteStats {
  readonly summary: {
    readonly rooms: number;
    readonly active_rooms: number;
    readonly sessions: number;
    readonly users: number;
    readonly current_users: number;
    readonly peak_concurrent: number;
    /** Seconds. */
    readonly streaming_duration: number;
    /** 0 … 1. */
    readonly join_success_rate: number;
  };
  readonly rooms: readonly RoomSummary[];
  /** The database was away: there may be more. */
  readonly partial?: boolean;
}

export interface Day {
  /** 2026-01-31. */
  readonly date: string;
  readonly sessions: number;
  readonly users: number;
  readonly peak_concurrent: number;
  /** Seconds. */
  readonly streaming_duration: number;
  readonly rooms: number;
}

/** bit/s, frames per second, ms, shares of 1; null is not measured. */
export interface SentPoint {
  readonly ts: number;
  readonly bitrate: number | null;
  readonly fps: number | null;
  readonly packet_loss: number | null;
  readonly rtt_ms: number | null;
}

export interface PairPoint {
  readonly ts: number;
  readonly send_bitrate: number | null;
  readonly recv_bitrate: number | null;
  readonly fps: number | null;
  readonly packet_loss: number | null;
  readonly rtt_ms: number | null;
}

/** One sender as one receiver got it. */
export interface Pair {
  readonly sender: string;
  readonly receiver: string;
  readonly points: readonly PairPoint[];
  readonly freeze_count: number;
  readonly freeze_duration_ms: number;
  readonly freeze_rate: number;
  readonly packet_loss: number;
  readonly rtt_ms: number;
  readonly bitrate: number;
  /** Seconds of video that were observed. */
  readonly watched: number;
}

export interface Visit {
  readonly session_id: string;
  readonly joined_at: number;
  /** null: still there. */
  readonly left_at: number | null;
  /** Seconds. */
  readonly duration: number;
  readonly leave_reason: string;
}

export interface ReportedUser {
  readonly user_id: string;
  readonly user_name: string;
  readonly role: string;
  readonly sessions: readonly Visit[];
  readonly device: {
    readonly terminal: string;
    readonly device_name: string;
    readonly os_version: string;
    readonly network_type: string;
    readonly sdk_version: string;
  };
}

export interface Moment {
  readonly ts: number;
  readonly user_id: string;
  readonly event: string;
  readonly success: boolean;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface EventSummary {
  readonly event: string;
  readonly count: number;
  readonly success_rate: number;
  readonly avg_ms: number;
  readonly p95_ms: number;
}

export interface RoomStats {
  readonly room_id: string;
  readonly room_type: string;
  readonly start_time: number;
  readonly end_time: number;
  readonly summary: {
    readonly sessions: number;
    readonly users: number;
    readonly peak_concurrent: number;
    readonly avg_rtt_ms: number;
    readonly avg_packet_loss: number;
    readonly freeze_rate: number;
    readonly join_success_rate: number;
    readonly publish_success_rate: number;
    readonly subscribe_success_rate: number;
  };
  readonly users: readonly ReportedUser[];
  readonly pairs: readonly Pair[];
  readonly streams: readonly { readonly user_id: string; readonly points: readonly SentPoint[] }[];
  readonly kv_summary: readonly EventSummary[];
  readonly timeline: readonly Moment[];
  /** Milliseconds of one point, where points are averages. */
  readonly resolution?: number;
  readonly partial?: boolean;
}
