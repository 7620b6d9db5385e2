"""Which jobs there are, for whom, and with what an agent joins."""

import pytest
from livekit.protocol import models
from livekit.protocol.agent import JobType, SimulateJobRequest
from livekit.protocol.agent_dispatch import RoomAgentDispatch
from livekit.protocol.room import RoomConfiguration

from roomful.protocols.livekit.agents.dispatch import Dispatch
from roomful.protocols.livekit.room_service.room_options import AGENTS
from roomful.rooms.model import LeaveReason, ParticipantKind

from .agency import Agency


def wishes(*names: str) -> dict[str, bytes]:
    agents = [RoomAgentDispatch(agent_name=name, metadata=f"for {name}") for name in names]
    return {AGENTS: RoomConfiguration(agents=agents).SerializeToString()}


def test_a_worker_without_a_name_is_offered_each_new_room(agency: Agency) -> None:
    worker = agency.worker()
    room = agency.room()
    (job,) = worker.offers
    assert job.id.startswith("AJ_")
    assert job.dispatch_id.startswith("AD_")
    assert (job.type, job.room.sid, job.room.name) == (JobType.JT_ROOM, room.sid, "room")


def test_a_worker_that_comes_late_is_offered_the_rooms_that_are_there(agency: Agency) -> None:
    agency.room("one")
    agency.room("two")
    worker = agency.worker()
    assert sorted(worker.rooms()) == ["one", "two"]


def test_a_named_worker_gets_only_rooms_that_ask_for_it(agency: Agency) -> None:
    named, unnamed = agency.worker(agent_name="inbound"), agency.worker()
    agency.room("plain")
    agency.room("asking", attachments=wishes("inbound"))
    assert list(named.rooms()) == ["asking"]
    assert list(unnamed.rooms()) == ["plain"]
    (job,) = named.offers
    assert (job.agent_name, job.metadata) == ("inbound", "for inbound")


def test_two_workers_of_each_type_share_the_jobs_of_two_publishers(agency: Agency) -> None:
    workers = {kind: [agency.worker(type=kind), agency.worker(type=kind)] for kind in JobType.values()}
    room = agency.room()
    for identity in ("alice", "bob"):
        agency.publish(room, agency.join(room, identity))

    def targets(kind: JobType) -> list[str]:
        return sorted(job.participant.identity for worker in workers[kind] for job in worker.offers)

    assert targets(JobType.JT_ROOM) == [""]
    assert targets(JobType.JT_PUBLISHER) == ["alice", "bob"]
    assert targets(JobType.JT_PARTICIPANT) == ["alice", "bob"]


def test_a_second_track_of_a_publisher_is_no_second_job(agency: Agency) -> None:
    worker = agency.worker(type=JobType.JT_PUBLISHER)
    room = agency.room()
    alice = agency.join(room, "alice")
    agency.publish(room, alice)
    agency.publish(room, alice)
    assert len(worker.offers) == 1


@pytest.mark.parametrize("kind", [ParticipantKind.AGENT, ParticipantKind.EGRESS])
def test_agents_and_recorders_get_no_agents(agency: Agency, kind: ParticipantKind) -> None:
    worker = agency.worker(type=JobType.JT_PARTICIPANT)
    agency.join(agency.room(), "helper", kind)
    assert not worker.offers


def test_each_namespace_has_an_agent_of_its_own(agency: Agency) -> None:
    one, other = agency.worker(namespace="one"), agency.worker(namespace="other")
    agency.room()
    assert [job.namespace for job in (*one.offers, *other.offers)] == ["one", "other"]


def test_deployments_of_one_name_are_apart(agency: Agency) -> None:
    blue, green = agency.worker(agent_name="a", deployment="blue"), agency.worker(agent_name="a", deployment="green")
    room = agency.room()
    agency.agents.add_dispatch(room, Dispatch("AD_x", agency.now, "a", deployment="green"), agency.now)
    assert not blue.offers
    assert [job.deployment for job in green.offers] == ["green"]


def test_an_agent_joins_as_what_its_worker_said(agency: Agency) -> None:
    allowed = models.ParticipantPermission(can_publish=True, hidden=True, can_publish_sources=["MICROPHONE"])
    worker = agency.worker(agent_name="a", allowed_permissions=allowed)
    agency.room(attachments=wishes("a"))
    assignment = worker.accept(
        worker.offers[0], participant_identity="bot", participant_name="Bot", participant_attributes={"lang": "eo"}
    )
    grant = agency.verifier.verify(assignment.token, agency.now)
    assert (grant.identity, grant.name, grant.kind) == ("bot", "Bot", ParticipantKind.AGENT)
    assert grant.attributes == {"lk.agent_name": "a", "lang": "eo"}
    assert grant.video.room_join
    assert grant.video.agent
    assert grant.video.room == "room"
    assert (grant.video.can_publish, grant.video.can_subscribe, grant.video.hidden) == (True, False, True)
    assert [str(source) for source in grant.video.can_publish_sources] == ["microphone"]
    assert grant.expires_at == agency.now + 3600


