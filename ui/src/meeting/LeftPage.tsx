import { useEffect, useRef, type ReactNode } from "react";

import { Logo } from "../interface/Logo";
import type { Farewell } from "../session/disconnects";

interface LeftPageProps {
  farewell: Farewell;
  roomName: string;
  onRejoin: () => void;
  onHome: () => void;
  /** Below the card. */
  children?: ReactNode;
}

export function LeftPage({ farewell, roomName, onRejoin, onHome, children }: LeftPageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []); // Screen readers say what happened.
  return (
    <main className="page page-narrow" data-testid="left-page">
      <div className="card left-card">
        <Logo />
        <h1 ref={heading} tabIndex={-1}>
          {farewell.title}
        </h1>
        {farewell.detail && <p className="hint">{farewell.detail}</p>}
        <div className="button-row">
          <button className="button accent" onClick={onRejoin} data-testid="rejoin">
            Rejoin <span className="room-word" dir="auto">{roomName}</span>
          </button>
          <button className="button" onClick={onHome} data-testid="home">
            Another room
          </button>
        </div>
      </div>
      {children}
    </main>
  );
}
