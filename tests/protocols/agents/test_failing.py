"""Agents that crash, and workers that are lost."""

from livekit.protocol.agent import MigrateJobRequest
from livekit.protocol.agent_dispatch import JobRestartPolicy, RoomAgentDispatch
from livekit.protocol.room import RoomConfiguration

from roomful.protocols.livekit.agents.jobs import LASTED, MAX_RESTARTS, MISSED_FOR, RESTART_AFTER
from roomful.protocols.livekit.room_service.room_options import AGENTS
from roomful.rooms.model import LeaveReason, ParticipantKind

from .agency import Agency


def test_an_agent_that_fails_is_followed_by_another_a_little_later(agency: Agency) -> None:
    worker, room = agency.worker(), agency.room()
    worker.accept(worker.offers[0], participant_identity="bot")
    agency.join(room, "alice")
    agency.join(room, "bot", ParticipantKind.AGENT)
    worker.report(worker.offers[0], "JS_FAILED", "out of memory")
    assert room.find("bot") is None  # what is left of it is sent out
    assert len(worker.offers) == 1
    agency.wait(1)
    first, second = worker.offers
    assert first.id != second.id
    assert first.dispatch_id == second.dispatch_id
    assert agency.agents.failed == 1


def test_an_agent_that_always_fails_is_given_up(agency: Agency) -> None:
    worker, room = agency.worker(), agency.room()
    agency.join(room, "alice")
    for failures in range(MAX_RESTARTS + 1):
        worker.accept(worker.offers[-1])
        worker.report(worker.offers[-1], "JS_FAILED")
        agency.wait(RESTART_AFTER * 2**failures)
    agency.wait(120)
    assert len(worker.offers) == MAX_RESTARTS + 1


def test_failures_long_after_the_start_are_not_counted_together(agency: Agency) -> None:
    worker, room = agency.worker(), agency.room()
    agency.join(room, "alice")
    for _ in range(MAX_RESTARTS + 3):
        worker.accept(worker.offers[-1])
        agency.wait(LASTED)
        worker.report(worker.offers[-1], "JS_FAILED")
        agency.wait(1)
    assert len(worker.offers) == MAX_RESTARTS + 4


def test_who_wants_no_restart_gets_none(agency: Agency) -> None:
    worker = agency.worker()
    wish = RoomAgentDispatch(restart_policy=JobRestartPolicy.JRP_NEVER)
    agency.room(attachments={AGENTS: RoomConfiguration(agents=[wish]).SerializeToString()})
    worker.accept(worker.offers[0])
    worker.report(worker.offers[0], "JS_FAILED")
    agency.wait(40)
    assert len(worker.offers) == 1


def test_the_job_of_a_dead_worker_is_given_to_another(agency: Agency) -> None:
    dead, room = agency.worker(), agency.room()
    dead.accept(dead.offers[0], participant_identity="bot")
    agency.join(room, "alice")
    bot = agency.join(room, "bot", ParticipantKind.AGENT)
    heir = agency.worker()
    dead.vanish()
    room.leave(bot.sid, LeaveReason.CONNECTION_TIMEOUT, agency.now)
    agency.wait(MISSED_FOR - 1)
    assert not heir.offers
    agency.wait(3)
    assert [job.room.name for job in heir.offers] == ["room"]


def test_an_agent_goes_on_without_its_worker_until_it_leaves(agency: Agency) -> None:
    dead, room = agency.worker(), agency.room()
    dead.accept(dead.offers[0], participant_identity="bot")
    agency.join(room, "alice")
    bot = agency.join(room, "bot", ParticipantKind.AGENT)
    heir = agency.worker()
    dead.vanish()
    agency.wait(MISSED_FOR + 30)
    assert not heir.offers
    room.leave(bot.sid, LeaveReason.CONNECTION_TIMEOUT, agency.now)
    agency.wait(2)
    assert len(heir.offers) == 1


def test_a_worker_that_comes_back_keeps_its_jobs(agency: Agency) -> None:
    lost = agency.worker()
    agency.room()
    lost.accept(lost.offers[0])
    lost.vanish()
    back = agency.worker()
    back.say(migrate_job=MigrateJobRequest(job_ids=[lost.offers[0].id]))
    agency.wait(MISSED_FOR + 5)
    assert not back.offers
    assert not back.terminated
    back.report(lost.offers[0], "JS_SUCCESS")
    assert agency.agents.active == 0


def test_a_worker_that_comes_back_to_a_job_that_has_ended_is_told_to_end_it(agency: Agency) -> None:
    lost = agency.worker()
    agency.room()
    lost.accept(lost.offers[0])
    lost.vanish()
    agency.rooms.delete("room", agency.now)
    back = agency.worker()
    back.say(migrate_job=MigrateJobRequest(job_ids=[lost.offers[0].id]))
    assert back.terminated == [lost.offers[0].id]


def test_what_a_lost_worker_had_to_report_its_successor_may_say(agency: Agency) -> None:
    lost = agency.worker()
    agency.room()
    lost.accept(lost.offers[0])
    lost.vanish()
    back = agency.worker()
    back.report(lost.offers[0], "JS_SUCCESS")
    agency.wait(MISSED_FOR + 5)
    assert not back.offers


def test_a_participant_who_left_meanwhile_needs_no_new_agent(agency: Agency) -> None:
    worker = agency.worker(type="JT_PARTICIPANT")
    room = agency.room()
    alice = agency.join(room, "alice")
    agency.join(room, "bob")
    jobs = {job.participant.identity: job for job in worker.offers}
    for job in jobs.values():
        worker.accept(job)
    worker.report(jobs["alice"], "JS_FAILED")
    agency.leave(room, alice)
    agency.wait(5)
    assert len(worker.offers) == 2
