import { callApi, fetchFile, listIn } from "../roomclient/httpApi";
import type { Day, RoomStats, SiteStats } from "./answers";
import type { Span } from "./spans";

type Token = string | undefined;

/** All rooms of the last 24 hours. @throws RoomError */
export async function siteStats(token: Token): Promise<SiteStats> {
  return (await callApi("GET", "/all_room_stats", undefined, token)) as SiteStats;
}

/** The last seven days, by the calendar of this place. @throws RoomError */
export async function dailyStats(token: Token): Promise<readonly Day[]> {
  const query = new URLSearchParams({ days: "7", tz: Intl.DateTimeFormat().resolvedOptions().timeZone });
  return listIn(await callApi("GET", `/daily_stats?${query}`, undefined, token), "days") as Day[];
}

/** @throws RoomError */
export async function roomStats(room: string, span: Span, token: Token): Promise<RoomStats> {
  return (await callApi("GET", `${roomAddress(room)}?${bounds(span)}`, undefined, token)) as RoomStats;
}

export type RoomTable = "summary" | "users" | "pairs" | "heartbeats" | "kv" | "leaves";

/** A part of what is known of a room, for a spreadsheet. @throws RoomError */
export async function roomTable(room: string, span: Span, table: RoomTable, token: Token): Promise<Blob> {
  return fetchFile(`${roomAddress(room)}?${bounds(span)}&format=csv&table=${table}`, token);
}

function roomAddress(room: string): string {
  return `/room_stats/${encodeURIComponent(room)}`;
}

function bounds({ start, end }: Span): string {
  return new URLSearchParams({ start_time: String(start), end_time: String(end) }).toString();
}
