import type { Minutes } from "./messages";

export function MinutesText({ minutes }: { minutes: Minutes }) {
  if (minutes.status === "pending") return <p className="hint">They are being written…</p>;
  if (minutes.status === "failed") return <p className="trouble">They could not be written: {minutes.error}</p>;
  return (
    <div className="minutes" data-testid="minutes" data-model={minutes.model} dir="auto">
      <p>{minutes.overview}</p>
      {minutes.topics.map(({ title, points }, place) => (
        <div key={place}>
          <h4>{title}</h4>
          <ul>
            {points.map((point, index) => (
              <li key={index}>{point}</li>
            ))}
          </ul>
        </div>
      ))}
      {minutes.decisions.length > 0 && (
        <>
          <h4>Decisions</h4>
          <ul>
            {minutes.decisions.map(({ text }, place) => (
              <li key={place} data-testid="decision">
                {text}
              </li>
            ))}
          </ul>
        </>
      )}
      {minutes.tasks.length > 0 && (
        <>
          <h4>To do</h4>
          <ul>
            {minutes.tasks.map(({ task_id, text, assignee, due }) => (
              <li key={task_id} data-testid="task">
                {text}
                {assignee === "" ? "" : ` — ${assignee}`}
                {due === null || due === "" ? "" : ` (${due})`}
              </li>
            ))}
          </ul>
        </>
      )}
      <p className="hint">{minutes.model === "builtin" ? "Put together from what was said." : `Written by ${minutes.model}: check it.`}</p>
      {minutes.error !== "" && <p className="hint">{minutes.error}</p>}
    </div>
  );
}
