/** A run of a chat message: plain text, or the address of a web page. */
export interface Run {
  readonly text: string;
  readonly href?: string;
}

const ADDRESS = /https?:\/\/[^\s<>"'`]+/gi;
/** Marks that end the sentence rather than the address. */
const TRAILING = /[.,;:!?)\]}…。，！？]+$/u;

/** Split a message so that its web addresses can be shown as links. Only http and https ever become links. */
export function splitLinks(message: string): Run[] {
  const runs: Run[] = [];
  let end = 0;
  for (const match of message.matchAll(ADDRESS)) {
    const address = trimTrailing(match[0]);
    if (!URL.canParse(address)) continue;
    if (match.index > end) runs.push({ text: message.slice(end, match.index) });
    runs.push({ text: address, href: new URL(address).href });
    end = match.index + address.length;
  }
  if (end < message.length) runs.push({ text: message.slice(end) });
  return runs;
}

/** Without closing marks, except a bracket that was opened inside the address. */
function trimTrailing(address: string): string {
  const trimmed = address.replace(TRAILING, "");
  return trimmed.includes("(") && address.charAt(trimmed.length) === ")" ? `${trimmed})` : trimmed;
}
