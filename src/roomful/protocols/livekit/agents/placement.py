"""Jobs and the workers that take them: who is asked, and what becomes of the answer. specs/livekit.md §6.6."""

import logging
import random
from collections.abc import Callable

from livekit.protocol import models
from livekit.protocol.agent import (
    AvailabilityRequest,
    AvailabilityResponse,
    JobAssignment,
    JobStateReason,
    JobStatus,
    JobTermination,
    ServerMessage,
)

from roomful.protocols.livekit.agents.job import Job, Phase, Topic
from roomful.protocols.livekit.agents.tokens import JobTokens, identity_of
from roomful.protocols.livekit.agents.worker import Worker
from roomful.protocols.livekit.timers import Timers

ANSWER_WITHIN = 10.0
"""Seconds in which a worker says whether it takes a job."""
ASK_AGAIN_AFTER, ASK_AGAIN_AT_MOST = 1.0, 60.0
"""Seconds until a job that nobody wanted is offered to the same workers again, doubled from first to longest."""
MAX_ROUNDS = 10
"""How often; after that, only workers that come anew are asked."""

logger = logging.getLogger(__name__)


class Placement:
    """Offers each waiting job to one worker after the other."""

    def __init__(
        self,
        timers: Timers,
        tokens: JobTokens,
        room_info: Callable[[Job], models.Room],
        target_load: float,
        chance: random.Random,
    ) -> None:
        """`target_load`: workers that are busier than this get no jobs; `chance` draws among the others."""
        self._timers = timers
        self._tokens = tokens
        self._room_info = room_info
        self._target_load = target_load
        self._chance = chance
        self.workers: dict[Topic, dict[str, Worker]] = {}
        """By what they registered for, and id."""
        self._waiting: dict[Topic, dict[str, Job]] = {}
        self.on_terminated: Callable[[Job, float], None] = lambda job, now: None
        """Called when a worker says that nobody shall do a job."""

    def add(self, worker: Worker, now: float) -> None:
        self.workers.setdefault(worker.topic, {})[worker.id] = worker
        self.serve(worker.topic, now)

    def remove(self, worker: Worker, now: float) -> list[Job]:
        """A worker is gone: what it was asked about is offered to others. Returns the jobs that it had."""
        of_topic = self.workers.get(worker.topic, {})
        of_topic.pop(worker.id, None)
        if not of_topic:
            self.workers.pop(worker.topic, None)
        jobs = list(worker.jobs.values())
        worker.jobs.clear()
        for job in jobs:
            job.worker = None
        for job in jobs:
            if job.phase is Phase.OFFERED:
                self.put(job, now)
        return [job for job in jobs if job.phase is Phase.RUNNING]

    def put(self, job: Job, now: float) -> None:
        """Give the job to a worker, now or as soon as there is one that can take it."""
        job.move(Phase.WAITING, JobStatus.JS_PENDING, now)
        self._waiting.setdefault(job.topic, {})[job.id] = job
        self.serve(job.topic, now)
        if job.phase is Phase.WAITING:
            workers = len(self.workers.get(job.topic, {}))
            extra = {"job": job.id, "room": job.room_name, "agent": job.topic.agent_name, "workers": workers}
            logger.info("a job waits: no worker can take it", extra=extra)

    def offer(self, job: Job, worker: Worker, now: float) -> None:
        """Ask this worker."""
        self._leave_queue(job)
        job.move(Phase.OFFERED, JobStatus.JS_PENDING, now)
        job.worker = worker
        worker.jobs[job.id] = job
        info = job.info(self._room_info(job))
        worker.send(ServerMessage(availability=AvailabilityRequest(job=info)))
        self._timers.at(now + ANSWER_WITHIN, lambda now: self._give_up_waiting(job, worker, now))

    def answer(self, worker: Worker, answer: AvailabilityResponse, now: float) -> None:
        """A worker says whether it takes a job. What it was not asked about is answered with a termination."""
        job = worker.jobs.get(answer.job_id)
        if job is None or job.phase is not Phase.OFFERED:
            if answer.available and job is None:
                worker.send(ServerMessage(termination=JobTermination(job_id=answer.job_id)))
        elif answer.available:
            self._assign(job, worker, answer, now)
            self.serve(worker.topic, now)
        elif answer.terminate:
            self.on_terminated(job, now)
        else:
            self._refuse(job, worker, now)

    def release(self, job: Job, now: float) -> None:
        """Take the job from whoever has it or is asked, and from the queue; somebody else may be served."""
        self._leave_queue(job)
        worker, job.worker = job.worker, None
        if worker is not None:
            worker.jobs.pop(job.id, None)
            self.serve(worker.topic, now)

    def serve(self, topic: Topic, now: float) -> None:
        """Offer what waits, as long as there is somebody to ask."""
        for job in list(self._waiting.get(topic, {}).values()):
            able = [one for one in self.workers.get(topic, {}).values() if one.can_take(self._target_load)]
            if not able:
                return
            willing = [worker for worker in able if worker.id not in job.refused_by]
            if willing and job.phase is Phase.WAITING:
                self.offer(job, self._draw(willing), now)

    def _draw(self, workers: list[Worker]) -> Worker:
        """By chance, the idler the likelier; all of them are below the target."""
        return self._chance.choices(workers, [1.0 - worker.load for worker in workers])[0]

    def _assign(self, job: Job, worker: Worker, answer: AvailabilityResponse, now: float) -> None:
        job.identity = identity_of(job, answer)
        job.started_at = now
        job.move(Phase.RUNNING, JobStatus.JS_RUNNING, now)
        token = self._tokens.mint(job, worker, answer, now)
        assignment = JobAssignment(job=job.info(self._room_info(job)), token=token)
        worker.send(ServerMessage(assignment=assignment))
        extra = {"job": job.id, "room": job.room_name, "agent": job.topic.agent_name, "worker": worker.id}
        logger.info("an agent is sent to a room", extra=extra)

    def _give_up_waiting(self, job: Job, worker: Worker, now: float) -> None:
        if job.phase is Phase.OFFERED and job.worker is worker:
            logger.warning("a worker does not answer", extra={"worker": worker.id, "job": job.id})
            self._refuse(job, worker, now)

    def _refuse(self, job: Job, worker: Worker, now: float) -> None:
        worker.jobs.pop(job.id, None)
        job.worker = None
        job.refused_by.add(worker.id)
        others = self.workers.get(job.topic, {}).keys() - job.refused_by
        if not others:
            job.reason = JobStateReason.JSR_NO_CAPACITY
            if job.rounds < MAX_ROUNDS:
                delay = min(ASK_AGAIN_AFTER * 2**job.rounds, ASK_AGAIN_AT_MOST)
                job.rounds += 1
                self._timers.at(now + delay, lambda now: self._ask_again(job, now))
        self.put(job, now)

    def _ask_again(self, job: Job, now: float) -> None:
        if job.phase is Phase.WAITING:
            job.refused_by.clear()
            self.serve(job.topic, now)

    def _leave_queue(self, job: Job) -> None:
        waiting = self._waiting.get(job.topic, {})
        waiting.pop(job.id, None)
        if not waiting:
            self._waiting.pop(job.topic, None)
