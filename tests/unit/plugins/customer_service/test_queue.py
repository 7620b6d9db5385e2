"""First come, first served; and everybody gets an equal share. specs/monibuca-rooms.md §8.3."""

import pytest

from roomful.plugins.customer_service.effects import ToAllAgents
from roomful.plugins.customer_service.status import AgentState, EndReason, Phase, Status
from roomful.rooms.extension import RoomApiError

from .floor import Floor


def test_five_visitors_are_served_in_the_order_of_their_coming() -> None:
    floor = Floor()
    (kim,) = floor.hire("kim")
    floor.switch(kim, "busy")
    visitors = []
    for name in "abcde":
        visitors.append(floor.visitor(name))
        floor.pass_time(1)
    assert [floor.desk.place(one)["position"] for one in visitors] == [1, 2, 3, 4, 5]
    floor.switch(kim, "ready")
    served = []
    for _ in visitors:
        assert kim.session_id is not None
        session = floor.desk.session(kim.session_id)
        served.append(session.record.customer_name)
        floor.answer(session)
        floor.centre.calling.hang_up(session, "kim", floor.now)
    assert served == ["a", "b", "c", "d", "e"]


def test_three_agents_get_the_same_number_of_calls() -> None:
    floor = Floor()
    floor.hire("kim", "lou", "max")
    taken = []
    for number in range(9):
        session = floor.visitor(f"v{number}")
        taken.append(floor.answer(session).id)
        floor.centre.calling.hang_up(session, taken[-1], floor.now)
    assert taken == ["kim", "lou", "max"] * 3


def test_a_rejected_call_goes_to_the_next_agent_and_a_new_round_begins_after_five_seconds() -> None:
    floor = Floor()
    floor.hire("kim", "lou")
    session = floor.visitor()
    assert [floor.reject(session), floor.reject(session)] == ["kim", "lou"]
    assert (session.phase, session.ring) == (Phase.QUEUED, None)
    floor.pass_time(4.9)
    assert session.ring is None
    floor.pass_time(0.1)
    assert session.ring is not None
    assert session.ring.agent_id == "kim"


def test_a_ring_counts_down_for_thirty_seconds_and_is_then_missed() -> None:
    floor = Floor()
    kim, lou = floor.hire("kim", "lou")
    session = floor.visitor()
    (incoming,) = floor.told("incoming_call", "kim")
    assert (incoming["countdown"], incoming["customer"]["name"], incoming["title"]) == (30, "John", "John asks")
    floor.pass_time(29.5)
    assert [tick["remaining"] for tick in floor.told("ring_tick", "kim")] == list(range(29, 0, -1))
    floor.pass_time(0.5)
    assert [one["reason"] for one in floor.told("ring_cancelled", "kim")] == ["timeout"]
    assert (kim.state, lou.state) == (AgentState.ONLINE, AgentState.RINGING)
    with pytest.raises(RoomApiError) as late:
        floor.accept(session, kim)
    assert int(late.value.code) == 40902


def test_without_auto_busy_who_missed_a_ring_stays_ready() -> None:
    floor = Floor(auto_busy_on_miss=False)
    (kim,) = floor.hire("kim")
    floor.visitor()
    floor.pass_time(30)
    assert kim.state is AgentState.READY
    floor.pass_time(5)
    assert kim.state is AgentState.RINGING


def test_who_waits_is_told_its_place_when_that_changes() -> None:
    floor = Floor()
    first, second = floor.visitor("a"), floor.visitor("b")
    floor.centre.calling.hang_up(first, first.record.customer_id, floor.now)
    places = [
        (one["position"], one["waiting"]) for one in floor.told("queue_position") if one["session_id"] == second.id
    ]
    assert places == [(2, 2), (1, 1)]
    assert all("estimated_wait" in one for one in floor.told("queue_position"))


def test_workplaces_are_told_of_the_queue_when_it_changes() -> None:
    floor = Floor()
    floor.visitor("a")
    floor.pass_time(5)
    second = floor.visitor("b")
    floor.centre.calling.hang_up(second, second.record.customer_id, floor.now)
    told = [one.message for one in floor.did(ToAllAgents) if isinstance(one, ToAllAgents)]
    updates = [(one["waiting"], one["longest_wait"]) for one in told if one["action"] == "queue_updated"]
    assert updates == [(1, 0), (2, 5), (1, 5)]


