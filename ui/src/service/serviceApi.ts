import { callApi, fetchFile, listIn, sendFile } from "../roomclient/httpApi";
import type { Agent, AudioFile, CallMedia, Session } from "./messages";

const ROOT = "/customer-service";

interface Visit {
  readonly customer_name: string;
  readonly media: CallMedia;
}

/** Come in without an invitation: makes a session, and the token of its customer. @throws RoomError */
export async function newVisit(visit: Visit): Promise<{ sessionId: string; token: string }> {
  const made = (await callApi("POST", `${ROOT}/visitors`, visit)) as { session: Session; room_token: string };
  return { sessionId: made.session.id, token: made.room_token };
}

/** @throws RoomError */
export async function login(username: string, password: string): Promise<string> {
  return ((await callApi("POST", `${ROOT}/agents/login`, { username, password })) as { token: string }).token;
}

/** Whether a token of an earlier login is still good. @throws RoomError if not, or if there is no telling */
export async function agents(token: string): Promise<readonly Agent[]> {
  return listIn(await callApi("GET", `${ROOT}/agents`, undefined, token), "agents") as Agent[];
}

/** Who waits, whoever came first at the head. @throws RoomError */
export async function queue(token: string): Promise<readonly Session[]> {
  return listIn(await callApi("GET", `${ROOT}/queue`, undefined, token), "visitors") as Session[];
}

/** The calls an agent has had, the newest first. @throws RoomError */
export async function history(agentId: string, token: string): Promise<readonly Session[]> {
  const query = new URLSearchParams({ agent_id: agentId, page_size: "50" });
  return listIn(await callApi("GET", `${ROOT}/sessions?${query}`, undefined, token), "sessions") as Session[];
}

/** Where customers come in without an invitation, and that as a QR code (SVG). @throws RoomError */
export async function entrance(token: string): Promise<{ link: string; qrCode: Blob }> {
  const [answer, qrCode] = await Promise.all([
    callApi("GET", `${ROOT}/entrance`, undefined, token),
    fetchFile(`${ROOT}/entrance/qrcode`, token),
  ]);
  return { link: (answer as { link: string }).link, qrCode };
}

/** What can be played to customers. @throws RoomError */
export async function audioFiles(token: string): Promise<readonly AudioFile[]> {
  return listIn(await callApi("GET", `${ROOT}/audio_files`, undefined, token), "audio_files") as AudioFile[];
}

/** @throws RoomError */
export async function addAudioFile(file: File, token: string): Promise<AudioFile> {
  const query = new URLSearchParams({ name: file.name });
  return (await sendFile(`${ROOT}/audio_files?${query}`, file, token)) as AudioFile;
}

/** Calls that are going on, for administrators. @throws RoomError */
export async function callsNow(token: string | undefined): Promise<readonly Session[]> {
  return listIn(await callApi("GET", `${ROOT}/sessions?status=Active&page_size=100`, undefined, token), "sessions") as Session[];
}

/** Who listens, and with what. */
export interface Listener {
  readonly room_token: string;
  readonly supervisor_id: string;
}

/** Listen to a call, unseen. @throws RoomError */
export async function listenTo(sessionId: string, token: string | undefined): Promise<Listener> {
  return (await callApi("POST", `${ROOT}/sessions/${sessionId}/listen`, {}, token)) as Listener;
}

export type Whispering = "none" | "agent" | "both";

/** Say who hears the listener. @throws RoomError */
export async function whisper(sessionId: string, supervisorId: string, to: Whispering, token: string | undefined): Promise<void> {
  await callApi("POST", `${ROOT}/sessions/${sessionId}/whisper`, { supervisor_id: supervisorId, to }, token);
}
