import type { Caption } from "./meeting";

/** What is being said, below the stage. */
export function Captions({ captions }: { captions: readonly Caption[] }) {
  if (captions.length === 0) return null;
  return (
    <div className="captions" aria-label="Captions" role="log" aria-live="off">
      {captions.map(({ id, name, text }) => (
        <p key={id} className="caption" data-testid="caption" dir="auto">
          <strong>{name}</strong> {text}
        </p>
      ))}
    </div>
  );
}
