/** What a LiveKit access token says about its holder. Read for display only: the server alone judges a token. */
export interface TokenClaims {
  readonly identity?: string;
  readonly name?: string;
  readonly room?: string;
  /** End of validity, milliseconds since 1970. */
  readonly expiresAt?: number;
}

/** Claims of a JWT without checking its signature; undefined if the text is no JWT. */
export function readClaims(token: string): TokenClaims | undefined {
  const payload = token.trim().split(".")[1];
  if (payload === undefined) return undefined;
  let claims: unknown;
  try {
    claims = JSON.parse(decodeBase64Url(payload));
  } catch {
    return undefined;
  }
  if (!isRecord(claims)) return undefined;
  const video = isRecord(claims["video"]) ? claims["video"] : {};
  const { sub, name, exp } = claims;
  return {
    ...(typeof sub === "string" ? { identity: sub } : {}),
    ...(typeof name === "string" && name ? { name } : {}),
    ...(typeof video["room"] === "string" && video["room"] ? { room: video["room"] } : {}),
    ...(typeof exp === "number" ? { expiresAt: exp * 1000 } : {}),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function decodeBase64Url(text: string): string {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return new TextDecoder().decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)));
}
