import {
  isTrackReference,
  useIsMuted,
  useIsSpeaking,
  useParticipantInfo,
  VideoTrack,
  type TrackReferenceOrPlaceholder,
} from "@livekit/components-react";
import { Track } from "livekit-client";

import { Icon } from "../interface/Icon";
import type { Rectangle } from "./layout";
import { Monogram } from "./Monogram";
import { placement } from "./placement";
import { QualityIcon } from "./QualityIcon";
import { TileSound } from "./TileSound";

interface TileProps {
  trackRef: TrackReferenceOrPlaceholder;
  place: Rectangle;
  pinned: boolean;
  onPin: () => void;
}

/** One participant's camera, or one shared screen. */
export function Tile({ trackRef, place, pinned, onPin }: TileProps) {
  const { participant, source } = trackRef;
  const info = useParticipantInfo({ participant });
  const speaking = useIsSpeaking(participant);
  const pictureMuted = useIsMuted(trackRef);
  const screen = source === Track.Source.ScreenShare;
  const name = info.name || info.identity || "Somebody";
  const label = screen ? `${name}’s screen` : participant.isLocal ? `${name} (you)` : name;
  const hasPicture = isTrackReference(trackRef) && !pictureMuted;

  return (
    <article
      className="tile"
      style={placement(place)}
      aria-label={label}
      data-testid="tile"
      data-identity={participant.identity}
      data-source={source}
      data-speaking={speaking && !screen}
      data-mirrored={participant.isLocal && !screen}
    >
      {hasPicture ? <VideoTrack trackRef={trackRef} aria-label={label} /> : <Monogram name={name} identity={participant.identity} />}
      <div className="tile-caption">
        {!screen && <TileSound participant={participant} />}
        {screen && <Icon name="screen" />}
        <span className="tile-name" dir="auto">
          {label}
        </span>
      </div>
      <div className="tile-tools">
        <button className="icon-button small" onClick={onPin} aria-pressed={pinned} aria-label={`Pin ${label}`} title={pinned ? "Unpin" : "Pin"}>
          <Icon name="pin" />
        </button>
        {!screen && <QualityIcon participant={participant} />}
      </div>
    </article>
  );
}
