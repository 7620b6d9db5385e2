"""From sound to text over both backends, whatever the recognizer does."""

from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from roomful.media.ports.frames import Codec, TrackEnded
from roomful.media.ports.transcriber import Backend, Service, Text
from tests.asr_server import HANG, AsrServer
from tests.unit.media.ports.recorder.footage import SECOND, START, track
from tests.unit.media.ports.transcriber.calls import call, g711
from tests.unit.media.ports.transcriber.scribe import Scribe, check_one_two_three, conversation

Starter: TypeAlias = Callable[..., Scribe]


async def test_what_is_said_becomes_text_with_its_time_and_speaker(either: Starter) -> None:
    scribe = either()
    scribe.send(*conversation("123"))
    await scribe.until(lambda: scribe.texts)
    check_one_two_three(scribe.results)
    await scribe.until(lambda: scribe.recognition.service is Service.WORKING and scribe.recognition.waiting == 0)


async def test_pauses_end_utterances_which_come_in_order_with_ids_of_their_own(either: Starter) -> None:
    scribe = either()
    scribe.send(*conversation("12 34 5"))
    scribe.finish()
    await scribe.done()
    assert scribe.texts == ["1 2", "3 4", "5"]
    assert len({one.id for one in scribe.results}) == 3


async def test_several_speak_at_once(either: Starter) -> None:
    scribe = either()
    scribe.send(*conversation("12", "45", "78"))
    scribe.finish()
    await scribe.done()
    assert {one.identity: one.text for one in scribe.results if isinstance(one, Text) and one.final} == {
        "p0": "1 2",
        "p1": "4 5",
        "p2": "7 8",
    }


async def test_what_was_being_said_when_a_track_ends_is_text_too(either: Starter) -> None:
    scribe = either()
    said = call(0, "12")
    cut_off = [frame for frame in said if frame.wall_ns < START + 1.75 * SECOND]
    scribe.send(track(0, Codec.OPUS), *cut_off, TrackEnded(0))
    await scribe.until(lambda: scribe.texts)
    assert scribe.texts == ["1 2"]


async def test_a_microphone_that_goes_silent_ends_what_was_said(either: Starter) -> None:
    scribe = either()
    scribe.send(track(0, Codec.OPUS), *(f for f in call(0, "12") if f.wall_ns < START + 1.75 * SECOND))
    await scribe.until(lambda: scribe.texts)
    assert scribe.texts == ["1 2"]


async def test_packets_that_are_lost_or_repeated_move_nothing(either: Starter) -> None:
    scribe = either()
    said = call(0, "123")
    loss = [frame for index, frame in enumerate(said) if index % 9]
    twice = [copy for frame in loss for copy in (frame, frame)]
    scribe.send(track(0, Codec.OPUS), *twice)
    scribe.finish()
    await scribe.done()
    (text,) = [one for one in scribe.results if isinstance(one, Text) and one.final]
    assert 1 * SECOND < text.end_ns - text.start_ns < 3 * SECOND


async def test_g711_is_heard(scribe: Starter) -> None:
    running = scribe()
    running.send(track(0, Codec.PCMU), *g711(0, "159"))
    running.finish()
    await running.done()
    assert running.texts == ["1 5 9"]


async def test_the_request_says_what_is_configured(scribe: Starter, asr: AsrServer) -> None:
    running = scribe(api_key="sesame", model="whisper-1", language="de", prompt="Roomful")
    running.send(*conversation("1"))
    await running.until(lambda: running.texts)
    (heard,) = asr.heard
    assert heard.fields == {"model": "whisper-1", "language": "de", "prompt": "Roomful", "response_format": "json"}
    assert heard.authorization == "Bearer sesame"


async def test_interim_texts_come_before_the_end_over_a_websocket(scribe: Starter, asr: AsrServer) -> None:
    running = scribe(backend=Backend.WEBSOCKET)
    said = call(0, "123456")
    running.send(track(0, Codec.OPUS), *said[:100])
    await running.until(lambda: running.interim)
    assert not running.texts
    running.send(*said[100:])
    await running.until(lambda: running.texts)
    assert len({one.id for one in running.results}) == 1
    assert running.texts == ["1 2 3 4 5 6"]
    assert asr.connections == 1


async def test_interim_texts_come_over_http_when_they_are_asked_for(scribe: Starter) -> None:
    running = scribe(interim_seconds=0.1)
    said = call(0, "123456")
    running.send(track(0, Codec.OPUS), *said[:100])
    await running.until(lambda: running.interim)
    running.send(*said[100:])
    await running.until(lambda: running.texts == ["1 2 3 4 5 6"])
    assert len({one.id for one in running.results}) == 1


@pytest.mark.parametrize(
    ("fault", "said"),
    [(500, "status 500: not today"), (HANG, "no answer within 1 s"), (b"<html>", "cannot be read"), (b"[]", "be read")],
    ids=["500", "hang", "garbage", "another shape"],
)
async def test_a_failure_is_told_and_tried_again(scribe: Starter, asr: AsrServer, fault: Any, said: str) -> None:
    running = scribe(timeout_seconds=1.0)
    asr.faults = [fault, fault]
    running.send(*conversation("12"))
    await running.until(lambda: running.recognition.service is Service.FAILING and said in running.recognition.error)
    await running.until(lambda: running.texts == ["1 2"])
    await running.until(lambda: running.recognition.service is Service.WORKING)
    assert running.recognition.failed_attempts == 2


@pytest.mark.parametrize(
    "fault", [500, b"nonsense", b'{"type": "error", "message": "busy"}'], ids=["gone", "garbage", "error"]
)
async def test_an_utterance_is_said_again_over_a_new_websocket(scribe: Starter, asr: AsrServer, fault: Any) -> None:
    running = scribe(backend=Backend.WEBSOCKET)
    asr.faults = [fault]
    running.send(*conversation("12"))
    await running.until(lambda: running.texts == ["1 2"])
    assert asr.connections == 2
    assert running.recognition.failed_attempts == 1


async def test_a_recognizer_that_asks_for_time_gets_it(scribe: Starter, asr: AsrServer) -> None:
    running = scribe(first_wait_seconds=30.0)
    asr.faults, asr.headers = [429], [(b"retry-after", b"1")]
    running.send(*conversation("12"))
    await running.until(lambda: running.texts == ["1 2"])


@pytest.mark.parametrize(
    ("fault", "why"), [(401, "status 401"), (b'{"text": "' + b"a" * 300_000 + b'"}', "more than 262144 bytes")]
)
async def test_what_would_never_work_is_not_tried_again(scribe: Starter, asr: AsrServer, fault: Any, why: str) -> None:
    running = scribe()
    asr.faults = [fault]
    running.send(*conversation("12 34"))
    await running.until(lambda: running.texts == ["3 4"])
    assert len(running.lost) == 1
    assert why in running.lost[0]
    assert asr.requests == 2


async def test_too_many_waiting_utterances_are_dropped_oldest_first(scribe: Starter, asr: AsrServer) -> None:
    running = scribe(max_waiting=2, timeout_seconds=2.0, attempts=1)
    asr.faults = [HANG]
    running.send(*conversation("1 2 3 4 5"))
    await running.until(lambda: running.texts == ["4", "5"])
    assert running.lost == ["the recognizer is too slow: too many utterances wait"] * 2 + ["no answer within 2 s"]


async def test_addresses_that_are_forbidden_are_not_asked(either: Starter) -> None:
    scribe = either(deny=["127.0.0.0/8"])
    scribe.send(*conversation("1"))
    await scribe.until(lambda: scribe.lost)
    assert "does not connect to" in scribe.recognition.error
