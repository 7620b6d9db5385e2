import { useIsMuted, useIsSpeaking, useParticipantInfo } from "@livekit/components-react";
import { Track, type Participant } from "livekit-client";
import type { ReactNode } from "react";

import { Icon } from "../interface/Icon";
import { hueOf, initials } from "../tiles/initials";
import { QualityIcon } from "../tiles/QualityIcon";

interface PersonRowProps {
  participant: Participant;
  /** Goes to the end of the row. */
  children?: ReactNode;
}

export function PersonRow({ participant, children }: PersonRowProps) {
  const { name, identity } = useParticipantInfo({ participant });
  const speaking = useIsSpeaking(participant);
  const microphoneOff = useIsMuted({ participant, source: Track.Source.Microphone });
  const cameraOff = useIsMuted({ participant, source: Track.Source.Camera });
  const shown = name || identity || "Somebody";
  return (
    <li className="person" data-testid="person" data-identity={participant.identity} data-speaking={speaking}>
      <span className="person-monogram" style={{ "--hue": hueOf(participant.identity) }} aria-hidden="true">
        {initials(shown)}
      </span>
      <span className="person-name" dir="auto">
        {shown}
      </span>
      {participant.isLocal && <span className="hint">(you)</span>}
      <Icon name={microphoneOff ? "microphone-off" : "microphone"} label={microphoneOff ? "Microphone off" : "Microphone on"} />
      <Icon name={cameraOff ? "camera-off" : "camera"} label={cameraOff ? "Camera off" : "Camera on"} />
      <QualityIcon participant={participant} />
      {children}
    </li>
  );
}
