import { hueOf, initials } from "../../tiles/initials";
import type { Conduct } from "./useConduct";

/** For hosts: who waits to be let in. */
export function LobbySection({ meeting: { waiting }, act }: Conduct) {
  if (waiting.length === 0) return null;
  return (
    <section className="lobby" aria-label="In the lobby" data-testid="lobby">
      <h3>In the lobby</h3>
      <ul className="guests">
        {waiting.map(({ user_id, user_name }) => (
          <li key={user_id} className="guest" data-testid="waiter" data-identity={user_id}>
            <span className="person-monogram" style={{ "--hue": hueOf(user_id) }} aria-hidden="true">
              {initials(user_name)}
            </span>
            <strong className="guest-words" dir="auto">
              {user_name}
            </strong>
            <span className="guest-actions">
              <button type="button" className="button small accent" onClick={() => void act("admit_user", { user_id })} data-testid="admit">
                Let in
              </button>
              <button type="button" className="button small" onClick={() => void act("reject_user", { user_id })} data-testid="refuse">
                Refuse
              </button>
            </span>
          </li>
        ))}
      </ul>
      {waiting.length > 1 && (
        <button type="button" className="button small" onClick={() => void act("admit_user", { user_id: "*" })} data-testid="admit-all">
          Let everybody in
        </button>
      )}
    </section>
  );
}
