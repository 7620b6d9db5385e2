let context: AudioContext | undefined;

/**
 * The page's one AudioContext. Browsers start it suspended until the visitor touches the page, so the first touch
 * resumes it.
 */
export function playingContext(): AudioContext {
  if (context === undefined) {
    context = new AudioContext({ latencyHint: "interactive" });
    for (const gesture of ["pointerdown", "keydown"]) {
      window.addEventListener(gesture, resume, { capture: true, passive: true });
    }
  }
  if (context.state === "suspended") resume();
  return context;
}

function resume(): void {
  if (context?.state === "suspended") void context.resume().catch(() => undefined); // Still before a gesture.
}
