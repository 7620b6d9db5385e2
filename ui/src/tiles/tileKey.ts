import type { TrackReferenceOrPlaceholder } from "@livekit/components-react";

/** The same for a participant's camera before, while and after it is published, so that the tile stays where it is. */
export function tileKey({ participant, source }: TrackReferenceOrPlaceholder): string {
  return `${participant.identity}\u0000${source}`;
}
