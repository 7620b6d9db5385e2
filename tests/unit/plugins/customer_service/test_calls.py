"""Calls: hold, transfer, ends, ratings; and what goes wrong in them. specs/monibuca-rooms.md §8.5."""

from collections.abc import Callable

import pytest

from roomful.plugins.customer_service.agent import Agent
from roomful.plugins.customer_service.effects import CloseRoom, EndHold, Record, RemoveFromRoom, SetMedia, StartHold
from roomful.plugins.customer_service.session import Session
from roomful.plugins.customer_service.status import AgentState, EndReason, Phase, Status
from roomful.rooms.extension import RoomApiError

from .floor import Floor


def call(**settings: object) -> tuple[Floor, Session, Agent]:
    """A call that is on, between John and kim."""
    floor = Floor(**settings)
    (kim,) = floor.hire("kim")
    session = floor.visitor()
    floor.answer(session)
    return floor, session, kim


def code_of(act: Callable[[], object]) -> int:
    """What it is refused with; 0 if it is not."""
    try:
        act()
    except RoomApiError as error:
        return int(error.code)
    return 0


def test_a_call_is_active_when_both_are_there() -> None:
    floor = Floor()
    (kim,) = floor.hire("kim")
    session = floor.visitor()
    floor.pass_time(12)
    floor.accept(session, kim)
    assert (session.status, session.phase) == (Status.WAITING, Phase.CONNECTING)
    assert [one["agent"]["id"] for one in floor.told("call_accepted")] == ["kim"]
    assert len(floor.told("call_accepted", "kim")) == 1
    floor.enter(session, kim)
    assert (session.status, session.phase, session.record.agent_name) == (Status.ACTIVE, Phase.TALKING, "Kim")
    floor.pass_time(320)
    floor.centre.calling.hang_up(session, "kim", floor.now)
    assert session.record.view(floor.now)["duration"] == 320
    assert session.record.view(floor.now)["wait_seconds"] == 12
    (ended,) = floor.told("call_ended")
    assert (ended["by"], ended["reason"], ended["duration"], ended["rating_allowed"]) == (
        "kim",
        "agent_hangup",
        320,
        True,
    )
    assert len(floor.told("call_ended", "kim")) == 1


def test_after_the_end_no_media_flows() -> None:
    floor, session, _ = call()
    floor.centre.calling.hang_up(session, "kim", floor.now)
    assert floor.did(SetMedia)[-1] == SetMedia(session.id, (session.record.customer_id, "kim"), flows=False)


def test_an_agent_that_takes_a_call_and_does_not_come_gives_it_back() -> None:
    floor = Floor()
    kim, lou = floor.hire("kim", "lou")
    session = floor.visitor()
    floor.accept(session, kim)
    floor.pass_time(20)
    assert kim.state is AgentState.ONLINE
    assert lou.session_id == session.id
    assert session.record.agent_id is None


@pytest.mark.parametrize("who", ["kim", "customer"])
def test_both_hang_up_at_once(who: str) -> None:
    floor, session, kim = call()
    ids = {"kim": "kim", "customer": session.record.customer_id}
    other = ids["customer" if who == "kim" else "kim"]
    floor.centre.calling.hang_up(session, ids[who], floor.now)
    assert code_of(lambda: floor.centre.calling.hang_up(session, other, floor.now)) == 40902
    assert len(floor.told("call_ended")) == 1
    assert kim.state is AgentState.READY


def test_a_customer_who_vanishes_while_it_rings() -> None:
    floor = Floor(ring_timeout=60)
    (kim,) = floor.hire("kim")
    session = floor.visitor()
    floor.centre.calling.away(session, session.record.customer_id, floor.now)
    floor.pass_time(29)
    assert kim.state is AgentState.RINGING
    floor.pass_time(1)
    assert session.record.end_reason is EndReason.ABANDONED
    assert kim.state is AgentState.READY
    assert [one["reason"] for one in floor.told("ring_cancelled", "kim")] == ["customer_left"]
    assert code_of(lambda: floor.accept(session, kim)) == 40902


