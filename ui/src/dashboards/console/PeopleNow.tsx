import { useCallback } from "react";

import { streamPath } from "../../routing/route";
import { Card } from "../Card";
import { moment } from "../numbers";
import { PageLink } from "../PageLink";
import { usePolled } from "../usePolled";
import { roomNow, type PersonLine } from "./consoleApi";
import { useDeeds, type Deeds } from "./useDeeds";
import { MEDIA_WORDS, mutable, sends } from "./words";

/** ms. */
const EVERY = 1_000;
const SHOWN = 200;

/** Who is in a room now, and what an administrator can do about it. */
export function PeopleNow({ room }: { room: string }) {
  const ask = useCallback((token: string | undefined) => roomNow(room, token), [room]);
  const { answer, trouble, again } = usePolled(ask, EVERY);
  const deeds = useDeeds(again);
  const close = answer !== undefined && answer !== null && (
    <button type="button" className="button small danger" onClick={() => deeds.start({ room_id: room, op: "close_room" }, room)} data-testid="close-room">
      Close the room
    </button>
  );
  return (
    <Card title="Here now" tools={close} wide>
      {deeds.dialog}
      {answer === undefined ? (
        <p className="hint">{trouble ?? "Asking the server…"}</p>
      ) : answer === null ? (
        <p className="hint" data-testid="room-not-open">
          The room is not open now.
        </p>
      ) : answer.people.length === 0 ? (
        <p className="hint">Nobody; the room is open{answer.locked ? ", and locked" : ""}.</p>
      ) : (
        <People room={room} people={answer.people} deeds={deeds} />
      )}
    </Card>
  );
}

function People({ room, people, deeds }: { room: string; people: readonly PersonLine[]; deeds: Deeds }) {
  return (
    <div className="table-scroll">
      <table>
        <thead>
          <tr>
            {["Who", "Role", "By", "Since", "Sends", "Do"].map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {people.slice(0, SHOWN).map((person) => (
            <tr key={`${person.user_id} ${person.protocol} ${person.joined_at}`} data-testid="person-row" data-user={person.user_id}>
              <th scope="row">
                <PageLink to={streamPath(room, person.user_id)}>{person.name || person.user_id}</PageLink>
                {person.kind !== "standard" && <span className="hint"> {person.kind}</span>}
                {person.hidden && <span className="hint"> hidden</span>}
              </th>
              <td>{person.role}</td>
              <td>{person.protocol}</td>
              <td>{moment(person.joined_at)}</td>
              <td>{sends(person)}</td>
              <td>
                <PersonButtons room={room} person={person} deeds={deeds} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {people.length > SHOWN && <p className="hint">{people.length - SHOWN} more: GET /api/console/room has them all.</p>}
    </div>
  );
}

function PersonButtons({ room, person, deeds }: { room: string; person: PersonLine; deeds: Deeds }) {
  const name = person.name || person.user_id;
  return (
    <div className="button-row person-buttons">
      {mutable(person).map(({ media, muted }) => (
        <button
          key={media}
          type="button"
          className="button small"
          aria-label={`${muted ? "Unmute" : "Mute"} the ${MEDIA_WORDS[media]} of ${name}`}
          onClick={() => deeds.start({ room_id: room, op: muted ? "unmute" : "mute", user_id: person.user_id, params: { kind: media } }, name)}
          data-testid={`${muted ? "unmute" : "mute"}-${media} ${person.user_id}`}
        >
          {muted ? "Unmute" : "Mute"} {MEDIA_WORDS[media]}
        </button>
      ))}
      <button
        type="button"
        className="button small danger"
        aria-label={`Remove ${name}`}
        onClick={() => deeds.start({ room_id: room, op: "kick", user_id: person.user_id }, name)}
        data-testid={`kick ${person.user_id}`}
      >
        Remove
      </button>
    </div>
  );
}
