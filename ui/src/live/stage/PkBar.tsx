import { useNow } from "../../interface/useNow";
import { countdown, ourShare, type Contest } from "../pk";

const RESULTS = { won: "won", lost: "lost", draw: "drew" } as const;

/** Who is ahead, by how much, and for how long still. */
export function PkBar({ contest, roomId }: { contest: Contest; roomId: string }) {
  const left = contest.endsAt - useNow(500);
  const ours = contest.ours.streamer?.user_name ?? roomId;
  const theirs = contest.theirs.streamer?.user_name ?? contest.theirs.room_id;
  const result = contest.result;
  return (
    <section className="pk" aria-label="PK" data-testid="pk" data-result={result ?? "open"} style={{ "--share": `${ourShare(contest) * 100}%` }}>
      <div className="pk-bar" aria-hidden="true">
        <span className="pk-ours" data-testid="pk-ours">
          {contest.ours.score}
        </span>
        <span className="pk-theirs" data-testid="pk-theirs">
          {contest.theirs.score}
        </span>
      </div>
      <p className="pk-words">
        <span className="pk-name" dir="auto">
          {ours}
        </span>
        <strong className="pk-time" data-testid="pk-time" role={result === undefined ? "timer" : "status"}>
          {result === undefined ? countdown(left) : result === "draw" ? "A draw" : `${ours} ${RESULTS[result]}`}
        </strong>
        <span className="pk-name" dir="auto">
          {theirs}
        </span>
      </p>
      <p className="unseen">
        {ours}: {contest.ours.score}. {theirs}: {contest.theirs.score}.
      </p>
    </section>
  );
}
