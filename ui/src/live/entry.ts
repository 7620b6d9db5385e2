import { RoomClient, type Ticket } from "../roomclient/RoomClient";
import { Code } from "../roomclient/codes";
import { RoomError } from "../roomclient/errors";
import { readClaims } from "../session/accessToken";
import type { JoinFailure } from "../session/joinFailure";
import { requestToken, sameOriginServer, TokenError } from "../session/tokenSource";
import { identityFor } from "./identity";
import type { Door } from "../routing/route";
import type { LiveMessage } from "./messages";
import { openLiveRoom } from "./liveApi";
import { ShowStore } from "./ShowStore";

export interface Entry {
  readonly room: string;
  readonly door: Door;
  readonly name: string;
  /** Of the show, for who opens it. */
  readonly title: string;
  /** Token the visitor brought; without one the server is asked. */
  readonly token: string | undefined;
}

/**
 * Enter a live room; the streamer opens it first if it is not there.
 *
 * @throws TokenError if no token was to be had, RoomError if the room does not let one in
 */
export async function enterShow(entry: Entry): Promise<ShowStore> {
  const ticket = await ticketFor(entry);
  if (entry.door === "studio") {
    await openLiveRoom(entry.room, { title: entry.title, streamer_id: ticket.userId, streamer_name: ticket.userName }, ticket.token);
  }
  const store = new ShowStore(new RoomClient<LiveMessage>(ticket));
  try {
    await store.client.join();
  } catch (error) {
    store.close();
    throw error;
  }
  return store;
}

async function ticketFor({ room, door, name, token: brought }: Entry): Promise<Ticket> {
  const identity = identityFor(door);
  const access =
    brought === undefined
      ? await requestToken({ roomName: room, participantName: name, participantIdentity: identity })
      : { token: brought, serverUrl: sameOriginServer(window.location.origin) };
  const claims = readClaims(access.token);
  return {
    serverUrl: access.serverUrl,
    roomId: room,
    roomType: "live",
    userId: claims?.identity ?? identity,
    userName: (claims?.name ?? name).slice(0, 64),
    token: access.token,
  };
}

const REFUSALS: Readonly<Record<number, string>> = {
  [Code.RoomNotFound]: "There is no live show at this address. Check the link, or come back when the streamer has opened it.",
  [Code.BadState]: "The show has not started yet. Come back in a moment.",
  [Code.Banned]: "You may not enter this room any more.",
  [Code.RoomFull]: "The room is full. Try again when somebody has left.",
  [Code.RoomLocked]: "The room is locked: nobody else can enter now.",
  [Code.RoomClosed]: "This show is over.",
  [Code.Conflict]: "The room with this name is no live room, or its last show has only just ended. Try again in a minute.",
  [Code.WrongPassword]: "This room has a password, and the link does not hold it.",
};

export function describeEntryFailure(error: unknown, door: Door): JoinFailure {
  if (error instanceof TokenError) return { message: error.message, tokenNeeded: error.code === "token-required" };
  if (!(error instanceof RoomError)) return { message: `Entering failed: ${error instanceof Error ? error.message : String(error)}`, tokenNeeded: false };
  if (error.word === "unreachable") {
    return { message: "No connection could be made: the server is away, or does not take your access token.", tokenNeeded: true };
  }
  const tokenNeeded = error.code === Code.Unauthorized || error.code === Code.TokenExpired || error.code === Code.Forbidden;
  if (tokenNeeded) return { message: `The server does not let you in: ${error.message}`, tokenNeeded };
  const ownWords = door === "studio" && error.code === Code.RoomNotFound;
  return { message: ownWords ? error.message : (REFUSALS[error.code] ?? error.message), tokenNeeded: false };
}
