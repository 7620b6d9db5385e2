"""A worker says who it is, and is told that it is known."""

from livekit.protocol.agent import JobType, RegisterWorkerRequest, WorkerPing

from roomful.protocols.livekit.agents.session import REGISTERS_WITHIN, CloseCode

from .agency import Agency


def test_a_worker_gets_an_id_that_is_its_own(agency: Agency) -> None:
    first, second = agency.worker(), agency.worker()
    assert first.id.startswith("AW_")
    assert first.id != second.id


def test_pings_are_answered_before_and_after_the_registration(agency: Agency) -> None:
    worker = agency.connection()
    worker.say(ping=WorkerPing(timestamp=5))
    worker.say(register=RegisterWorkerRequest())
    worker.say(ping=WorkerPing(timestamp=6))
    pongs = [message.pong for message in worker.told if message.HasField("pong")]
    assert [pong.last_timestamp for pong in pongs] == [5, 6]
    assert pongs[0].timestamp == int(agency.now * 1000)


def test_who_does_not_register_in_time_is_sent_away(agency: Agency) -> None:
    worker = agency.connection()
    agency.wait(REGISTERS_WITHIN - 1)
    assert worker.closed is None
    agency.wait(2)
    assert worker.closed == (CloseCode.REFUSED, "no registration within 10 s")


def test_who_registered_stays(agency: Agency) -> None:
    worker = agency.worker()
    agency.wait(REGISTERS_WITHIN + 1)
    assert worker.closed is None


def test_other_messages_than_a_registration_come_too_early(agency: Agency) -> None:
    worker = agency.connection()
    worker.is_busy()
    assert worker.closed == (CloseCode.REFUSED, "register first")


def test_a_registration_that_makes_no_sense_is_refused_in_words(agency: Agency) -> None:
    for registration, words in (
        (RegisterWorkerRequest(type=17), "unknown job type 17"),  # type: ignore[arg-type]  # of no protocol yet
        (RegisterWorkerRequest(agent_name="é" * 200), "a name is longer than 256 bytes"),
    ):
        worker = agency.connection()
        worker.say(register=registration)
        assert worker.closed == (CloseCode.REFUSED, words)


def test_a_worker_registers_once(agency: Agency) -> None:
    worker = agency.worker()
    worker.say(register=RegisterWorkerRequest(type=JobType.JT_PUBLISHER))
    assert worker.closed == (CloseCode.REFUSED, "registered already")
