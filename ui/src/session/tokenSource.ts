/** Where to connect and with which token. */
export interface Access {
  /** WebSocket address of the server, `ws:` or `wss:`. */
  readonly serverUrl: string;
  readonly token: string;
}

export interface TokenRequest {
  readonly roomName: string;
  readonly participantName: string;
  /** To be the same participant again; without one the server makes one up. */
  readonly participantIdentity?: string;
}

/** Why no token was given: the visitor must bring one, or something is wrong and the message says what. */
export class TokenError extends Error {
  override readonly name = "TokenError";

  constructor(
    readonly code: "token-required" | "unreachable" | "refused" | "malformed",
    message: string,
  ) {
    super(message);
  }
}

/** Statuses of a server that hands out no tokens: the endpoint exists in development mode only. */
const TOKEN_REQUIRED = new Set([401, 403, 404, 405]);

/**
 * Ask the server that served this page for a token, by the convention of LiveKit's TokenSource endpoint:
 * POST `{room_name, participant_name}`, answer `{server_url?, participant_token}`.
 *
 * @throws TokenError
 */
export async function requestToken(request: TokenRequest, origin: string = window.location.origin): Promise<Access> {
  let response: Response;
  try {
    response = await fetch(new URL("/api/token", origin), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        room_name: request.roomName,
        participant_name: request.participantName,
        participant_identity: request.participantIdentity,
      }),
      signal: AbortSignal.timeout(10_000),
    });
  } catch {
    throw new TokenError("unreachable", "The server does not answer. Check that it is running and that you are online.");
  }
  if (TOKEN_REQUIRED.has(response.status)) {
    throw new TokenError("token-required", "This server needs an access token to let you in.");
  }
  const text = await response.text();
  if (!response.ok) {
    throw new TokenError("refused", refusal(response.status, text));
  }
  return parseAccess(text, origin);
}

/** Same host as the page: roomful serves pages and rooms on one port. */
export function sameOriginServer(origin: string): string {
  return origin.replace(/^http/, "ws");
}

function parseAccess(text: string, origin: string): Access {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    answer = undefined;
  }
  if (typeof answer === "object" && answer !== null && "participant_token" in answer) {
    const token = answer.participant_token;
    const serverUrl = "server_url" in answer ? answer.server_url : undefined;
    if (typeof token === "string" && token) {
      return { token, serverUrl: typeof serverUrl === "string" && serverUrl ? serverUrl : sameOriginServer(origin) };
    }
  }
  throw new TokenError("malformed", "The server's answer holds no token. Is this page served by roomful?");
}

function refusal(status: number, text: string): string {
  const detail = /^[\s<]*<|^\s*$/.test(text) ? "" : `: ${messageIn(text).slice(0, 300)}`;
  return `The server refused (status ${status})${detail}`;
}

/** The `detail` or `msg` of a JSON error body, or the plain text. */
function messageIn(text: string): string {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === "object" && body !== null) {
      const { detail, msg } = body as { detail?: unknown; msg?: unknown };
      if (typeof detail === "string") return detail;
      if (typeof msg === "string") return msg;
    }
  } catch {
    // Plain text: shown as it is.
  }
  return text.trim();
}