def test_an_agent_without_a_name_of_its_own_is_called_after_its_job(agency: Agency) -> None:
    worker = agency.worker()
    agency.room()
    assignment = worker.accept(worker.offers[0])
    grant = agency.verifier.verify(assignment.token, agency.now)
    assert grant.identity == f"agent-{assignment.job.id}" == assignment.job.state.participant_identity
    assert grant.video.can_publish
    assert grant.video.can_subscribe
    assert grant.video.can_update_own_metadata


def test_a_room_that_ends_takes_its_jobs_with_it(agency: Agency) -> None:
    worker = agency.worker()
    agency.room()
    worker.accept(worker.offers[0])
    agency.rooms.delete("room", agency.now)
    assert worker.terminated == [worker.offers[0].id]
    assert agency.agents.active == 0


def test_a_server_that_stops_leaves_jobs_to_its_successor(agency: Agency) -> None:
    worker = agency.worker()
    agency.room()
    worker.accept(worker.offers[0])
    agency.rooms.close_all(LeaveReason.SERVER_SHUTDOWN, agency.now)
    assert worker.terminated == []


def test_a_worker_that_accepts_too_late_is_told_to_stop(agency: Agency) -> None:
    worker = agency.worker()
    agency.room()
    agency.rooms.delete("room", agency.now)
    worker.accept(worker.offers[0])
    assert worker.terminated == [worker.offers[0].id]


def test_an_agent_that_does_not_leave_with_its_dispatch_is_sent_out(agency: Agency) -> None:
    worker, room = agency.worker(), agency.room()
    job = worker.offers[0]
    worker.accept(job, participant_identity="bot")
    agency.join(room, "alice")
    agency.join(room, "bot", ParticipantKind.AGENT)
    assert agency.agents.drop_dispatch(room, job.dispatch_id, agency.now) is not None
    assert worker.terminated == [job.id]
    agency.wait(9)
    assert room.find("bot") is not None
    agency.wait(2)
    assert room.find("bot") is None


def test_who_leaves_before_an_agent_was_found_needs_none(agency: Agency) -> None:
    busy = agency.worker(type=JobType.JT_PARTICIPANT)
    busy.is_busy()
    room = agency.room()
    agency.leave(room, agency.join(room, "alice"))
    busy.is_busy(0.1)
    assert not busy.offers


def test_who_comes_back_while_the_old_job_ends_gets_a_new_one(agency: Agency) -> None:
    worker = agency.worker(type=JobType.JT_PARTICIPANT)
    room = agency.room()
    alice = agency.join(room, "alice")
    worker.accept(worker.offers[0])
    agency.leave(room, alice)
    back = agency.join(room, "alice")
    assert len(worker.offers) == 1
    worker.report(worker.offers[0], "JS_SUCCESS")
    assert [job.participant.sid for job in worker.offers] == [alice.sid, back.sid]


def test_a_job_that_succeeded_is_not_done_again_by_a_later_worker(agency: Agency) -> None:
    worker = agency.worker()
    agency.room()
    worker.accept(worker.offers[0])
    worker.report(worker.offers[0], "JS_SUCCESS")
    assert not agency.worker().offers


def test_a_worker_may_simulate_a_job(agency: Agency) -> None:
    worker = agency.worker(agent_name="a")
    worker.say(simulate_job=SimulateJobRequest(type=JobType.JT_ROOM, room=models.Room(name="stage")))
    assignment = worker.accept(worker.offers[0])
    assert assignment.job.room.name == "stage"
    assert agency.verifier.verify(assignment.token, agency.now).video.room == "stage"


def test_a_room_that_was_open_before_a_restart_sends_for_its_agents_again(agency: Agency) -> None:
    room = agency.room(attachments=wishes("a"))
    agency.agents.add_dispatch(room, Dispatch("AD_later", agency.now, "b"), agency.now)
    after = Agency()
    workers = [after.worker(agent_name=name) for name in ("a", "b", "")]
    after.room(attachments=room.options.attachments)
    assert [[job.agent_name for job in worker.offers] for worker in workers] == [["a"], ["b"], []]
    assert workers[1].offers[0].dispatch_id == "AD_later"


def test_a_room_that_has_sent_all_its_agents_away_gets_none_after_a_restart(agency: Agency) -> None:
    room = agency.room()
    [default] = agency.agents.dispatches(room)
    agency.agents.drop_dispatch(room, default.id, agency.now)
    after = Agency()
    worker = after.worker()
    after.room(attachments=room.options.attachments)
    assert not worker.offers
