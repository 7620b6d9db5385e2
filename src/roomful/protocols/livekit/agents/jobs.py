"""How jobs begin, fail, begin again and end. specs/livekit.md §6.6."""

import logging
from collections.abc import Callable, Iterable

from livekit.protocol.agent import (
    JobStateReason,
    JobStatus,
    JobTermination,
    MigrateJobRequest,
    ServerMessage,
    UpdateJobStatus,
)

from roomful.protocols.livekit.agents.job import PREFIX, Job, Phase
from roomful.protocols.livekit.agents.placement import Placement
from roomful.protocols.livekit.agents.worker import Worker
from roomful.protocols.livekit.timers import Timers
from roomful.rooms.ids import new_id
from roomful.rooms.model import LeaveReason
from roomful.rooms.registry import Rooms

MISSED_FOR = 10.0
"""Seconds in which a worker whose connection was lost may come back to its jobs."""
LEAVES_WITHIN = 10.0
"""Seconds that an agent has for its good-bye when its job is cancelled; then it is sent out of the room."""
MAX_RESTARTS = 5
"""Jobs that may fail one after the other at the same thing."""
RESTART_AFTER = 1.0
"""Seconds to the first of them, doubled each time."""
LASTED = 60.0
"""Seconds after which a job that fails has not failed at once: restarts are counted anew."""

logger = logging.getLogger(__name__)


class Jobs:
    """Those that have not ended, by id. The newest of each dispatch, ended ones too, are in the dispatch."""

    def __init__(self, rooms: Rooms, timers: Timers, placement: Placement) -> None:
        self._rooms = rooms
        self._timers = timers
        self._placement = placement
        self._jobs: dict[str, Job] = {}
        self.on_ended: Callable[[Job, float], None] = lambda job, now: None
        """Called with each job that has ended and is not begun again."""
        self.started = 0
        """How many have begun since the server runs."""
        self.failed = 0

    @property
    def running(self) -> int:
        return sum(job.phase is Phase.RUNNING for job in self._jobs.values())

    def start(self, job: Job, now: float) -> None:
        """Find a worker for a new job."""
        self.know(job)
        self._placement.put(job, now)

    def know(self, job: Job) -> None:
        """Take reports on this job from now on."""
        self.started += 1
        self._jobs[job.id] = job

    def cancel(self, job: Job, reason: JobStateReason, now: float) -> None:
        """End a job that is not wanted any more, whatever became of it."""
        if job.phase is Phase.ENDED:
            return
        worker = job.worker
        was_running = job.phase is Phase.RUNNING
        job.reason = reason
        self._end(job, JobStatus.JS_CANCELLED, now)
        if was_running:
            if worker is not None:
                worker.send(ServerMessage(termination=JobTermination(job_id=job.id)))
            self._timers.at(now + LEAVES_WITHIN, lambda now: self._send_out(job, now))

    def report(self, update: UpdateJobStatus, now: float) -> None:
        """A worker tells how a job goes: the one that has it, or, after a lost connection, its successor."""
        job = self._jobs.get(update.job_id)
        if job is None or job.phase is not Phase.RUNNING:
            return
        if update.status in (JobStatus.JS_RUNNING, JobStatus.JS_PENDING):
            job.updated_at = now
        elif update.status == JobStatus.JS_FAILED:
            self._fail(job, update.error or "the agent failed", now)
        else:
            self._end(job, JobStatus.JS_SUCCESS, now)
            self.on_ended(job, now)

    def terminated(self, job: Job, now: float) -> None:
        """A worker said, instead of taking it, that nobody shall do this job."""
        self._end(job, JobStatus.JS_SUCCESS, now)
        self.on_ended(job, now)

    def take_back(self, worker: Worker, request: MigrateJobRequest, now: float) -> None:
        """A worker that has come back says which jobs it has. Those that have ended meanwhile it shall end too."""
        for job_id in dict.fromkeys([*request.job_ids, *(job.id for job in request.jobs)]):
            job = self._jobs.get(job_id)
            if job is not None and job.phase is Phase.RUNNING and job.worker is None:
                job.worker = worker
                worker.jobs[job.id] = job
                job.updated_at = now
            elif job is None or job.worker is not worker:
                worker.send(ServerMessage(termination=JobTermination(job_id=job_id)))

    def orphan(self, jobs: Iterable[Job], now: float) -> None:
        """These have lost their worker. Their agents may go on without it, and it may come back to them."""
        for job in jobs:
            job.updated_at = now
            self._timers.at(now + MISSED_FOR, lambda now, job=job: self._look_after(job, now))

    def agent_left(self, job: Job, now: float) -> None:
        """The agent is out of the room. Its worker will say how that went; without one, somebody else has to come."""
        if job.worker is None and now >= job.updated_at + MISSED_FOR:
            self._look_after(job, now)

    def _look_after(self, job: Job, now: float) -> None:
        room = self._rooms.get(job.room_name)
        if job.phase is Phase.RUNNING and job.worker is None and (room is None or room.find(job.identity) is None):
            self._fail(job, "the worker is gone", now)

    def _fail(self, job: Job, error: str, now: float) -> None:
        self.failed += 1
        job.error = error
        self._end(job, JobStatus.JS_FAILED, now)
        self._send_out(job, now)
        restarts = 0 if now >= job.started_at + LASTED else job.restarts
        extra = {"job": job.id, "room": job.room_name, "agent": job.topic.agent_name, "reason": error}
        if job.dispatch is None or not job.dispatch.restarts or restarts >= MAX_RESTARTS:
            logger.warning("a job failed", extra=extra)
            self.on_ended(job, now)
            return
        logger.warning("a job failed, and is given to a worker again", extra=extra)
        again = Job(new_id(PREFIX), job.topic, job.room_name, job.dispatch, job.participant, restarts + 1)
        again.reason = JobStateReason.JSR_RETRYING
        job.dispatch.jobs[again.key] = again
        self._timers.at(now + RESTART_AFTER * 2**restarts, lambda now: self._start_again(again, now))

    def _start_again(self, job: Job, now: float) -> None:
        if job.phase is not Phase.WAITING:  # cancelled meanwhile
            return
        room = self._rooms.get(job.room_name)
        participant = room and job.participant and room.find(job.target)
        if job.participant is None or (participant and participant.sid == job.participant.sid):
            self.start(job, now)
        else:
            self.cancel(job, JobStateReason.JSR_UNSPECIFIED, now)
            self.on_ended(job, now)

    def _end(self, job: Job, status: JobStatus, now: float) -> None:
        job.ended_at = now
        job.move(Phase.ENDED, status, now)
        self._jobs.pop(job.id, None)
        self._placement.release(job, now)

    def _send_out(self, job: Job, now: float) -> None:
        """Of an agent that is still there without a job."""
        room = self._rooms.get(job.room_name)
        agent = room and job.identity and room.find(job.identity)
        if room and agent and agent.is_agent:
            room.leave(agent.sid, LeaveReason.PARTICIPANT_REMOVED, now)
