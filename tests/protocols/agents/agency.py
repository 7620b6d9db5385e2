"""Rooms, workers that talk to sessions without sockets, and a clock that the test turns."""

import random
from collections.abc import Iterator
from typing import Any

from livekit.protocol import models
from livekit.protocol.agent import (
    AvailabilityResponse,
    Job,
    JobAssignment,
    RegisterWorkerRequest,
    ServerMessage,
    UpdateJobStatus,
    UpdateWorkerStatus,
    WorkerMessage,
)

from roomful.auth import Grant, TokenVerifier, mint
from roomful.protocols.livekit.agents import Agents
from roomful.protocols.livekit.agents.session import WorkerSession
from roomful.protocols.livekit.timers import Timers
from roomful.rooms.model import LeaveReason, ParticipantKind, TrackKind, TrackSource
from roomful.rooms.options import RoomOptions
from roomful.rooms.participant import JoinRequest, Participant
from roomful.rooms.registry import Rooms
from roomful.rooms.room import Room
from roomful.rooms.tracks import TrackSpec

KEY, SECRET = "key", "a-secret-of-more-than-thirty-two-bytes"
START = 1_000_000.0


class Agency:
    def __init__(self) -> None:
        self.now = START
        self.timers = Timers()
        self.rooms = Rooms()
        self.agents = Agents(self.rooms, self.timers, self._sign, lambda: self.now, chance=random.Random(7))
        self.rooms.on_opened.append(self.agents.on_opened)
        self.verifier = TokenVerifier({KEY: SECRET})

    def _sign(self, grant: Grant, key: str, ttl: float, now: float) -> str:
        return mint(grant, key, SECRET, ttl, now)

    def wait(self, seconds: float) -> None:
        """Turn the clock on, in steps of a second."""
        until = self.now + seconds
        while self.now < until:
            self.now = min(until, self.now + 1.0)
            self.timers.tick(self.now)
            self.rooms.tick(self.now)

    def worker(self, **registration: Any) -> "Program":
        """A registered worker: `type`, `agent_name`, `namespace`, `deployment`, `allowed_permissions`."""
        program = Program(self)
        program.say(register=RegisterWorkerRequest(**registration))
        return program

    def connection(self) -> "Program":
        """A connection that has said nothing yet."""
        return Program(self)

    def room(self, name: str = "room", **options: Any) -> Room:
        return self.rooms.create(name, RoomOptions(**options), self.now)

    def join(self, room: Room, identity: str, kind: ParticipantKind = ParticipantKind.STANDARD) -> Participant:
        participant = room.join(JoinRequest(identity=identity, kind=kind, protocol="livekit"), self.now)
        room.activate(participant.sid, self.now)
        return participant

    def publish(self, room: Room, participant: Participant) -> None:
        spec = TrackSpec(kind=TrackKind.AUDIO, source=TrackSource.MICROPHONE)
        room.bind(room.publish(participant.sid, spec, self.now).sid, "audio/opus", "0", self.now)

    def leave(self, room: Room, participant: Participant) -> None:
        room.leave(participant.sid, LeaveReason.CLIENT_INITIATED, self.now)


class Program:
    """A worker's side. What it was told is in `told`; it answers offers only when the test says so."""

    def __init__(self, agency: Agency) -> None:
        self._agency = agency
        self.told: list[ServerMessage] = []
        self.closed: tuple[int, str] | None = None
        self._session = WorkerSession(agency.agents, agency.timers, self, models.ServerInfo, KEY, agency.now)

    # As its connection

    def send(self, message: ServerMessage) -> None:
        self.told.append(message)

    def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)

    # What it does

    def say(self, **message: Any) -> None:
        self.utter(WorkerMessage(**message))

    def utter(self, message: WorkerMessage) -> None:
        self._session.receive(message, self._agency.now)

    def accept(self, job: Job, **answer: Any) -> JobAssignment:
        """Take the job; gives the assignment."""
        self.say(availability=AvailabilityResponse(job_id=job.id, available=True, **answer))
        return self.told[-1].assignment

    def refuse(self, job: Job, *, terminate: bool = False) -> None:
        self.say(availability=AvailabilityResponse(job_id=job.id, terminate=terminate))

    def report(self, job: Job, status: str, error: str = "") -> None:
        self.say(update_job=UpdateJobStatus(job_id=job.id, status=status, error=error))

    def is_busy(self, load: float = 1.0, *, full: bool = False) -> None:
        self.say(update_worker=UpdateWorkerStatus(load=load, status="WS_FULL" if full else "WS_AVAILABLE"))

    def vanish(self) -> None:
        """Its connection is lost."""
        self._session.close(self._agency.now)

    # What it has heard

    @property
    def id(self) -> str:
        return next(message.register.worker_id for message in self.told if message.HasField("register"))

    @property
    def offers(self) -> list[Job]:
        return [message.availability.job for message in self.told if message.HasField("availability")]

    @property
    def terminated(self) -> list[str]:
        return [message.termination.job_id for message in self.told if message.HasField("termination")]

    def rooms(self) -> Iterator[str]:
        return (job.room.name for job in self.offers)