def test_a_customer_who_goes_while_it_rings() -> None:
    floor = Floor()
    (kim,) = floor.hire("kim")
    session = floor.visitor()
    floor.centre.calling.left(session, session.record.customer_id, "leave", floor.now)
    assert (session.record.end_reason, kim.state) == (EndReason.ABANDONED, AgentState.READY)


def test_a_customer_whose_connection_comes_back_in_time() -> None:
    floor, session, _ = call()
    customer = session.record.customer_id
    floor.centre.calling.away(session, customer, floor.now)
    floor.pass_time(10)
    floor.centre.calling.left(session, customer, "disconnect", floor.now)
    floor.pass_time(15)
    floor.centre.calling.joined(session, customer, floor.now)
    floor.pass_time(60)
    assert session.status is Status.ACTIVE


def test_a_customer_who_does_not_come_back() -> None:
    floor, session, kim = call()
    floor.centre.calling.away(session, session.record.customer_id, floor.now)
    floor.pass_time(30)
    assert (session.record.end_reason, kim.state) == (EndReason.CUSTOMER_HANGUP, AgentState.READY)
    assert floor.told("call_ended")[0]["rating_allowed"] is False


def test_an_agents_browser_dies_and_comes_back() -> None:
    floor, session, kim = call()
    floor.centre.attendance.disconnected(kim, floor.now)
    floor.centre.calling.left(session, "kim", "heartbeat_timeout", floor.now)
    floor.pass_time(25)
    floor.centre.attendance.connected(kim)
    floor.enter(session, kim)
    floor.pass_time(60)
    assert (session.status, kim.state) == (Status.ACTIVE, AgentState.BUSY)


def test_an_agents_browser_dies_for_good_and_the_next_one_has_the_customer() -> None:
    floor, session, kim = call()
    (lou,) = floor.hire("lou")
    second = floor.visitor("waiting")
    floor.reject(second)
    floor.switch(lou, "busy")
    floor.centre.attendance.disconnected(kim, floor.now)
    floor.centre.calling.left(session, "kim", "disconnect", floor.now)
    floor.pass_time(30)
    assert (session.status, session.phase, kim.state) == (Status.WAITING, Phase.QUEUED, AgentState.OFFLINE)
    assert [one["reason"] for one in floor.told("call_requeued")] == ["agent_lost"]
    assert floor.desk.queue()[0] is session
    floor.switch(lou, "ready")
    assert lou.session_id == session.id


def test_a_lost_workplace_alone_does_not_end_a_call() -> None:
    floor, session, kim = call()
    floor.centre.attendance.disconnected(kim, floor.now)
    floor.pass_time(120)
    assert (session.status, kim.state) == (Status.ACTIVE, AgentState.BUSY)
    floor.centre.calling.hang_up(session, session.record.customer_id, floor.now)
    floor.pass_time(0)
    assert kim.state is AgentState.OFFLINE


# Hold


def test_hold_holds_and_resume_resumes() -> None:
    floor, session, _ = call()
    both = (session.record.customer_id, "kim")
    floor.centre.calling.hold(session, "kim", floor.now)
    assert session.phase is Phase.HELD
    assert floor.did(StartHold) == [StartHold(session.id, both, session.record.customer_id, "kim")]
    assert code_of(lambda: floor.centre.calling.hold(session, "kim", floor.now)) == 40902
    floor.pass_time(40)
    floor.centre.calling.resume(session, "kim", floor.now)
    assert (session.phase, session.record.hold_seconds) == (Phase.TALKING, 40)
    assert floor.did(EndHold) == [EndHold(session.id, both, "kim")]
    assert code_of(lambda: floor.centre.calling.resume(session, "kim", floor.now)) == 40902


def test_a_call_on_hold_goes_on_by_itself() -> None:
    floor, session, _ = call(hold_limit=600)
    floor.centre.calling.hold(session, "kim", floor.now)
    floor.pass_time(600)
    assert session.phase is Phase.TALKING
    assert floor.did(EndHold)[-1] == EndHold(session.id, (session.record.customer_id, "kim"), "system")


