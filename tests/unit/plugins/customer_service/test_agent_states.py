"""The table of agents' states. specs/monibuca-rooms.md §8.2."""

import itertools

import pytest

from roomful.plugins.customer_service.status import TABLE, AgentState, Trigger, after
from roomful.rooms.extension import RoomApiError

from .floor import Floor

S, T = AgentState, Trigger


@pytest.mark.parametrize(("state", "trigger"), list(itertools.product(AgentState, Trigger)))
def test_whatever_is_not_in_the_table_is_refused(state: AgentState, trigger: Trigger) -> None:
    if (state, trigger) in TABLE:
        assert after(state, trigger) is TABLE[state, trigger]
    else:
        with pytest.raises(RoomApiError) as refusal:
            after(state, trigger)
        assert int(refusal.value.code) == 40902
        assert refusal.value.detail == {"status": state.value}


def test_an_agent_comes_works_and_goes() -> None:
    floor = Floor()
    (kim,) = floor.hire("kim")
    assert kim.state is S.READY
    session = floor.visitor()
    assert kim.state is S.RINGING
    floor.answer(session)
    assert kim.state is S.BUSY
    floor.centre.calling.hang_up(session, "kim", floor.now)
    assert kim.state is S.READY
    floor.switch(kim, "check_out")
    assert kim.state is S.OFFLINE


@pytest.mark.parametrize("state", [S.RINGING, S.BUSY])
def test_nobody_checks_out_of_a_call(state: AgentState) -> None:
    floor = Floor()
    (kim,) = floor.hire("kim")
    session = floor.visitor()
    if state is S.BUSY:
        floor.answer(session)
    with pytest.raises(RoomApiError) as refusal:
        floor.switch(kim, "check_out")
    assert int(refusal.value.code) == 40902
    assert kim.state is state


def test_the_busy_switch_in_a_call_is_for_the_time_after_it() -> None:
    floor = Floor()
    (kim,) = floor.hire("kim")
    session = floor.visitor()
    floor.answer(session)
    floor.switch(kim, "busy")
    assert kim.state is S.BUSY
    floor.centre.calling.hang_up(session, "kim", floor.now)
    assert kim.state is S.ONLINE


def test_time_to_wrap_up() -> None:
    floor = Floor(wrap_up=10)
    (kim,) = floor.hire("kim")
    session = floor.visitor()
    floor.answer(session)
    second = floor.visitor("Ann")
    floor.centre.calling.hang_up(session, "kim", floor.now)
    floor.pass_time(9)
    assert (kim.state, second.ring) == (S.BUSY, None)
    floor.pass_time(1)
    assert kim.state is S.RINGING
    assert kim.session_id == second.id


def test_ready_ends_the_time_to_wrap_up() -> None:
    floor = Floor(wrap_up=10)
    (kim,) = floor.hire("kim")
    session = floor.visitor()
    floor.answer(session)
    floor.centre.calling.hang_up(session, "kim", floor.now)
    floor.switch(kim, "ready")
    assert kim.state is S.READY


def test_a_lost_workplace_is_offline_after_a_while() -> None:
    floor = Floor()
    (kim,) = floor.hire("kim")
    floor.centre.attendance.disconnected(kim, floor.now)
    floor.pass_time(29)
    assert kim.state is S.READY
    floor.pass_time(1)
    assert kim.state is S.OFFLINE


def test_a_workplace_that_comes_back_in_time_was_never_away() -> None:
    floor = Floor()
    (kim,) = floor.hire("kim")
    floor.centre.attendance.disconnected(kim, floor.now)
    floor.pass_time(20)
    floor.centre.attendance.connected(kim)
    floor.pass_time(60)
    assert kim.state is S.READY


def test_the_second_tab_keeps_the_workplace_open() -> None:
    floor = Floor()
    (kim,) = floor.hire("kim")
    floor.centre.attendance.connected(kim)
    floor.centre.attendance.disconnected(kim, floor.now)
    floor.pass_time(60)
    assert kim.state is S.READY


def test_a_ring_at_a_lost_workplace_is_passed_on() -> None:
    floor = Floor(ring_timeout=60, auto_busy_on_miss=False)
    kim, lou = floor.hire("kim", "lou")
    session, other = floor.visitor(), None
    assert kim.state is S.RINGING
    floor.switch(lou, "busy")
    other = floor.visitor("Ann")
    floor.centre.attendance.disconnected(kim, floor.now)
    floor.pass_time(30)
    assert (kim.state, session.ring, other.ring) == (S.OFFLINE, None, None)
    floor.switch(lou, "ready")
    assert lou.session_id == session.id
