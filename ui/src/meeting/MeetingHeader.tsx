import { useParticipants } from "@livekit/components-react";
import type { ReactNode } from "react";

import { CopyInvite } from "../interface/CopyInvite";
import { Logo } from "../interface/Logo";

export function MeetingHeader({ roomName, breakout, children }: { roomName: string; breakout: string | undefined; children?: ReactNode }) {
  const count = useParticipants().length;
  return (
    <header className="meeting-header">
      <Logo />
      <h1 className="meeting-name" dir="auto" title={breakout ?? roomName} data-testid="meeting-name">
        {breakout ?? roomName}
      </h1>
      <span className="meeting-count" data-testid="participant-count" data-count={count}>
        {count === 1 ? "only you" : `${count} people`}
      </span>
      {children}
      <CopyInvite room={roomName} className="button quiet" />
    </header>
  );
}