def test_who_reconnects_on_hold_is_on_hold() -> None:
    floor, session, _ = call()
    floor.centre.calling.hold(session, "kim", floor.now)
    customer = session.record.customer_id
    floor.centre.calling.left(session, customer, "disconnect", floor.now)
    floor.centre.calling.joined(session, customer, floor.now)
    assert floor.did(SetMedia) == [SetMedia(session.id, (customer,), flows=False)]


def test_customers_do_not_hold_or_transfer() -> None:
    floor, session, _ = call()
    calling, customer = floor.centre.calling, session.record.customer_id
    assert code_of(lambda: calling.hold(session, customer, floor.now)) == 40301
    assert code_of(lambda: calling.resume(session, customer, floor.now)) == 40301
    assert code_of(lambda: calling.transfer(session, customer, "kim", "", floor.now)) == 40301
    assert code_of(lambda: calling.hang_up(session, "somebody", floor.now)) == 40301


# Transfer


def transferring(**settings: object) -> tuple[Floor, Session, Agent, Agent]:
    floor, session, kim = call(**settings)
    (lou,) = floor.hire("lou")
    floor.centre.calling.transfer(session, "kim", "lou", "wants a refund", floor.now)
    return floor, session, kim, lou


def test_a_transfer_hands_the_customer_over() -> None:
    floor, session, kim, lou = transferring()
    (incoming,) = floor.told("incoming_call", "lou")
    assert (incoming["transfer_from"]["id"], incoming["note"]) == ("kim", "wants a refund")
    assert session.phase is Phase.TRANSFERRING
    assert [one["to_agent"]["id"] for one in floor.told("call_transferring")] == ["lou"]
    floor.accept(session, lou)
    assert floor.did(RemoveFromRoom) == [RemoveFromRoom(session.id, "kim", "transferred")]
    floor.centre.calling.left(session, "kim", "kicked", floor.now)
    floor.enter(session, lou)
    assert (session.status, session.phase, session.record.agent_id) == (Status.ACTIVE, Phase.TALKING, "lou")
    assert (kim.state, lou.state) == (AgentState.READY, AgentState.BUSY)
    for told in (floor.told("call_transferred"), floor.told("call_transferred", "kim")):
        assert [one["to_agent"]["id"] for one in told] == ["lou"]
    assert [one["to_agent"] for one in session.record.view(floor.now)["transfers"]] == ["lou"]


@pytest.mark.parametrize("how", ["reject", "miss"])
def test_a_failed_transfer_keeps_the_call(how: str) -> None:
    floor, session, kim, lou = transferring()
    if how == "reject":
        floor.reject(session)
    else:
        floor.pass_time(30)
    assert (session.status, session.phase, session.record.agent_id) == (Status.ACTIVE, Phase.TALKING, "kim")
    assert (kim.state, lou.state) == (
        AgentState.BUSY,
        AgentState.READY if how == "reject" else AgentState.ONLINE,
    )
    assert len(floor.told("transfer_failed")) == len(floor.told("transfer_failed", "kim")) == 1


def test_a_transfer_to_an_agent_that_goes_offline_in_the_same_moment() -> None:
    floor, session, kim = call()
    (lou,) = floor.hire("lou")
    floor.switch(lou, "check_out")
    assert code_of(lambda: floor.centre.calling.transfer(session, "kim", "lou", "", floor.now)) == 40903
    assert (session.phase, kim.state) == (Phase.TALKING, AgentState.BUSY)


def test_a_transfer_to_an_agent_whose_workplace_dies_while_it_rings() -> None:
    floor, session, kim, lou = transferring(ring_timeout=60)
    floor.centre.attendance.disconnected(lou, floor.now)
    floor.pass_time(30)
    assert (session.phase, session.record.agent_id) == (Phase.TALKING, "kim")
    assert (kim.state, lou.state) == (AgentState.BUSY, AgentState.OFFLINE)
    assert [one["reason"] for one in floor.told("transfer_failed")] == ["no_answer"]


