import { Code } from "../roomclient/codes";
import { RoomError } from "../roomclient/errors";
import { callApi, listIn } from "../roomclient/httpApi";
import type { Gift, Live } from "./messages";

interface NewLiveRoom {
  readonly title: string;
  readonly streamer_id: string;
  readonly streamer_name: string;
}

/** What can be sent, in the order of the catalogue. @throws RoomError */
export async function giftCatalogue(): Promise<readonly Gift[]> {
  return listIn(await callApi("GET", "/live/gifts"), "gifts") as Gift[];
}

/** Shows that are on air now, those with most viewers first. @throws RoomError */
export async function showsOnAir(): Promise<readonly Live[]> {
  return listIn(await callApi("GET", "/live/rooms?status=Living&sort=viewers"), "rooms") as Live[];
}

/** Make the record of a live room, unless there is one that has not ended. @throws RoomError */
export async function openLiveRoom(room: string, made: NewLiveRoom, token: string | undefined): Promise<void> {
  const found = await findLiveRoom(room);
  if (found !== undefined && found.status !== "Ended") return;
  try {
    await callApi("POST", "/live/rooms", { room_id: room, ...made }, token);
  } catch (error) {
    if (!(error instanceof RoomError) || error.code !== Code.Forbidden) throw error;
    throw new RoomError(Code.RoomNotFound, "room_not_found", "There is no show here yet, and on this server only its operator makes one.");
  }
}

async function findLiveRoom(room: string): Promise<Live | undefined> {
  try {
    return (await callApi("GET", `/live/rooms/${encodeURIComponent(room)}`)) as Live;
  } catch (error) {
    if (error instanceof RoomError && error.code === Code.RoomNotFound) return undefined;
    throw error;
  }
}
