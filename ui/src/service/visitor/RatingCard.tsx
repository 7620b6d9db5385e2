import { useState, type SubmitEvent } from "react";

import { clock } from "../../interface/clock";
import { Logo } from "../../interface/Logo";
import { useServiceAsking } from "../useServiceAsking";

/** Longest comment, characters (specs/monibuca-rooms.md §8.5). */
const COMMENT_LIMIT = 500;
const SCORES = [1, 2, 3, 4, 5] as const;

interface RatingCardProps {
  agentName: string | undefined;
  /** Seconds. */
  duration: number;
  onRate: (score: number, comment: string) => Promise<unknown>;
  onDone: (rated: boolean) => void;
}

/** One to five stars, and a word if one likes. */
export function RatingCard({ agentName, duration, onRate, onDone }: RatingCardProps) {
  const [score, setScore] = useState<number>();
  const [comment, setComment] = useState("");
  const ask = useServiceAsking();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (score !== undefined && (await ask(onRate(score, comment.trim())))) onDone(true);
  };
  return (
    <main className="page page-narrow" data-testid="rating">
      <form className="card rating" onSubmit={(event) => void submit(event)}>
        <Logo />
        <h1>How was the call{agentName === undefined ? "" : <> with <span dir="auto">{agentName}</span></>}?</h1>
        <p className="hint">It lasted {clock(duration)}.</p>
        <fieldset className="stars">
          <legend className="unseen">Stars</legend>
          {SCORES.map((star) => (
            <label key={star} className="star" data-testid={`star-${star}`} data-lit={score !== undefined && star <= score}>
              <input type="radio" name="score" className="unseen" checked={score === star} onChange={() => setScore(star)} />
              <span aria-hidden="true">★</span>
              <span className="unseen">{star === 1 ? "1 star" : `${star} stars`}</span>
            </label>
          ))}
        </fieldset>
        <div className="field">
          <label htmlFor="rating-comment">Anything to add?</label>
          <textarea id="rating-comment" data-testid="rating-comment" rows={3} maxLength={COMMENT_LIMIT} value={comment} onChange={(event) => setComment(event.target.value)} />
        </div>
        <div className="button-row">
          <button className="button accent" disabled={score === undefined} data-testid="send-rating">
            Send
          </button>
          <button type="button" className="button quiet" onClick={() => onDone(false)} data-testid="skip-rating">
            Not now
          </button>
        </div>
      </form>
    </main>
  );
}
