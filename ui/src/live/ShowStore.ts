import type { RoomClient } from "../roomclient/RoomClient";
import { RoomStore } from "../roomclient/RoomStore";
import type { LiveMessage } from "./messages";
import { joinedShow, showAfter, showAt, type Show } from "./show";

/** What a page shows of a live room. */
export class ShowStore extends RoomStore<LiveMessage, Show> {
  constructor(client: RoomClient<LiveMessage>) {
    super(client, { joined: joinedShow, after: showAfter, at: showAt });
  }
}
