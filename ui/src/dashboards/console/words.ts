import type { Deed, Media, PersonLine, ServerLine } from "./consoleApi";

export interface Question {
  readonly title: string;
  readonly detail: string;
  readonly action: string;
}

/** What to ask before it is done; undefined: it can be undone, and needs no question. */
export function confirmation(deed: Deed, name: string): Question | undefined {
  switch (deed.op) {
    case "kick":
      return { title: `Remove ${name}?`, detail: "They leave the room at once, on all of their devices. They may come back if their token lets them.", action: "Remove" };
    case "close_room":
      return { title: `Close ${name}?`, detail: "Everybody leaves it at once, and what is recorded of it ends.", action: "Close the room" };
    default:
      return undefined;
  }
}

export const MEDIA_WORDS: Readonly<Record<Media, string>> = { audio: "sound", video: "camera", screen: "screen" };

/** What of somebody may be muted, or is: all that they send, and what they may not. */
export function mutable(person: PersonLine): readonly { media: Media; muted: boolean }[] {
  const kinds: readonly Media[] = ["audio", "video", "screen"];
  return kinds
    .filter((media) => person.force_muted.includes(media) || person.tracks.some((track) => track.kind === media))
    .map((media) => ({ media, muted: person.force_muted.includes(media) }));
}

/** What somebody sends, in words: `camera, sound (muted)`. */
export function sends(person: PersonLine): string {
  return person.tracks.map(({ kind, muted }) => `${MEDIA_WORDS[kind]}${muted ? " (muted)" : ""}`).join(", ") || "nothing";
}

export interface Rates {
  /** Share of one core. */
  readonly cpu: number;
  /** bit/s. */
  readonly bitsIn: number;
  readonly bitsOut: number;
}

/** What a server did from one look to the next; undefined where that tells nothing, as over a restart. */
export function ratesBetween(earlier: ServerLine | undefined, later: ServerLine): Rates | undefined {
  const seconds = earlier === undefined ? 0 : later.now - earlier.now;
  if (earlier === undefined || seconds <= 0 || earlier.started_at !== later.started_at) return undefined;
  return {
    cpu: (later.cpu_seconds - earlier.cpu_seconds) / seconds,
    bitsIn: ((later.bytes_in - earlier.bytes_in) * 8) / seconds,
    bitsOut: ((later.bytes_out - earlier.bytes_out) * 8) / seconds,
  };
}

/** What is wrong with a server, for people; nothing where all is well. */
export function troubles(server: ServerLine): readonly string[] {
  return [
    ...(server.storage_healthy ? [] : ["The database does not take what has to survive a restart. See the server’s log; it is tried again by itself."]),
    ...(server.reports.backend === "database" ? [] : [`The database is away: ${server.reports.buffered} reports wait in memory.`]),
    ...(server.reports.dropped === 0 ? [] : [`${server.reports.dropped} reports were lost, because too many waited.`]),
    ...(server.panics === 0 ? [] : [`${server.panics} connections were ended by an internal error of the media engine. Please report it with the log.`]),
    ...(server.draining ? ["The server lets its rooms finish and opens no new ones."] : []),
  ];
}

/** Of bytes. */
export function size(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, bytes < 1000 ? 0 : Math.floor(Math.log10(bytes) / 3));
  return `${new Intl.NumberFormat("en", { maximumFractionDigits: power === 0 ? 0 : 1 }).format(bytes / 1000 ** power)} ${units[power] ?? ""}`;
}