def test_the_wait_is_estimated_from_the_calls_before() -> None:
    floor = Floor()
    (kim,) = floor.hire("kim")
    session = floor.visitor()
    floor.answer(session)
    floor.pass_time(60)
    floor.centre.calling.hang_up(session, "kim", floor.now)
    floor.answer(floor.visitor("b"))
    assert kim.state is AgentState.BUSY
    floor.visitor("c")
    assert floor.desk.place(floor.visitor("d"))["estimated_wait"] == 120


def test_who_waits_too_long_is_told_that_there_is_nobody() -> None:
    floor = Floor(queue_timeout=600)
    session = floor.visitor()
    floor.pass_time(599)
    assert session.status is Status.WAITING
    floor.pass_time(1)
    assert session.record.end_reason is EndReason.NO_AGENT
    assert [one["reason"] for one in floor.told("call_ended")] == ["no_agent"]


def test_a_full_queue_and_a_full_house() -> None:
    floor = Floor(queue_max=2, max_sessions=3)
    floor.visitor("a")
    floor.visitor("b")
    with pytest.raises(RoomApiError) as full_queue:
        floor.visitor("c")
    assert int(full_queue.value.code) == 40907
    with pytest.raises(RoomApiError) as full_house:
        floor.centre.create("d", "d", floor.now)
    assert int(full_house.value.code) == 40907


def test_a_visitor_who_is_away_is_not_rung_for_and_keeps_its_place() -> None:
    floor = Floor()
    (kim,) = floor.hire("kim")
    floor.switch(kim, "busy")
    first, second = floor.visitor("a"), floor.visitor("b")
    floor.centre.calling.away(first, first.record.customer_id, floor.now)
    floor.switch(kim, "ready")
    assert kim.session_id == second.id
    floor.pass_time(5)
    floor.centre.calling.joined(first, first.record.customer_id, floor.now)
    floor.reject(second)
    assert kim.session_id == first.id


def test_an_agent_chosen_by_hand_is_rung_before_all_others() -> None:
    floor = Floor()
    floor.visitor("a")
    second = floor.visitor("b")
    kim, lou = floor.hire("kim", "lou")
    floor.switch(lou, "busy") if lou.state is AgentState.READY else None
    assert kim.state is AgentState.RINGING
    session = floor.centre.create("later", "c", floor.now)
    floor.centre.ringing.assign(session, "kim", floor.now)
    assert session.record.assigned_to == "kim"
    assert second.status is Status.WAITING


def test_an_assigned_session_rings_at_that_agent_when_its_customer_comes() -> None:
    floor = Floor()
    _, lou = floor.hire("kim", "lou")
    session = floor.centre.create("vip", "c", floor.now)
    floor.centre.ringing.assign(session, "lou", floor.now)
    floor.centre.calling.joined(session, session.record.customer_id, floor.now)
    assert lou.session_id == session.id


def test_a_busy_agent_cannot_be_chosen() -> None:
    floor = Floor()
    first, second = floor.visitor("a"), floor.visitor("b")
    floor.hire("kim")
    floor.answer(first)
    with pytest.raises(RoomApiError) as refusal:
        floor.centre.ringing.assign(second, "kim", floor.now)
    assert int(refusal.value.code) == 40903


def test_a_link_that_nobody_follows_ends_its_session() -> None:
    floor = Floor(link_ttl=100)
    session = floor.centre.create("t", "c", floor.now)
    floor.pass_time(100)
    assert session.record.end_reason is EndReason.ABANDONED
    assert floor.desk.sessions == {}


def test_waiting_sessions_take_their_places_again_after_a_restart() -> None:
    before = Floor()
    before.hire("kim")
    sessions = []
    for name in "abc":
        sessions.append(before.visitor(name))
        before.pass_time(1)
    before.answer(sessions[0])
    floor = Floor()
    floor.now = before.now + 60
    for session in reversed(sessions):
        floor.centre.restore(session.record, floor.now)
    assert sessions[0].record.end_reason is EndReason.FAILED
    assert [one.id for one in floor.desk.queue()] == [sessions[1].id, sessions[2].id]
    floor.hire("kim")
    for session in list(floor.desk.queue()):
        floor.centre.calling.joined(session, session.record.customer_id, floor.now)
    assert floor.desk.pool.get("kim").session_id == sessions[1].id
