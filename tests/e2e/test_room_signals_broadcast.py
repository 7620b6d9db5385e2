"""A `p2m` room: a film is sent up in parts, and plays in a browser."""

import base64
import time
import uuid
from pathlib import Path

import httpx
import pytest

from tests.fragments import PART_SECONDS, PARTS, Film, make_film
from tests.running_server import RunningServer

from .hls_player import hls_players
from .showing import BLUE
from .signals_caller import caller
from .waiting import until_seen

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

SECONDS = 14
AHEAD = 6.0
"""Seconds that are sent before they are played."""


class Streamer:
    """Sends up a film, a part at a time."""

    def __init__(self, http: httpx.AsyncClient, url: str, film: Film) -> None:
        self._http = http
        self._url = url
        self.film = film
        self.sent = 0

    async def _send(self, action: str, **payload: object) -> None:
        message = {
            "action": action,
            "version": 1,
            "id": str(uuid.uuid4()),
            "timestamp": str(round(time.time() * 1000)),
            "payload": {"playlist": {"id": "playlist", "version": 9}, **payload},
        }
        answer = await self._http.post(self._url, json=message)
        assert answer.status_code == 200, answer.text

    async def begin(self) -> None:
        variant = {
            "id": "low",
            "codecs": "avc1.42c01e,mp4a.40.2",
            "bandwidth": 300_000,
            "targetDuration": 2,
            "targetPartDuration": PART_SECONDS,
        }
        section = {"map": {"id": "init.mp4", "data": base64.b64encode(self.film.init).decode()}}
        await self._send("updateVariant", variant=variant, segment=section)

    async def go_on_until(self, seconds: float) -> None:
        """Send everything that is earlier in the film."""
        while self.sent < len(self.film.parts) and self.sent * PART_SECONDS < seconds:
            segment, part = divmod(self.sent, PARTS)
            await self._send(
                "updatePart",
                variant={"id": "low"},
                segment={"id": f"{segment}.m4s", "sequence": segment, "duration": PARTS * PART_SECONDS},
                part={
                    "id": f"{segment}.{part}.m4s",
                    "sequence": part,
                    "duration": PART_SECONDS,
                    "independent": part == 0,
                    "data": base64.b64encode(self.film.parts[self.sent]).decode(),
                },
            )
            self.sent += 1


async def test_a_broadcast_plays_while_it_is_sent_and_ends_with_its_streamer(
    roomful_server: RunningServer, tmp_path: Path
) -> None:
    room = f"show-{uuid.uuid4().hex[:8]}"
    film = await make_film(tmp_path, SECONDS, "0x323CBE")
    async with (
        caller(roomful_server.ws_url, room, "alice", "p2m") as alice,
        caller(roomful_server.ws_url, room, "bob", "p2m") as bob,
        httpx.AsyncClient() as http,
        hls_players() as play,
    ):
        ack = await alice.enter(creating=True)
        assert ack["pt"] == "admin"
        streamer = Streamer(http, ack["es"]["hls"]["upload"], film)
        await streamer.begin()
        await alice.told(alice=True)
        await streamer.go_on_until(AHEAD)

        seen_by_bob = (await bob.enter())["es"]["hls"]
        assert seen_by_bob == {"url": ack["es"]["hls"]["url"]}, "who watches sends nothing"
        player = await play("bob", seen_by_bob["url"])
        await player.sees_both(BLUE, BLUE)
        while streamer.sent < len(film.parts):
            before = await player.look()
            await streamer.go_on_until(before.time + AHEAD)
            if streamer.sent < len(film.parts):
                await until_seen(
                    player.look, lambda shown, t=before.time: shown.time >= t + PART_SECONDS, "it play", 40
                )
        await alice.say("LEAVE")
        await bob.told(alice=False)
        assert (await player.ends()).time == pytest.approx(SECONDS, abs=1)
