import { useState } from "react";

import { ConfirmDialog } from "../../interface/ConfirmDialog";
import { conducts } from "./meeting";
import type { Conduct } from "./useConduct";

interface PersonActionsProps {
  conduct: Conduct;
  userId: string;
  name: string;
}

/** Seconds that a speaker gets. */
const SPEAKING_TIME = 120;

/** What hosts do about one person, and whose hand is up. */
export function PersonActions({ conduct: { meeting, act }, userId, name }: PersonActionsProps) {
  const [open, setOpen] = useState(false);
  const [removing, setRemoving] = useState(false);
  const place = meeting.hands.findIndex(({ user_id }) => user_id === userId);
  const own = meeting.self.user_id === userId;
  return (
    <>
      {place >= 0 && (
        <span className="hand" data-testid="hand" title="Raises a hand">
          ✋<span className="unseen">Raises a hand, number </span>
          {place + 1}
        </span>
      )}
      {conducts(meeting) && !own && (
        <>
          <button type="button" className="button small quiet" aria-expanded={open} onClick={() => setOpen(!open)} data-testid={`actions-of-${userId}`} aria-label={`Actions for ${name}`}>
            …
          </button>
          {open && (
            <span className="person-actions">
              <button type="button" className="button small" onClick={() => void act("mute_participant", { user_id: userId })} data-testid="mute-person">
                Mute
              </button>
              <button type="button" className="button small" onClick={() => void act("unmute_participant", { user_id: userId })} data-testid="unmute-person">
                Ask to speak
              </button>
              {place >= 0 && (
                <button type="button" className="button small" onClick={() => void act("lower_hand", { user_id: userId })} data-testid="lower-hand">
                  Lower the hand
                </button>
              )}
              {meeting.status === "Active" && (
                <button type="button" className="button small" onClick={() => void act("start_speaker_timer", { user_id: userId, seconds: SPEAKING_TIME })} data-testid="time-person">
                  2 minutes to speak
                </button>
              )}
              <button type="button" className="button small danger" onClick={() => setRemoving(true)} data-testid="remove-person">
                Remove
              </button>
            </span>
          )}
        </>
      )}
      {removing && (
        <ConfirmDialog
          title={`Remove ${name}?`}
          detail="They can come back unless the room is locked or has a lobby."
          action="Remove"
          onCancel={() => setRemoving(false)}
          onConfirm={() => {
            setRemoving(false);
            void act("kick_participant", { user_id: userId });
          }}
        />
      )}
    </>
  );
}
