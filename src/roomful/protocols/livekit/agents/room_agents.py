"""The agents of one room: which jobs its dispatches come to, as people come and go. specs/livekit.md §6.5, §6.6."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from livekit.protocol.agent import JobStateReason, JobType

from roomful.protocols.livekit import encode
from roomful.protocols.livekit.agents.dispatch import Dispatch
from roomful.protocols.livekit.agents.job import PREFIX, Job, Phase, Topic
from roomful.rooms.events import ParticipantJoined, ParticipantLeft, RoomClosing, RoomEvent, TrackPublished
from roomful.rooms.ids import new_id
from roomful.rooms.model import LeaveReason
from roomful.rooms.participant import Participant
from roomful.rooms.room import Room


class Employer(Protocol):
    """Who finds workers for jobs."""

    def topics(self) -> Iterable[Topic]: ...
    def start(self, job: Job, now: float) -> None: ...
    def cancel(self, job: Job, reason: JobStateReason, now: float) -> None: ...
    def agent_left(self, job: Job, now: float) -> None: ...
    def closed(self, room: Room) -> None: ...


class RoomAgents:
    """Follows a room from the moment when it may need an agent to its end."""

    def __init__(self, room: Room, dispatches: Iterable[Dispatch], employer: Employer) -> None:
        self.room = room
        self.dispatches = {dispatch.id: dispatch for dispatch in dispatches}
        self._employer = employer
        room.observers.add(self._on_event)

    def serve(self, topics: Iterable[Topic], now: float, dispatches: Iterable[Dispatch] | None = None) -> None:
        """Start the jobs that the room's dispatches, or these, come to for workers of these topics."""
        for dispatch in list(self.dispatches.values()) if dispatches is None else dispatches:
            for topic in filter(dispatch.wants, topics):
                for target in self._targets(topic.kind):
                    self._start(dispatch, topic, target, now)

    def renew(self, job: Job, now: float) -> None:
        """A job has ended: whom it was for may have come back meanwhile, as somebody new."""
        dispatch, target = job.dispatch, self.room.find(job.target) if job.target else None
        if dispatch is None or self.dispatches.get(dispatch.id) is not dispatch:
            return
        if job.participant is not None and (target is None or target.sid != job.participant.sid):
            dispatch.jobs.pop(job.key, None)
            if target is not None and target in self._targets(job.topic.kind):
                self._start(dispatch, job.topic, target, now)

    def jobs(self) -> list[Job]:
        return [job for dispatch in self.dispatches.values() for job in dispatch.jobs.values()]

    def _targets(self, kind: JobType) -> Iterator[Participant | None]:
        """Whom jobs of this kind are for; agents get no agents."""
        if kind == JobType.JT_ROOM:
            yield None
            return
        for participant in list(self.room.participants.values()):
            if _is_somebody(participant) and (kind == JobType.JT_PARTICIPANT or participant.is_publisher):
                yield participant

    def _start(self, dispatch: Dispatch, topic: Topic, target: Participant | None, now: float) -> None:
        if (topic.kind, topic.namespace, "" if target is None else target.identity) in dispatch.jobs:
            return
        info = None if target is None else encode.participant_info(target)
        job = Job(new_id(PREFIX), topic, self.room.name, dispatch, info)
        dispatch.jobs[job.key] = job
        self._employer.start(job, now)

    def _on_event(self, event: RoomEvent) -> None:
        match event:
            case ParticipantJoined():
                self._serve_participant(event.sid, JobType.JT_PARTICIPANT, event.at)
            case TrackPublished():
                self._serve_participant(event.publisher, JobType.JT_PUBLISHER, event.at)
            case ParticipantLeft():
                self._on_left(event)
            case RoomClosing():
                self._on_closing(event)
            case _:
                pass

    def _serve_participant(self, sid: str, kind: JobType, now: float) -> None:
        participant = self.room.participants.get(sid)
        if participant is None or not _is_somebody(participant):
            return
        for dispatch in list(self.dispatches.values()):
            for topic in filter(dispatch.wants, list(self._employer.topics())):
                if topic.kind == kind:
                    self._start(dispatch, topic, participant, now)

    def _on_left(self, event: ParticipantLeft) -> None:
        for job in self.jobs():
            if job.participant is not None and job.participant.sid == event.sid:
                if job.phase in (Phase.WAITING, Phase.OFFERED):
                    self._employer.cancel(job, JobStateReason.JSR_UNSPECIFIED, event.at)
                if job.phase is Phase.ENDED:
                    self.renew(job, event.at)
            if job.identity == event.identity and job.phase is Phase.RUNNING and not event.replaced:
                self._employer.agent_left(job, event.at)

    def _on_closing(self, event: RoomClosing) -> None:
        self.room.observers.discard(self._on_event)
        self._employer.closed(self.room)
        if event.reason is not LeaveReason.SERVER_SHUTDOWN:  # workers will ask the next server about their jobs
            for job in self.jobs():
                self._employer.cancel(job, JobStateReason.JSR_ROOM_CLOSED, event.at)


def _is_somebody(participant: Participant) -> bool:
    return not (participant.dependent or participant.robot)
