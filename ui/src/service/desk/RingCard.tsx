import { useEffect, useRef } from "react";

import { clock } from "../../interface/clock";
import { Icon } from "../../interface/Icon";
import { useNow } from "../../interface/useNow";
import type { CallMedia } from "../messages";
import type { Ring } from "./workplace";

interface RingCardProps {
  ring: Ring;
  onAnswer: (media: CallMedia) => void;
  onReject: () => void;
}

/** Who calls, and the answer. The focus goes to the answer, so that Enter takes the call. */
export function RingCard({ ring, onAnswer, onReject }: RingCardProps) {
  const answer = useRef<HTMLButtonElement>(null);
  const seconds = Math.max(0, Math.round((ring.until - useNow(500)) / 1000));
  useEffect(() => answer.current?.focus(), [ring.session_id]);
  const withVideo = ring.media === "video";
  return (
    <section className="card ring-card" role="alert" aria-label="A call" data-testid="ring">
      <div className="guest-words">
        <strong dir="auto" data-testid="ring-customer">
          {ring.customer.name}
        </strong>
        <span className="hint" dir="auto">
          {ring.title}
          {ring.description === "" ? "" : ` · ${ring.description}`}
        </span>
        <span className="hint">
          {ring.transfer_from === undefined ? `Has waited for ${clock(ring.queue_wait)}` : `Handed over by ${ring.transfer_from.name}`}
        </span>
        {ring.note !== undefined && ring.note !== "" && (
          <span dir="auto" data-testid="ring-note">
            “{ring.note}”
          </span>
        )}
      </div>
      <span className="ring-seconds" role="timer" aria-label="Seconds to answer">
        {seconds}
      </span>
      <div className="button-row">
        {withVideo && (
          <button type="button" className="button accent" ref={answer} onClick={() => onAnswer("video")} data-testid="answer-video">
            <Icon name="camera" /> Answer
          </button>
        )}
        <button type="button" className={withVideo ? "button" : "button accent"} {...(!withVideo && { ref: answer })} onClick={() => onAnswer("audio")} data-testid="answer-audio">
          <Icon name="microphone" /> {withVideo ? "By voice" : "Answer"}
        </button>
        <button type="button" className="button danger" onClick={onReject} data-testid="reject-call">
          Not now
        </button>
      </div>
    </section>
  );
}