def test_a_transfer_to_oneself_to_nobody_and_to_a_busy_one() -> None:
    floor, session, _ = call()
    (lou,) = floor.hire("lou")
    floor.switch(lou, "busy")

    def transfer(target: str) -> int:
        return code_of(lambda: floor.centre.calling.transfer(session, "kim", target, "", floor.now))

    assert [transfer("kim"), transfer("nobody"), transfer("lou")] == [40003, 40404, 40903]


def test_a_call_on_hold_can_be_handed_over_and_is_then_not_on_hold() -> None:
    floor, session, _ = call()
    (lou,) = floor.hire("lou")
    floor.centre.calling.hold(session, "kim", floor.now)
    floor.centre.calling.transfer(session, "kim", "lou", "", floor.now)
    floor.pass_time(5)
    floor.accept(session, lou)
    floor.enter(session, lou)
    assert (session.phase, session.held_since, session.record.hold_seconds) == (Phase.TALKING, None, 5)


def test_a_failed_transfer_from_hold_is_on_hold_again() -> None:
    floor, session, _ = call()
    floor.hire("lou")
    floor.centre.calling.hold(session, "kim", floor.now)
    floor.centre.calling.transfer(session, "kim", "lou", "", floor.now)
    floor.reject(session)
    assert session.phase is Phase.HELD


def test_the_customer_hangs_up_during_a_transfer() -> None:
    floor, session, kim, lou = transferring()
    floor.centre.calling.hang_up(session, session.record.customer_id, floor.now)
    assert (kim.state, lou.state) == (AgentState.READY, AgentState.READY)
    assert [one["reason"] for one in floor.told("ring_cancelled", "lou")] == ["customer_left"]
    assert code_of(lambda: floor.accept(session, lou)) == 40902


def test_the_old_agent_vanishes_during_a_transfer() -> None:
    floor, session, kim, lou = transferring(ring_timeout=60)
    floor.centre.calling.away(session, "kim", floor.now)
    floor.pass_time(30)
    assert session.status is Status.WAITING
    assert session.ring is not None
    assert (session.ring.agent_id, session.ring.from_agent) == ("lou", None)
    assert kim.state is AgentState.ONLINE
    floor.answer(session)
    assert (session.status, lou.state) == (Status.ACTIVE, AgentState.BUSY)


# The end


def test_a_call_that_lasts_too_long() -> None:
    floor, session, _ = call(session_timeout=3600)
    floor.pass_time(3540)
    assert [one["remaining"] for one in floor.told("session_expiring")] == [60]
    floor.pass_time(60)
    assert session.record.end_reason is EndReason.TIMEOUT


def test_a_rating_counts_once_and_closes_the_room() -> None:
    floor, session, _ = call()
    calling = floor.centre.calling
    assert code_of(lambda: calling.rate(session, 5, "", floor.now)) == 40902
    calling.hang_up(session, "kim", floor.now)
    floor.pass_time(100)
    assert floor.did(CloseRoom) == []
    calling.rate(session, 4, "good", floor.now)
    assert code_of(lambda: calling.rate(session, 1, "", floor.now)) == 40904
    assert session.record.rating is not None
    assert session.record.rating.score == 4
    assert [one["score"] for one in floor.told("rating_received", "kim")] == [4]
    floor.pass_time(0)
    assert floor.did(CloseRoom) == [CloseRoom(session.id, "ended")]


def test_a_call_that_nobody_rates_closes_its_room() -> None:
    floor, session, _ = call(rating_window=120)
    floor.centre.calling.hang_up(session, "kim", floor.now)
    floor.pass_time(119)
    assert floor.did(CloseRoom) == []
    floor.pass_time(1)
    assert floor.did(CloseRoom) == [CloseRoom(session.id, "ended")]
    assert code_of(lambda: floor.centre.calling.rate(session, 5, "", floor.now + 1)) == 40902


def test_calls_are_recorded_where_that_is_on() -> None:
    floor, session, _ = call(enable_recording=True)
    floor.centre.calling.hang_up(session, "kim", floor.now)
    assert floor.did(Record) == [Record(session.id, on=True), Record(session.id, on=False)]
    floor, session, _ = call()
    assert floor.did(Record) == []
