import { useState, type SubmitEvent } from "react";

import { conducts, ownBreakout } from "./meeting";
import type { Conduct } from "./useConduct";

/** Smaller rooms for a while: opened and closed by hosts, left by everybody. */
export function BreakoutSection({ meeting, act }: Conduct) {
  const [count, setCount] = useState("2");
  const [text, setText] = useState("");
  const { breakouts, parentId } = meeting;
  if (parentId !== undefined) {
    return (
      <section>
        <h3>Breakout room</h3>
        <button type="button" className="button small" onClick={() => void act("leave_breakout")} data-testid="leave-breakout">
          Back to the meeting
        </button>
      </section>
    );
  }
  const own = ownBreakout(meeting);
  if (!conducts(meeting) && own !== undefined) {
    return (
      <section>
        <h3>Breakout rooms</h3>
        <button type="button" className="button small" onClick={() => void act("enter_breakout")} data-testid="enter-breakout">
          Go to {own.name}
        </button>
      </section>
    );
  }
  if (!conducts(meeting) || (meeting.status !== "Active" && breakouts === undefined)) return null;
  const say = async (event: SubmitEvent) => {
    event.preventDefault();
    if (await act("broadcast_breakouts", { text: text.trim() })) setText("");
  };
  return (
    <section>
      <h3>Breakout rooms</h3>
      {breakouts === undefined ? (
        <form
          className="agenda-new"
          onSubmit={(event) => {
            event.preventDefault();
            void act("open_breakouts", { count: Number(count) });
          }}
        >
          <input aria-label="How many rooms" type="number" min={1} max={50} required value={count} onChange={(event) => setCount(event.target.value)} data-testid="breakout-count" />
          <button className="button small" data-testid="open-breakouts">
            Open, and share people out
          </button>
        </form>
      ) : (
        <>
          <ul className="guests">
            {breakouts.rooms.map(({ room_id, name, user_ids }) => (
              <li key={room_id} data-testid="breakout">
                <strong dir="auto">{name}</strong> <span className="hint">{user_ids.length === 1 ? "1 person" : `${user_ids.length} people`}</span>{" "}
                <button type="button" className="button small quiet" onClick={() => void act("enter_breakout", { breakout_id: room_id })} aria-label={`Visit ${name}`} data-testid="visit-breakout">
                  Visit
                </button>
              </li>
            ))}
          </ul>
          <form className="agenda-new" onSubmit={(event) => void say(event)}>
            <input aria-label="A word to all rooms" placeholder="A word to all rooms" required maxLength={1000} value={text} onChange={(event) => setText(event.target.value)} />
            <button className="button small">Say</button>
          </form>
          <button type="button" className="button small" onClick={() => void act("close_breakouts", { seconds: 30 })} data-testid="close-breakouts">
            Close in half a minute
          </button>{" "}
          <button type="button" className="button small" onClick={() => void act("close_breakouts")} data-testid="close-breakouts-now">
            Close now
          </button>
        </>
      )}
    </section>
  );
}
