import { REACHES, type Reach } from "./spans";

interface ReachChoiceProps {
  reach: Reach;
  offered: readonly Reach[];
  onReach: (reach: Reach) => void;
  /** What the newest minutes are called. */
  live?: string;
}

/** How far back to look. */
export function ReachChoice({ reach, offered, onReach, live }: ReachChoiceProps) {
  return (
    <div className="button-row reach" role="group" aria-label="Time range">
      {offered.map((one) => (
        <button key={one} type="button" className="button small" aria-pressed={one === reach} onClick={() => onReach(one)} data-testid={`reach-${one}`}>
          {one === "10min" && live !== undefined ? live : REACHES[one].label}
        </button>
      ))}
    </div>
  );
}
