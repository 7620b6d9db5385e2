import { useSpeakingParticipants, useTracks, useVisualStableUpdate } from "@livekit/components-react";
import { Track } from "livekit-client";
import { useRef, useState } from "react";

import { capacity, focusLayout, gridLayout } from "./layout";
import { placement } from "./placement";
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
  const places = size === undefined ? 0 : capacity(size, focus !== undefined);
  // What does not fit gives its last place to a tile that tells how many more there are.
  const visible = tracks.length > places ? Math.max(0, places - 1) : tracks.length;
  const ordered = useVisualStableUpdate(tracks, Math.max(1, visible));
  const focusKey = focus && tileKey(focus);
  const inOrder = focus === undefined ? ordered : [focus, ...ordered.filter((track) => tileKey(track) !== focusKey)];
  const shown = inOrder.slice(0, visible);
  const hidden = places === 0 ? 0 : tracks.length - shown.length;
  const layout = focus === undefined ? gridLayout : focusLayout;
  const rectangles = size === undefined ? [] : layout(shown.length + (hidden > 0 ? 1 : 0), size);
  const morePlace = rectangles[shown.length];

  return (
    <div className="stage" ref={stage} data-testid="stage">
      {shown.map((track, index) => {
        const key = tileKey(track);
        const place = rectangles[index];
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
      {hidden > 0 && morePlace && (
        <button className="tile tile-more" style={placement(morePlace)} onClick={onShowEverybody} data-testid="more-tiles">
          +{hidden} more
        </button>
      )}
    </div>
  );
}
