/** A candidate as the browser found it; `null` stands for the end of them. */
export type FoundCandidate = Pick<RTCIceCandidate, "candidate" | "sdpMid"> | null;

/**
 * The body of a PATCH that tells candidates (`application/trickle-ice-sdpfrag`, RFC 8840), from our own description.
 * Everything is bundled, so that one section stands for all.
 */
export function trickleFragment(description: string, candidates: readonly FoundCandidate[]): string {
  const line = (prefix: string) => description.split(/\r?\n/).find((text) => text.startsWith(prefix));
  const lines = [line("a=ice-ufrag:"), line("a=ice-pwd:"), line("m="), line("a=mid:")];
  const found = candidates.map((one) => (one === null ? "a=end-of-candidates" : `a=${one.candidate}`));
  return [...lines.filter((text) => text !== undefined), ...found, ""].join("\r\n");
}
