"""All workers, dispatches and jobs of a server. specs/livekit.md §6.5, §6.6.

A room is followed from the first moment when an agent may be wanted in it: it was opened with agents, got a dispatch,
or there is a worker that takes any room. So a server without workers spends nothing on agents, and a worker that comes
late finds the rooms that are there.
"""

import random
from collections.abc import Callable, Iterable, Sequence

from livekit.protocol import models
from livekit.protocol.agent import JobStateReason, SimulateJobRequest, UpdateWorkerStatus

from roomful.protocols.livekit import encode
from roomful.protocols.livekit.agents.dispatch import Dispatch, dispatches_of, stored_dispatches
from roomful.protocols.livekit.agents.job import PREFIX, Job, Topic
from roomful.protocols.livekit.agents.jobs import Jobs
from roomful.protocols.livekit.agents.placement import Placement
from roomful.protocols.livekit.agents.room_agents import RoomAgents
from roomful.protocols.livekit.agents.tokens import JobTokens, Sign
from roomful.protocols.livekit.agents.worker import Worker
from roomful.protocols.livekit.room_service.room_options import AGENTS, DISPATCHES
from roomful.protocols.livekit.timers import Timers
from roomful.rooms.ids import new_id
from roomful.rooms.registry import Rooms
from roomful.rooms.room import Room

TARGET_LOAD = 0.7


class Agents:
    """Everything that comes in says when; `clock` is for rooms, which open without telling the time."""

    def __init__(
        self,
        rooms: Rooms,
        timers: Timers,
        sign: Sign,
        clock: Callable[[], float],
        *,
        target_load: float = TARGET_LOAD,
        codecs: Sequence[str] = encode.ENABLED_CODECS,
        chance: random.Random | None = None,
    ) -> None:
        """`target_load`: workers that are busier than this get no jobs; `chance` draws among the others."""
        self._rooms = rooms
        self._clock = clock
        self._codecs = codecs
        tokens = JobTokens(sign)
        self._placement = Placement(timers, tokens, self._room_info, target_load, chance or random.SystemRandom())
        self.jobs = Jobs(rooms, timers, self._placement)
        self._placement.on_terminated = self.jobs.terminated
        self.jobs.on_ended = self._on_ended
        self._followed: dict[str, RoomAgents] = {}
        """By room sid."""

    # For those who measure

    @property
    def active(self) -> int:
        """Jobs that run now."""
        return self.jobs.running

    @property
    def started(self) -> int:
        return self.jobs.started

    @property
    def failed(self) -> int:
        return self.jobs.failed

    # Rooms and their dispatches

    def on_opened(self, room: Room) -> None:
        """A room is new; tell of each."""
        wanted = not room.options.attachments.keys().isdisjoint((AGENTS, DISPATCHES))
        if wanted or any(not topic.agent_name for topic in self.topics()):
            self._of_room(room).serve(list(self.topics()), self._clock())

    def dispatches(self, room: Room) -> list[Dispatch]:
        return list(self._of_room(room).dispatches.values())

    def add_dispatch(self, room: Room, dispatch: Dispatch, now: float) -> None:
        of_room = self._of_room(room)
        of_room.dispatches[dispatch.id] = dispatch
        room.attach(DISPATCHES, stored_dispatches(of_room.dispatches.values()))
        of_room.serve(list(self.topics()), now)

    def drop_dispatch(self, room: Room, dispatch_id: str, now: float) -> Dispatch | None:
        """End it with its jobs: its agents have to leave. None: there is none of this id."""
        of_room = self._of_room(room)
        dispatch = of_room.dispatches.pop(dispatch_id, None)
        if dispatch is not None:
            room.attach(DISPATCHES, stored_dispatches(of_room.dispatches.values()))
            for job in list(dispatch.jobs.values()):
                self.jobs.cancel(job, JobStateReason.JSR_DISPATCH_DELETED, now)
        return dispatch

    def room_info(self, room: Room) -> models.Room:
        return encode.room_info(room, self._codecs)

    # Workers

    def add_worker(self, worker: Worker, now: float) -> None:
        """It gets what waits for it, and what there is to do in rooms that nobody like it has seen."""
        self._placement.add(worker, now)
        if not worker.topic.agent_name:
            for room in self._rooms:
                self._of_room(room)
        for of_room in list(self._followed.values()):
            of_room.serve([worker.topic], now)

    def lose_worker(self, worker: Worker, now: float) -> None:
        self.jobs.orphan(self._placement.remove(worker, now), now)

    def update_worker(self, worker: Worker, status: UpdateWorkerStatus, now: float) -> None:
        worker.update(status)
        self._placement.serve(worker.topic, now)

    @property
    def placement(self) -> Placement:
        """Who takes the answers to offers."""
        return self._placement

    def simulate(self, worker: Worker, request: SimulateJobRequest, now: float) -> None:
        """Offer a worker a job of its own making, in a room that need not be there yet."""
        participant = request.participant if request.HasField("participant") else None
        topic = worker.topic._replace(kind=request.type)
        job = Job(new_id(PREFIX), topic, request.room.name, participant=participant)
        self.jobs.know(job)
        self._placement.offer(job, worker, now)

    # As rooms see it

    def topics(self) -> Iterable[Topic]:
        """What there are workers for now."""
        return self._placement.workers.keys()

    def start(self, job: Job, now: float) -> None:
        self.jobs.start(job, now)

    def cancel(self, job: Job, reason: JobStateReason, now: float) -> None:
        self.jobs.cancel(job, reason, now)

    def agent_left(self, job: Job, now: float) -> None:
        self.jobs.agent_left(job, now)

    def closed(self, room: Room) -> None:
        self._followed.pop(room.sid, None)

    def _of_room(self, room: Room) -> RoomAgents:
        followed = self._followed.get(room.sid)
        if followed is None:
            dispatches = dispatches_of(room.options.attachments, self._clock())
            followed = self._followed[room.sid] = RoomAgents(room, dispatches, self)
        return followed

    def _on_ended(self, job: Job, now: float) -> None:
        room = self._rooms.get(job.room_name)
        of_room = room and self._followed.get(room.sid)
        if of_room:
            of_room.renew(job, now)

    def _room_info(self, job: Job) -> models.Room:
        room = self._rooms.get(job.room_name)
        return models.Room(name=job.room_name) if room is None else self.room_info(room)
