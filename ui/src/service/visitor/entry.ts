import { Code } from "../../roomclient/codes";
import { RoomError } from "../../roomclient/errors";
import { NEW_CALL } from "../../routing/route";
import type { JoinFailure } from "../../session/joinFailure";
import { customerToken, rememberCustomerToken } from "../../session/tokenStore";
import { joinCall, type CallStore } from "../CallStore";
import type { CallMedia } from "../messages";
import { newVisit } from "../serviceApi";

export interface Entry {
  /** Of the address: a session, or `new`. */
  readonly room: string;
  readonly name: string;
  readonly media: CallMedia;
}

/** Get in line, in a session of one's own or in the one of the link. @throws RoomError */
export async function enterQueue({ room, name, media }: Entry): Promise<CallStore> {
  if (room !== NEW_CALL) return joinCall(room, customerToken(room) ?? "");
  const { sessionId, token } = await newVisit({ customer_name: name, media });
  rememberCustomerToken(sessionId, token);
  return joinCall(sessionId, token);
}

const REFUSALS: Readonly<Record<number, string>> = {
  [Code.RoomNotFound]: "This call is over, or there never was one. Ask for a new link.",
  [Code.RoomClosed]: "This call is over. Ask for a new link, or call anew.",
  [Code.Unauthorized]: "The link is not complete. Open it again, as you got it.",
  [Code.TokenExpired]: "The link is no longer valid. Ask for a new one.",
  [Code.LimitReached]: "Too many people are waiting already. Please try again in a few minutes.",
  [Code.RateLimited]: "That was one call too many in a short time. Please try again in a minute.",
  [Code.FeatureDisabled]: "Nobody takes calls here.",
};

/** For the person who tried to call. */
export function describeQueueFailure(error: unknown): JoinFailure {
  if (!(error instanceof RoomError)) return { message: `Calling failed: ${error instanceof Error ? error.message : String(error)}`, tokenNeeded: false };
  return { message: REFUSALS[error.code] ?? error.message, tokenNeeded: false };
}
