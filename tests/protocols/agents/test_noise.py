"""Whatever a worker says, in whatever order, harms neither the server nor another worker."""

from typing import Any

from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st
from livekit.protocol import models
from livekit.protocol.agent import (
    AvailabilityResponse,
    MigrateJobRequest,
    RegisterWorkerRequest,
    SimulateJobRequest,
    UpdateJobStatus,
    UpdateWorkerStatus,
    WorkerMessage,
    WorkerPing,
)

from .agency import Agency

KINDS = ("availability", "update_job", "update_worker", "migrate_job", "simulate_job", "ping", "nothing", "wait")


def message(kind: str, job: str, number: int, load: float, word: str) -> WorkerMessage:
    """A message that makes as much sense as its parts."""
    bodies: dict[str, Any] = {
        "availability": AvailabilityResponse(
            job_id=job, available=bool(number & 1), terminate=bool(number & 2), participant_identity=word
        ),
        "update_job": UpdateJobStatus(job_id=job, status=number),  # type: ignore[arg-type]  # of the future, some
        "update_worker": UpdateWorkerStatus(load=load, status=number & 1),  # type: ignore[arg-type]
        "migrate_job": MigrateJobRequest(job_ids=[job, word, job]),
        "simulate_job": SimulateJobRequest(room=models.Room(name=word), type=number),  # type: ignore[arg-type]
        "ping": WorkerPing(timestamp=-number),
    }
    return WorkerMessage(**{kind: bodies[kind]}) if kind in bodies else WorkerMessage()


deeds = st.tuples(st.sampled_from(KINDS), st.integers(0, 9), st.floats(width=32), st.text(max_size=8))


@given(st.lists(deeds, max_size=25))
def test_no_worker_harms_another(doings: list[tuple[str, int, float, str]]) -> None:
    agency = Agency()
    good = agency.worker(agent_name="good")
    room = agency.room()
    agency.join(room, "alice")
    bad = agency.worker()
    for kind, number, load, word in doings:
        if kind == "wait":
            agency.wait(number)
            continue
        jobs = [*(job.id for job in bad.offers), "AJ_nobody"]
        bad.utter(message(kind, jobs[number % len(jobs)], number, load, word))
    bad.vanish()
    agency.wait(30)
    assert agency.agents.active == 0
    assert len(good.told) == 1  # that it is registered


@given(st.binary(max_size=200))
def test_no_registration_does_more_than_be_refused(noise: bytes) -> None:
    agency = Agency()
    worker = agency.connection()
    try:
        registration = RegisterWorkerRequest.FromString(noise)
    except DecodeError:
        return  # would not arrive
    worker.say(register=registration)
    assert worker.closed is not None or worker.id.startswith("AW_")
