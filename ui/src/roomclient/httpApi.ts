import { RoomError, unreachable } from "./errors";

/** Milliseconds. */
const ANSWER_WITHIN = 10_000;
const UPLOAD_WITHIN = 120_000;

/** `data` of the answer `{"code": 0, "data": …}`. specs/monibuca-rooms.md §3.7. @throws RoomError */
export async function callApi(method: string, path: string, body?: object, token?: string): Promise<unknown> {
  return dataOf(await ask(method, path, body, token));
}

/** Upload a file; `data` of the answer. @throws RoomError */
export async function sendFile(path: string, file: Blob, token?: string): Promise<unknown> {
  return dataOf(await ask("POST", path, file, token, UPLOAD_WITHIN));
}

async function dataOf(response: Response): Promise<unknown> {
  const answer = (await response.json().catch(() => ({}))) as { code?: unknown; message?: unknown; data?: unknown };
  if (response.ok && (answer.code === undefined || answer.code === 0)) return answer.data;
  throw refusalOf(response.status, answer);
}

/** A file, as it comes. @throws RoomError */
export async function fetchFile(path: string, token?: string): Promise<Blob> {
  const response = await ask("GET", path, undefined, token);
  if (response.ok) return response.blob();
  throw refusalOf(response.status, (await response.json().catch(() => ({}))) as object);
}

/** A list in `data`, or in a field of it. */
export function listIn(data: unknown, field: string): readonly unknown[] {
  const list = Array.isArray(data) ? data : (data as Record<string, unknown> | undefined)?.[field];
  return Array.isArray(list) ? list : [];
}

async function ask(method: string, path: string, body?: object, token?: string, within = ANSWER_WITHIN): Promise<Response> {
  const asJson = body !== undefined && !(body instanceof Blob);
  try {
    return await fetch(path, {
      method,
      headers: {
        ...(asJson && { "content-type": "application/json" }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      ...(body !== undefined && { body: body instanceof Blob ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(within),
    });
  } catch {
    throw unreachable();
  }
}

function refusalOf(status: number, answer: { code?: unknown; message?: unknown }): RoomError {
  const code = typeof answer.code === "number" && answer.code !== 0 ? answer.code : status * 100 + 1;
  const message = typeof answer.message === "string" ? answer.message : `The server answered with status ${status}.`;
  return new RoomError(code, "refused", message);
}
