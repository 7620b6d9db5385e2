"""Uplinks that are offered as HLS too: `op.hlsForwarding`. specs/room-signals.md §7.2."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import av
import httpx
import numpy as np
import pytest
import pytest_asyncio

from tests.running_server import RunningServer, loopback_config, running_server

from .showing import BLUE, GREEN, RED, Colour
from .signals_caller import Caller, caller
from .waiting import until_seen

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(150)]


class Stage:
    """A room with callers who may publish, the first of whom owns it."""

    def __init__(self, server: RunningServer, stack: AsyncExitStack) -> None:
        self.room = f"hls {uuid.uuid4().hex[:8]}"
        self.http = httpx.AsyncClient(timeout=30)
        self._server = server
        self._stack = stack
        self._owner: Caller | None = None

    async def caller(self, user: str, channel: str = "m2m") -> Caller:
        one = await self._stack.enter_async_context(caller(self._server.ws_url, self.room, user, channel))
        await one.join(creating=self._owner is None)
        if self._owner is None:
            self._owner = one
        else:
            await self._owner.say("PUBLISH_ACCEPT", to=user)
            await one.until("PUBLISH_ACCEPT", ack=False)
        return one

    async def playlist(self, url: str) -> list[str]:
        """Its lines; waits until there is something to play."""
        answer = await self.http.get(url)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/vnd.apple.mpegurl"
        return answer.text.splitlines()

    async def ended(self, url: str) -> list[str]:
        """Wait until nothing more comes."""
        return await until_seen(lambda: self.playlist(url), lambda lines: lines[-1] == "#EXT-X-ENDLIST", "its end", 40)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningServer]:
    hls = {"canvas": "320x180", "fps": 10, "bitrate": 300_000, "max_streams": 2}
    config = loopback_config(room_signals={"auth": {"mode": "none"}, "hls": hls})
    async with running_server(tmp_path_factory.mktemp("hls"), config) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def stage(server: RunningServer) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        yield Stage(server, stack)


async def test_two_publishers_are_played_as_hls_as_long_as_they_send(stage: Stage) -> None:
    alice, bob, carol = [await stage.caller(user) for user in ("alice", "bob", "carol")]
    of_alice = (await alice.publish(RED, 450, hlsForwarding=True))["hls"]
    of_bob = (await bob.publish(GREEN, 700, hlsForwarding=True))["hls"]
    assert of_alice.endswith(f"/live/alice/{stage.room.replace(' ', '%20')}/playlist.m3u8")
    assert of_bob == of_alice.replace("/alice/", "/bob/")
    for url, colour, hertz in ((of_alice, RED, 450), (of_bob, GREEN, 700)):
        assert "#EXT-X-ENDLIST" not in await stage.playlist(url)
        await asyncio.to_thread(_plays, url, colour, hertz)

    # There is no place for a third, who is published all the same.
    assert "hls" not in await carol.publish(BLUE, 900, hlsForwarding=True)
    await carol.told(carol=True)

    # The uplink begins anew, and the stream goes on.
    assert (await alice.publish(BLUE, 450, restarting=True))["hls"] == of_alice
    lines = await until_seen(lambda: stage.playlist(of_alice), lambda lines: len(_segments(lines)) >= 5, "five", 40)
    await asyncio.to_thread(_plays, of_alice, BLUE, 450)
    gone = httpx.URL(of_alice).join("s_99999.ts")
    assert (await stage.http.get(gone)).status_code == 404

    await bob.say("LEAVE")
    await stage.ended(of_bob)
    assert carol.up is not None
    ack = await carol.ask("OFFER", sdp=await carol.up.offer(), op={"restarting": True, "hlsForwarding": True})
    assert ack["b"]["hls"] == of_alice.replace("/alice/", "/carol/"), "there is a place again"
    assert alice.up is not None
    await alice.up.close()
    before = _segments(lines)[0]
    assert before not in _segments(await stage.ended(of_alice)), "the newest are listed, and no others"
    assert (await stage.http.get(httpx.URL(of_alice).join(before))).status_code == 200, "for who plays behind"


async def test_sound_alone_is_played_too_and_what_is_not_wished_is_not_made(stage: Stage) -> None:
    alice = await stage.caller("alice", "a2m")
    assert "hls" not in await alice.publish(RED, 450)
    assert "hls" not in (await alice.publish(RED, 450, restarting=True))
    url = (await alice.publish(RED, 450, restarting=True, hlsForwarding=True))["hls"]
    await asyncio.to_thread(_plays, url, None, 450)
    for path in ("/live/nobody/{}/playlist.m3u8", "/live/alice/{}/..%2f..%2fetc%2fpasswd", "/live/alice/{}/x.ts"):
        answer = await stage.http.get(httpx.URL(url).join(path.format(stage.room)))
        assert (answer.status_code, answer.json()["c"]) == (404, 4001)


def _segments(lines: list[str]) -> list[str]:
    return [line for line in lines if not line.startswith("#")]


def _plays(url: str, colour: Colour | None, hertz: int) -> None:
    """Plays it until this colour is seen and this pitch is heard."""
    seen = colour is None
    heard = False
    sound = np.zeros(0)
    with av.open(url, timeout=30) as film:
        assert len(film.streams.video) == (0 if colour is None else 1)
        for frame in film.decode():
            if isinstance(frame, av.VideoFrame):
                middle = frame.to_ndarray(format="rgb24")[frame.height // 2, frame.width // 2].astype(int)
                seen = seen or colour is None or np.abs(middle - np.array(colour)).max() < 60
            elif isinstance(frame, av.AudioFrame):
                sound = np.append(sound, frame.to_ndarray()[0])[-frame.sample_rate // 4 :]
                pitch = np.argmax(np.abs(np.fft.rfft(sound))) * frame.sample_rate / len(sound)
                heard = heard or (abs(pitch - hertz) < 15 and np.abs(sound).max() > 0.02)
            if seen and heard:
                return
    raise AssertionError(f"{colour} was {'' if seen else 'not '}seen, {hertz} Hz {'' if heard else 'not '}heard")
