import { useSpeakingParticipants, useTracks, useVisualStableUpdate } from "@livekit/components-react";
import { Track } from "livekit-client";
import { useRef, useState } from "react";

import { capacity, focusLayout, gridLayout } from "./layout";
import { Tile } from "./Tile";
import { tileKey } from "./tileKey";
import { useStageSize } from "./useStageSize";

const SOURCES = [
  { source: Track.Source.Camera, withPlaceholder: true },
  { source: Track.Source.ScreenShare, withPlaceholder: false },
];

/** Everybody's picture: a grid, or one large tile and a strip while a screen is shared or a tile is pinned. */
export function TileStage({ onShowEverybody }: { onShowEverybody: () => void }) {
  const stage = useRef<HTMLDivElement>(null);
  const size = useStageSize(stage);
  const [pinned, setPinned] = useState<string>();
  const tracks = useTracks(SOURCES, { onlySubscribed: false });
  useSpeakingParticipants(); // Renders again when somebody speaks, so that speakers move into sight.

  const focus =
    tracks.find((track) => tileKey(track) === pinned) ?? tracks.find((track) => track.source === Track.Source.ScreenShare);
  const room = size === undefined ? 0 : capacity(size, focus !== undefined);
  const ordered = useVisualStableUpdate(tracks, Math.max(1, room));
  const shown = (focus === undefined ? ordered : [focus, ...ordered.filter((track) => tileKey(track) !== tileKey(focus))]).slice(
    0,
    room,
  );
  const places = size === undefined ? [] : focus === undefined ? gridLayout(shown.length, size) : focusLayout(shown.length, size);
  const hidden = size === undefined ? 0 : tracks.length - shown.length;

  return (
    <div className="stage" ref={stage} data-testid="stage">
      {shown.map((track, index) => {
        const key = tileKey(track);
        const place = places[index];
        return (
          place && (
            <Tile
              key={key}
              trackRef={track}
              place={place}
              pinned={key === pinned}
              onPin={() => setPinned(key === pinned ? undefined : key)}
            />
          )
        );
      })}
      {hidden > 0 && (
        <button className="button stage-more" onClick={onShowEverybody}>
          +{hidden} more
        </button>
      )}
    </div>
  );
}
