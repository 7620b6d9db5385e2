/** `<turn:turn.example>; rel="ice-server"; username="…"; credential="…"` — RFC 9725 §4.6. */
const LINK = /<([^>]*)>((?:\s*;\s*[\w-]+\s*=\s*(?:"[^"]*"|[^;,"]*))*)/g;
const PARAMETER = /([\w-]+)\s*=\s*(?:"([^"]*)"|([^;,"]*))/g;

/** The STUN and TURN servers that the `Link` headers of a WHIP or WHEP answer name. */
export function iceServersOf(link: string | null): RTCIceServer[] {
  return [...(link ?? "").matchAll(LINK)].flatMap(([, urls, rest]) => {
    const parameters = new Map(
      [...(rest ?? "").matchAll(PARAMETER)].map(([, name, quoted, plain]) => [name?.toLowerCase(), quoted ?? plain?.trim()]),
    );
    if (parameters.get("rel") !== "ice-server" || !urls) return [];
    const username = parameters.get("username");
    const credential = parameters.get("credential");
    return [{ urls, ...(username !== undefined && { username }), ...(credential !== undefined && { credential }) }];
  });
}
