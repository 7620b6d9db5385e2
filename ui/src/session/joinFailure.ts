import { ConnectionError, ConnectionErrorReason } from "livekit-client";

import { Code } from "../roomclient/codes";
import { RoomError } from "../roomclient/errors";
import { TokenError } from "./tokenSource";

/** Why a join failed, for the person who tried. */
export interface JoinFailure {
  readonly message: string;
  /** A (new) access token would help: offer the field for one. */
  readonly tokenNeeded: boolean;
}

const REFUSALS: Readonly<Record<number, string>> = {
  [Code.Banned]: "You may not enter this room any more.",
  [Code.RoomFull]: "The room is full. Try again when somebody has left.",
  [Code.RoomLocked]: "The room is locked: nobody else can enter now.",
  [Code.WrongPassword]: "This room has a password, and this page cannot take it yet.",
};

export function describeJoinFailure(error: unknown): JoinFailure {
  if (error instanceof TokenError) {
    return { message: error.message, tokenNeeded: error.code === "token-required" };
  }
  if (error instanceof ConnectionError) {
    return describeConnectionError(error as ConnectionError);
  }
  if (error instanceof RoomError) {
    return { message: REFUSALS[error.code] ?? error.message, tokenNeeded: false };
  }
  return { message: `Joining failed: ${error instanceof Error ? error.message : String(error)}`, tokenNeeded: false };
}

function describeConnectionError(error: ConnectionError): JoinFailure {
  switch (error.reason) {
    case ConnectionErrorReason.NotAllowed:
      return { message: `The server does not let you in: ${error.message}`, tokenNeeded: true };
    case ConnectionErrorReason.ServerUnreachable:
    case ConnectionErrorReason.WebSocket:
    case ConnectionErrorReason.Timeout:
      return {
        message: "The room server does not answer. Check that it is running and that you are online, then try again.",
        tokenNeeded: false,
      };
    case ConnectionErrorReason.ServiceNotFound:
      return { message: "There is no room server at this address.", tokenNeeded: false };
    case ConnectionErrorReason.LeaveRequest:
      return { message: "The server ended the visit while you were joining. Try again.", tokenNeeded: false };
    default:
      return { message: `Joining failed: ${error.message}`, tokenNeeded: false };
  }
}
