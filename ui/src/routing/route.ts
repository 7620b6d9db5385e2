/** What an address of this site asks for. The server answers `/` and `/r/*` with the same page. */
export interface Route {
  /** Room to join; absent on the landing page. */
  readonly room?: string;
  /** Name to suggest to the visitor. */
  readonly name?: string;
  /** Access token that came with the link, as `#token=` or `?token=`. */
  readonly token?: string;
}

type Address = Pick<Location, "pathname" | "search" | "hash">;

/** Longest room or participant name in UTF-8 bytes a server accepts (DESIGN §9, LiveKit's `limit`). */
export const NAME_LIMIT = 256;

export function parseRoute(address: Address): Route {
  const query = new URLSearchParams(address.search);
  const fragment = new URLSearchParams(address.hash.replace(/^#/, ""));
  const room = roomFromPath(address.pathname) ?? query.get("room")?.trim();
  const name = query.get("name")?.trim();
  const token = fragment.get("token") ?? query.get("token");
  return {
    ...(room ? { room } : {}),
    ...(name ? { name } : {}),
    ...(token ? { token } : {}),
  };
}

/** Path of a room's page; the room name may hold any character. */
export function roomPath(room: string): string {
  return `/r/${encodeURIComponent(room)}`;
}

/** The link to hand to others: it names the room and never carries the visitor's own token. */
export function inviteLink(origin: string, room: string): string {
  return origin + roomPath(room);
}

function roomFromPath(pathname: string): string | undefined {
  const encoded = /^\/r\/(.+?)\/?$/.exec(pathname)?.[1];
  if (encoded === undefined) return undefined;
  try {
    return decodeURIComponent(encoded).trim();
  } catch {
    return encoded; // A stray % typed by hand: the text as it stands is the name meant.
  }
}
