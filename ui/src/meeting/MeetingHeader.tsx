import { useParticipants } from "@livekit/components-react";

import { CopyInvite } from "../interface/CopyInvite";
import { Logo } from "../interface/Logo";

export function MeetingHeader({ roomName }: { roomName: string }) {
  const count = useParticipants().length;
  return (
    <header className="meeting-header">
      <Logo />
      <h1 className="meeting-name" dir="auto" title={roomName}>
        {roomName}
      </h1>
      <span className="meeting-count" data-testid="participant-count" data-count={count}>
        {count === 1 ? "only you" : `${count} people`}
      </span>
      <CopyInvite room={roomName} className="button quiet" />
    </header>
  );
}
