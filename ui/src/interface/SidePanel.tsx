import { useEffect, useRef, type KeyboardEvent, type ReactNode } from "react";

import { Icon } from "./Icon";

interface SidePanelProps {
  id: string;
  title: string;
  onClose: () => void;
  children: ReactNode;
}

/**
 * Panel beside the stage, or over it on a phone. Opening moves the focus inside (to what is marked `data-autofocus`, or
 * to the close button); Escape closes; afterwards the focus is where it was before.
 */
export function SidePanel({ id, title, onClose, children }: SidePanelProps) {
  const panel = useRef<HTMLElement>(null);

  useEffect(() => {
    const before = document.activeElement;
    const target = panel.current?.querySelector<HTMLElement>("[data-autofocus]:not(:disabled)") ?? panel.current?.querySelector("button");
    target?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") onClose();
  };

  return (
    // Escape is heard from wherever the focus is inside; everything in here is operable by itself.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <section className="side-panel" id={id} ref={panel} aria-labelledby={`${id}-title`} data-testid={id} onKeyDown={onKeyDown}>
      <header className="side-panel-header">
        <h2 id={`${id}-title`}>{title}</h2>
        <button type="button" className="icon-button small" aria-label={`Close ${title.toLowerCase()}`} title="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      {children}
    </section>
  );
}
