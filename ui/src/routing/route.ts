/**
 * What a room is looked at with: as a meeting, as a viewer of a live room or as its streamer, as a customer who calls; and
 * the desks of agents and of who supervises them, which are no rooms; and the dashboards, of all rooms, of one, or of the server.
 */
export type Door = "meeting" | "live" | "studio" | "visitor" | "desk" | "supervisor" | "dashboard";

/** What an address of this site asks for. The server answers all of them with the same page. */
export interface Route {
  readonly door: Door;
  /** Room to join; absent on the landing page. */
  readonly room?: string;
  /** Of the dashboards: whose stream in the room. */
  readonly user?: string;
  /** Of the dashboards: the server's own. */
  readonly server?: boolean;
  /** Name to suggest to the visitor. */
  readonly name?: string;
  /** Access token that came with the link, as `#token=` or `?token=`; a customer's as `?t=`. */
  readonly token?: string;
}

type Address = Pick<Location, "pathname" | "search" | "hash">;

/** Longest room or participant name in UTF-8 bytes a server accepts (DESIGN §9, LiveKit's `limit`). */
export const NAME_LIMIT = 256;

export function parseRoute(address: Address): Route {
  const query = new URLSearchParams(address.search);
  const fragment = new URLSearchParams(address.hash.replace(/^#/, ""));
  const { door, room: roomInPath, user, server } = readPath(address.pathname);
  const room = roomInPath ?? query.get("room")?.trim();
  const name = query.get("name")?.trim();
  const token = door === "visitor" ? query.get("t") : (fragment.get("token") ?? query.get("token"));
  return {
    door,
    ...(room ? { room } : {}),
    ...(user ? { user } : {}),
    ...(server ? { server } : {}),
    ...(name ? { name } : {}),
    ...(token ? { token } : {}),
  };
}

/** Path of a room's page; the room name may hold any character. */
export function roomPath(room: string, door: Door = "meeting"): string {
  const name = encodeURIComponent(room);
  const paths: Readonly<Record<Door, string>> = {
    meeting: `/r/${name}`,
    live: `/live/${name}`,
    studio: `/live/${name}/studio`,
    visitor: `/cs/${name}`,
    desk: "/desk",
    supervisor: "/desk/supervisor",
    dashboard: `/dashboard/rooms/${name}`,
  };
  return paths[door];
}

/** Path of the dashboard of all rooms. */
export const DASHBOARD = "/dashboard";

/** Path of the dashboard of the server. */
export const SERVER_DASHBOARD = "/dashboard/server";

/** Path of the dashboard of what one user sends in a room. */
export function streamPath(room: string, user: string): string {
  return `${roomPath(room, "dashboard")}/streams/${encodeURIComponent(user)}`;
}

/** The room of the visitor's door that is made by entering it. */
export const NEW_CALL = "new";

/** The link to hand to others: it names the room and never carries the visitor's own token. */
export function inviteLink(origin: string, room: string, door: Door = "meeting"): string {
  return origin + roomPath(room, door);
}

function readPath(pathname: string): Pick<Route, "door" | "room" | "user" | "server"> {
  if (/^\/desk\/?$/.test(pathname)) return { door: "desk" };
  if (/^\/desk\/supervisor\/?$/.test(pathname)) return { door: "supervisor" };
  if (/^\/dashboard\/server\/?$/.test(pathname)) return { door: "dashboard", server: true };
  const [dashboard, roomTold, userTold] = /^\/dashboard(?:\/rooms\/([^/]+)(?:\/streams\/([^/]+))?)?\/?$/.exec(pathname) ?? [];
  if (dashboard !== undefined) {
    return { door: "dashboard", ...(roomTold !== undefined && { room: decoded(roomTold) }), ...(userTold !== undefined && { user: decoded(userTold) }) };
  }
  if (/^\/cs\/?$/.test(pathname)) return { door: "visitor", room: NEW_CALL };
  const [, prefix, encoded, studio] = /^\/(r|live|cs)\/(.+?)(\/studio)?\/?$/.exec(pathname) ?? [];
  if (encoded === undefined) return { door: "meeting" };
  if (prefix !== "live") return { door: prefix === "r" ? "meeting" : "visitor", room: decoded(encoded + (studio ?? "")) };
  return { door: studio === undefined ? "live" : "studio", room: decoded(encoded) };
}

function decoded(encoded: string): string {
  try {
    return decodeURIComponent(encoded).trim();
  } catch {
    return encoded; // A stray % typed by hand: the text as it stands is the name meant.
  }
}
