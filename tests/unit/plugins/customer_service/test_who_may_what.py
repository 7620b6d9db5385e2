"""Every action by everybody in every state. specs/monibuca-rooms.md §8.5."""

from collections.abc import Callable

import pytest

from roomful.plugins.customer_service.session import Session
from roomful.plugins.customer_service.status import EndReason
from roomful.rooms.extension import RoomApiError

from .floor import Floor

OK, BAD, FORBIDDEN, BUSY = 0, 40902, 40301, 40903
STATES = ("created", "queued", "ringing", "connecting", "talking", "held", "transferring", "ended")
ACTIONS = ("accept", "reject", "end", "hold", "resume", "transfer", "rate")

AGENT = {
    "accept": (BAD, BAD, OK, BAD, BAD, BAD, BAD, BAD),
    "reject": (BAD, BAD, OK, BAD, BAD, BAD, BAD, BAD),
    "end": (FORBIDDEN, FORBIDDEN, FORBIDDEN, OK, OK, OK, OK, BAD),
    "hold": (FORBIDDEN, FORBIDDEN, FORBIDDEN, BAD, OK, BAD, BAD, BAD),
    "resume": (FORBIDDEN, FORBIDDEN, FORBIDDEN, BAD, BAD, OK, BAD, BAD),
    "transfer": (FORBIDDEN, FORBIDDEN, FORBIDDEN, BAD, OK, OK, BAD, BAD),
    "rate": (BAD, BAD, BAD, BAD, BAD, BAD, BAD, OK),
}
"""kim, at whom it rings and who has the call; `rate` is the customer's, who alone gets to it."""
CUSTOMER = {
    "end": (OK, OK, OK, OK, OK, OK, OK, BAD),
    **dict.fromkeys(("hold", "resume", "transfer"), (FORBIDDEN,) * len(STATES)),
}
STRANGER = {
    **dict.fromkeys(("end", "hold", "resume", "transfer"), (FORBIDDEN,) * len(STATES)),
    **dict.fromkeys(("accept", "reject"), (BAD, BAD, BAD, BAD, BAD, BAD, OK, BAD)),
}
"""lou: a ready agent who has nothing to do with it, but to whom `transferring` hands it over."""


def in_state(state: str) -> tuple[Floor, Session]:
    floor = Floor()
    kim, lou = floor.hire("kim", "lou")
    floor.switch(lou, "busy")
    if state == "queued":
        floor.switch(kim, "busy")
    if state == "created":
        return floor, floor.centre.create("t", "c", floor.now)
    session = floor.visitor()
    if state not in ("queued", "ringing"):
        floor.accept(session, kim)
    if state not in ("queued", "ringing", "connecting"):
        floor.enter(session, kim)
    if state == "held":
        floor.centre.calling.hold(session, "kim", floor.now)
    if state == "transferring":
        floor.switch(lou, "ready")
        floor.centre.calling.transfer(session, "kim", "lou", "", floor.now)
    elif state == "ended":
        floor.centre.calling.end(session, EndReason.AGENT_HANGUP, "kim", floor.now)
    else:
        assert session.phase == state
    return floor, session


def act(floor: Floor, session: Session, who: str, action: str) -> Callable[[], None]:
    calling, ringing, now, pool = floor.centre.calling, floor.centre.ringing, floor.now, floor.desk.pool
    actions: dict[str, Callable[[], None]] = {
        "accept": lambda: ringing.accept(session, pool.get(who), None, now),
        "reject": lambda: ringing.reject(session, pool.get(who), now),
        "end": lambda: calling.hang_up(session, who, now),
        "hold": lambda: calling.hold(session, who, now),
        "resume": lambda: calling.resume(session, who, now),
        "transfer": lambda: calling.transfer(session, who, "max", "", now),
        "rate": lambda: calling.rate(session, 5, "", now),
    }
    return actions[action]


CASES = [
    (who, action, state, code)
    for who, table in (("kim", AGENT), ("customer", CUSTOMER), ("lou", STRANGER))
    for action, codes in table.items()
    for state, code in zip(STATES, codes, strict=True)
]


@pytest.mark.parametrize(("who", "action", "state", "code"), CASES)
def test_the_table(who: str, action: str, state: str, code: int) -> None:
    floor, session = in_state(state)
    if state in ("connecting", "talking", "held"):
        floor.hire("max")
    user_id = session.record.customer_id if who == "customer" else who
    before = (session.status, session.record.phase, session.record.agent_id)
    try:
        act(floor, session, user_id, action)()
        found = OK
    except RoomApiError as error:
        found = int(error.code)
        assert (session.status, session.record.phase, session.record.agent_id) == before
    assert found == code
