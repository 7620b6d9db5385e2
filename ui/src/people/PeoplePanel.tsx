import { useParticipants } from "@livekit/components-react";

import { SidePanel } from "../interface/SidePanel";
import { LobbySection } from "../meeting/conduct/LobbySection";
import { PersonActions } from "../meeting/conduct/PersonActions";
import type { Conduct } from "../meeting/conduct/useConduct";
import { PersonRow } from "./PersonRow";

interface PeoplePanelProps {
  id: string;
  /** In a meeting: who waits, whose hand is up, and what hosts do about it. */
  conduct: Conduct | undefined;
  onClose: () => void;
}

/** Everybody in the room: who speaks, whose microphone and camera are on, and how well they are connected. */
export function PeoplePanel({ id, conduct, onClose }: PeoplePanelProps) {
  const participants = useParticipants();
  return (
    <SidePanel id={id} title="People" onClose={onClose}>
      {conduct && <LobbySection {...conduct} />}
      <ul className="people" data-testid="people-list">
        {participants.map((participant) => (
          <PersonRow key={participant.identity} participant={participant}>
            {conduct && <PersonActions conduct={conduct} userId={participant.identity} name={participant.name || participant.identity} />}
          </PersonRow>
        ))}
      </ul>
    </SidePanel>
  );
}
