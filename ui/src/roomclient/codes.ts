/** Why the server refuses something. specs/monibuca-rooms.md §2.3. */
export const Code = {
  BadJson: 40001,
  UnknownAction: 40002,
  BadField: 40003,
  Unauthorized: 40101,
  TokenExpired: 40102,
  Forbidden: 40301,
  Banned: 40302,
  RoomLocked: 40303,
  ChatMuted: 40304,
  LobbyRejected: 40305,
  ContentRejected: 40306,
  WrongPassword: 40307,
  RoomNotFound: 40401,
  UserNotFound: 40402,
  NotInRoom: 40403,
  NotFound: 40404,
  AlreadyJoined: 40901,
  BadState: 40902,
  TargetBusy: 40903,
  Conflict: 40904,
  RoomFull: 40906,
  LimitReached: 40907,
  RoomClosed: 41001,
  RateLimited: 42901,
  Internal: 50001,
  FeatureDisabled: 50101,
  VerifyUnavailable: 50201,
  BackendUnavailable: 50301,
} as const;

/** A refusal that may be none a moment later: the server is in trouble, or asked to wait. */
export function isPassing(code: number): boolean {
  return code === Code.RateLimited || code === Code.Internal || code === Code.VerifyUnavailable;
}

/** Why a connection is over and stays so. */
export type Ending =
  | "left"
  | "unauthorized"
  | "turned-away"
  | "room-closed"
  | "replaced"
  | "kicked"
  | "misbehaved"
  | "refused"
  | "lost";

/** WebSocket close codes after which coming back makes no sense; after all others it does. §2.3. */
const ENDINGS: Readonly<Record<number, Ending>> = {
  1003: "misbehaved",
  1009: "misbehaved",
  4001: "unauthorized",
  4003: "turned-away",
  4004: "room-closed",
  4009: "replaced",
  4010: "kicked",
  4029: "misbehaved",
};

/** How a connection that was closed with this code has ended; undefined: connect again. */
export function endingOf(closeCode: number): Ending | undefined {
  return ENDINGS[closeCode];
}
