import { useParticipants } from "@livekit/components-react";

import { SidePanel } from "../interface/SidePanel";
import { PersonRow } from "./PersonRow";

/** Everybody in the room: who speaks, whose microphone and camera are on, and how well they are connected. */
export function PeoplePanel({ id, onClose }: { id: string; onClose: () => void }) {
  const participants = useParticipants();
  return (
    <SidePanel id={id} title="People" onClose={onClose}>
      <ul className="people" data-testid="people-list">
        {participants.map((participant) => (
          <PersonRow key={participant.identity} participant={participant} />
        ))}
      </ul>
    </SidePanel>
  );
}
