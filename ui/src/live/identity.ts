import type { Door } from "../routing/route";

/**
 * Who this browser is where tokens are given to everybody: a streamer stays the same person, to find the own room again;
 * a viewer does in this tab, so that two tabs are two viewers.
 */
export function identityFor(door: Door): string {
  const key = door === "studio" ? "roomful.streamer" : "roomful.viewer";
  const storage = door === "studio" ? window.localStorage : window.sessionStorage;
  const known = storage.getItem(key);
  if (known !== null && /^[\w-]{1,64}$/.test(known)) return known;
  const made = `${door === "studio" ? "streamer" : "viewer"}-${crypto.getRandomValues(new Uint32Array(2)).join("")}`;
  storage.setItem(key, made);
  return made;
}
