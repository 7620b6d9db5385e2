import { useIsMuted, useParticipantTracks } from "@livekit/components-react";
import { Track, type Participant } from "livekit-client";

import { AudioMeter } from "../devices/AudioMeter";
import { Icon } from "../interface/Icon";
import { useMediaStreamTrack } from "./useMediaStreamTrack";

/** The moving meter of a participant's microphone, or a sign that it is off. */
export function TileSound({ participant }: { participant: Participant }) {
  const [microphone] = useParticipantTracks([Track.Source.Microphone], { participantIdentity: participant.identity });
  const muted = useIsMuted({ participant, source: Track.Source.Microphone });
  const track = useMediaStreamTrack(microphone?.publication.track);
  if (muted || track === undefined) {
    return (
      <span className="tile-muted" data-testid="microphone-off">
        <Icon name="microphone-off" label="Microphone off" />
      </span>
    );
  }
  return <AudioMeter track={track} shape="bars" />;
}
