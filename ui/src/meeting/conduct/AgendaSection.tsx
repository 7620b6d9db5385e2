import { useState, type SubmitEvent } from "react";

import { conducts } from "./meeting";
import type { Conduct } from "./useConduct";

/** What is on the agenda, and where the meeting is in it. */
export function AgendaSection({ meeting, act }: Conduct) {
  const hosts = conducts(meeting);
  const active = meeting.status === "Active";
  return (
    <section>
      <h3>Agenda</h3>
      {meeting.agenda.length === 0 && <p className="hint">There is none.</p>}
      <ol className="agenda">
        {meeting.agenda.map(({ item_id, title, duration, status }) => (
          <li key={item_id} className="agenda-item" data-testid="agenda-item" data-status={status} aria-current={item_id === meeting.currentItem ? "step" : undefined}>
            <span className="agenda-title" dir="auto">
              {title}
            </span>
            {duration > 0 && <span className="hint">{Math.round(duration / 60)} min</span>}
            {hosts && status === "pending" && (
              <span className="guest-actions">
                {active && (
                  <button type="button" className="button small" onClick={() => void act("agenda_start", { item_id })} data-testid="agenda-start">
                    Start
                  </button>
                )}
                <button type="button" className="button small quiet" onClick={() => void act("agenda_remove", { item_id })} aria-label={`Take ${title} off the agenda`}>
                  Remove
                </button>
              </span>
            )}
          </li>
        ))}
      </ol>
      {hosts && (
        <>
          {active && meeting.agenda.some(({ status }) => status === "pending" || status === "active") && (
            <button type="button" className="button small" onClick={() => void act("agenda_next")} data-testid="agenda-next">
              Next item
            </button>
          )}
          <NewItem act={act} />
        </>
      )}
    </section>
  );
}

function NewItem({ act }: Pick<Conduct, "act">) {
  const [title, setTitle] = useState("");
  const [minutes, setMinutes] = useState("");
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (await act("agenda_add", { item: { title: title.trim(), duration: Number(minutes) * 60 } })) {
      setTitle("");
      setMinutes("");
    }
  };
  return (
    <form className="agenda-new" onSubmit={(event) => void submit(event)}>
      <input aria-label="New item" placeholder="New item" required maxLength={200} value={title} onChange={(event) => setTitle(event.target.value)} data-testid="agenda-title" />
      <input aria-label="Minutes" placeholder="min" type="number" min={0} max={600} value={minutes} onChange={(event) => setMinutes(event.target.value)} data-testid="agenda-minutes" />
      <button className="button small" data-testid="agenda-add">
        Add
      </button>
    </form>
  );
}
