import { useEffect, useRef } from "react";

import { Logo } from "../../interface/Logo";
import type { Goodbye } from "./goodbye";

export function GoodbyePage({ goodbye, onCallAgain }: { goodbye: Goodbye; onCallAgain: () => void }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []); // Screen readers say what happened.
  return (
    <main className="page page-narrow" data-testid="goodbye">
      <div className="card left-card">
        <Logo />
        <h1 ref={heading} tabIndex={-1}>
          {goodbye.title}
        </h1>
        <p className="hint">{goodbye.detail}</p>
        <div className="button-row">
          <button className="button" onClick={onCallAgain} data-testid="call-again">
            Call again
          </button>
        </div>
      </div>
    </main>
  );
}
