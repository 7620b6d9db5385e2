import type { ReactNode } from "react";

interface ToggleButtonProps {
  icon: ReactNode;
  label: string;
  pressed: boolean;
  onToggle: () => void;
  testId: string;
  disabled?: boolean;
  /** `alert` colours the button while it is not pressed: a microphone that is off should be seen at once. */
  tone?: "plain" | "alert";
  badge?: number | undefined;
  /** Id of the panel this button opens. */
  controls?: string;
}

/** Round button of a control bar that is on or off. */
export function ToggleButton({ icon, label, pressed, onToggle, testId, disabled, tone = "plain", badge, controls }: ToggleButtonProps) {
  return (
    <button
      type="button"
      className="icon-button"
      data-tone={tone}
      data-testid={testId}
      aria-label={label}
      title={label}
      disabled={disabled}
      onClick={onToggle}
      {...(controls === undefined ? { "aria-pressed": pressed } : { "aria-expanded": pressed, "aria-controls": controls })}
    >
      {icon}
      {badge ? <span className="badge">{badge > 99 ? "99+" : badge}</span> : null}
    </button>
  );
}
