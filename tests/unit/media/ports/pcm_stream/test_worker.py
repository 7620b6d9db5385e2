"""The worker process: frames in, sound to a real WebSocket server out, whatever that does."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias

import numpy as np
import pytest

from roomful.media.ports.frames import Codec, Frame, Mark, Stop
from roomful.media.ports.pcm_stream import PcmStream, PcmStreamFailed, PcmStreamPlan
from roomful.media.ports.worker import Reason, State, StreamInfo, StreamState
from tests.running_server import free_port
from tests.sound_receiver import SoundReceiver
from tests.unit.media.ports.recorder.footage import START, stream, track
from tests.unit.media.ports.transcriber.calls import call
from tests.venue import until

HASTY: dict[str, Any] = {
    "first_wait_seconds": 0.05,
    "longest_wait_seconds": 0.1,
    "give_up_seconds": 1.0,
    "stall_seconds": 1.0,
}


class Running:
    """A stream, and what was said about it."""

    def __init__(self, worker: PcmStream) -> None:
        self.worker = worker

    @property
    def info(self) -> StreamInfo:
        return self.worker.status.streams[0]

    async def send(self, *records: Any) -> None:
        await asyncio.to_thread(_write_all, self.worker.frames_fd, b"".join(stream(*records)))

    async def reached(self, state: State) -> None:
        await until(lambda: self.worker.status.state is state)

    async def talk(self, over: Callable[[], object]) -> None:
        """Much sound, until a condition holds."""
        sent = 0
        await self.send(track(0, Codec.OPUS))
        frames = call(0, "1")
        while not over():
            one = frames[sent % len(frames)]
            at = sent * 960
            await self.send(Frame(0, at, START + at * 1_000_000_000 // 48000, one.data, keyframe=True))
            sent += 1


def _write_all(fd: int, data: bytes) -> None:
    while data:
        try:
            data = data[os.write(fd, data) :]
        except BrokenPipeError:
            return  # it is over


Starter: TypeAlias = Callable[..., Awaitable[Running]]


@pytest.fixture
async def start() -> AsyncIterator[Starter]:
    """Starts streams; whatever is left of them is killed in the end."""
    started: list[PcmStream] = []

    async def begin(url: str, **fields: Any) -> Running:
        started.append(await PcmStream.start(PcmStreamPlan(url=url, **(HASTY | fields))))
        return Running(started[-1])

    yield begin
    for one in started:
        await one.kill()


@pytest.fixture
async def receiver() -> AsyncIterator[SoundReceiver]:
    async with SoundReceiver() as one:
        yield one


async def test_the_receiver_hears_what_was_said(start: Starter, receiver: SoundReceiver) -> None:
    running = await start(receiver.url)
    await running.send(track(0, Codec.OPUS), *call(0, "123"), Stop())
    await running.reached(State.COMPLETE)
    await until(lambda: receiver.closed)
    assert receiver.keys == "123"
    assert np.array_equal(receiver.sound[:, 0], receiver.sound[:, 1])
    assert receiver.closed == [1000]
    [request] = receiver.requests
    assert request.headers["content-type"] == "audio/x-raw"
    assert request.path == "/listen?token=a-secret-of-the-receiver"
    info = running.info
    assert (info.state, info.error, info.retries) == (StreamState.FINISHED, "", 0)
    assert info.duration_ns == pytest.approx(receiver.seconds * 1e9)
    assert 0 < info.started_at_ns <= info.ended_at_ns


async def test_the_receiver_is_told_of_muting_where_it_happens(start: Starter, receiver: SoundReceiver) -> None:
    running = await start(receiver.url)
    frames = call(0, "17")
    marks = [Mark(START, {"mute": "TR_0", "muted": muted}) for muted in (True, False)]
    await running.send(track(0, Codec.OPUS), *frames[:50], marks[0], *frames[50:75], marks[1], *frames[75:], Stop())
    await running.reached(State.COMPLETE)
    await until(lambda: receiver.closed)
    assert receiver.mutes == [True, False]
    assert [at for _, at in receiver.told] == pytest.approx([1.0, 1.5], abs=0.03)


async def test_time_passes_for_the_receiver_while_nobody_speaks(start: Starter, receiver: SoundReceiver) -> None:
    running = await start(receiver.url)
    await running.send(track(0, Codec.OPUS), *call(0, "1")[:10])
    await until(lambda: receiver.seconds > 1.5)
    assert not receiver.sound[48000:].any()


async def test_a_receiver_that_is_not_there_is_waited_for(start: Starter) -> None:
    port = free_port(socket.SOCK_STREAM)
    running = await start(f"ws://127.0.0.1:{port}/", give_up_seconds=30.0)
    await running.send(track(0, Codec.OPUS), *call(0, "42"))
    await until(lambda: running.worker.status.streams and running.info.retries > 1)
    assert running.worker.status.state is State.ACTIVE
    assert running.info.error.startswith("no connection:")
    async with SoundReceiver(port=port) as receiver:
        await until(lambda: receiver.keys == "42")
        await until(lambda: running.info.state is StreamState.ACTIVE)
        assert running.info.error == ""


async def test_a_receiver_that_never_comes_is_given_up(start: Starter) -> None:
    running = await start(f"ws://127.0.0.1:{free_port(socket.SOCK_STREAM)}/")
    await running.reached(State.FAILED)
    status = running.worker.status
    assert status.reason is Reason.STREAM_FAILED
    assert "no connection" in status.error
    assert running.info.state is StreamState.FAILED


async def test_after_a_lost_connection_there_is_another(start: Starter, receiver: SoundReceiver) -> None:
    running = await start(receiver.url, give_up_seconds=30.0)
    frames = call(0, "12")
    await running.send(track(0, Codec.OPUS), *frames[:50], Mark(START, {"mute": "TR_0", "muted": True}))
    await until(lambda: receiver.mutes == [True])
    receiver.cut()
    await until(lambda: len(receiver.connections) == 2)
    await until(lambda: receiver.mutes == [True, True])  # the new connection is told again
    await running.send(*frames[50:], Stop())
    await running.reached(State.COMPLETE)
    await until(lambda: receiver.keys == "12")
    assert running.info.retries == 1


async def test_a_receiver_that_never_reads_ends_the_stream_in_time(start: Starter) -> None:
    async with SoundReceiver(reads=False) as receiver:
        running = await start(receiver.url)
        await running.talk(over=lambda: running.worker.status.state is State.FAILED)
        status = running.worker.status
        assert status.error == "the receiver neither read nor answered for 1 s"
        assert [one.what for one in status.problems] == ["sound_dropped"]


@pytest.mark.parametrize(("refusal", "again"), [(403, False), (404, False), (503, True)])
async def test_a_refusal_is_final_unless_it_may_pass(
    start: Starter, receiver: SoundReceiver, refusal: int, again: bool
) -> None:
    receiver.refusals = [refusal]
    running = await start(receiver.url, give_up_seconds=30.0)
    if again:
        await until(lambda: running.worker.status.streams and running.info.state is StreamState.ACTIVE)
        assert running.info.retries == 1
    else:
        await running.reached(State.FAILED)
        assert running.worker.status.error == f"no connection: HTTP status {refusal}"
        assert len(receiver.requests) == 1


async def test_an_address_that_is_nobodys_business_is_not_connected_to(start: Starter, receiver: SoundReceiver) -> None:
    running = await start(receiver.url, deny=["127.0.0.0/8"])
    await running.reached(State.FAILED)
    assert "127.0.0.1" in running.worker.status.error
    assert receiver.requests == []


async def test_a_plan_that_makes_no_sense_is_refused(start: Starter) -> None:
    with pytest.raises(PcmStreamFailed) as refused:
        await start("ws://127.0.0.1/", deny=["nowhere"])
    assert refused.value.status.reason is Reason.BAD_PLAN


async def test_a_worker_that_is_killed_says_so(start: Starter, receiver: SoundReceiver) -> None:
    running = await start(receiver.url)
    status = await running.worker.kill()
    assert (status.state, status.reason) == (State.FAILED, Reason.KILLED)
    assert running.info.state is StreamState.FAILED
