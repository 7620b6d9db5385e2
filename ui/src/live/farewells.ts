import type { Status } from "../roomclient/SocketClient";
import type { Ending } from "../roomclient/codes";
import type { Farewell } from "../session/disconnects";

const FAREWELLS: Readonly<Record<Ending, Farewell>> = {
  left: { title: "You left the show" },
  unauthorized: { title: "Your access is no longer valid", detail: "The access token has run out, or was taken back." },
  "turned-away": { title: "You may not be in this room", detail: "Its host does not let you in." },
  "room-closed": { title: "The show is over", detail: "Thank you for being here." },
  replaced: { title: "You joined from somewhere else", detail: "Only the newest visit of one person stays." },
  kicked: { title: "You were removed from the room" },
  misbehaved: { title: "The connection was closed", detail: "This page sent something the server does not take. Reload it." },
  refused: { title: "You could not come back" },
  lost: { title: "The connection was lost", detail: "Reconnecting did not succeed. Check your network, then rejoin." },
};

/** How a visit ended, for the person who was there. `removal` is what the host said about it. */
export function liveFarewell(status: Extract<Status, { at: "ended" }>, removal: string | undefined): Farewell {
  const farewell = FAREWELLS[status.ending];
  const detail = status.error?.message ?? (removal ? `Reason given: ${removal}` : farewell.detail);
  return detail === undefined ? farewell : { ...farewell, detail };
}
