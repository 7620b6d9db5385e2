import { useEffect, useState } from "react";

import { inviteLink, type Door } from "../routing/route";
import { Icon } from "./Icon";

interface CopyInviteProps {
  room: string;
  door?: Door;
  disabled?: boolean;
  className?: string;
}

/** Copies the link of a room, or shows it to be copied by hand where the browser permits no access to the clipboard. */
export function CopyInvite({ room, door = "meeting", disabled = false, className = "button" }: CopyInviteProps) {
  const [outcome, setOutcome] = useState<"copied" | "by-hand">();
  const link = inviteLink(window.location.origin, room, door);

  useEffect(() => {
    if (outcome !== "copied") return undefined;
    const timer = window.setTimeout(() => setOutcome(undefined), 2500);
    return () => window.clearTimeout(timer);
  }, [outcome]);

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(link);
      setOutcome("copied");
    } catch {
      setOutcome("by-hand"); // No secure context, or refused.
    }
  };

  return (
    <span className="copy-invite">
      <button type="button" className={className} disabled={disabled} onClick={() => void copy()} data-testid="copy-invite">
        <Icon name={outcome === "copied" ? "check" : "link"} />
        <span aria-live="polite">{outcome === "copied" ? "Link copied" : "Copy invite link"}</span>
      </button>
      {outcome === "by-hand" && (
        <input
          className="copy-by-hand"
          readOnly
          value={link}
          aria-label="Invite link, copy it from here"
          data-testid="invite-link"
          ref={(input) => input?.select()}
        />
      )}
    </span>
  );
}
