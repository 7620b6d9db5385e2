"""Bots in a room: what they show and play reaches real clients, and they come and go as they are told."""

from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
import pytest
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame
from livekit import api

from tests.running_server import RunningServer, running_server

from .meeting import Meeting
from .showing import BLUE
from .waiting import until

TEAL = "#008080"


class Keeper:
    """Who lets bots in and out."""

    def __init__(self, meeting: Meeting) -> None:
        token = meeting.token("keeper", room_admin=True)
        self._http = httpx.AsyncClient(
            base_url=f"{meeting.server.http_url}/api/rooms/{meeting.name}/bots",
            headers={"authorization": f"Bearer {token}"},
            timeout=30,
        )

    async def start(self, does: dict[str, Any], identity: str = "") -> httpx.Response:
        return await self._http.post("", json={"does": does, "identity": identity})

    async def identities(self) -> list[str]:
        return [bot["identity"] for bot in (await self._http.get("")).json()]

    async def stop(self, identity: str) -> httpx.Response:
        return await self._http.delete(f"/{identity}")


async def test_a_pattern_is_seen_and_heard_until_it_is_stopped(meeting: Meeting) -> None:
    alice, keeper = await meeting.join("alice"), Keeper(meeting)
    answer = await keeper.start({"bot": "pattern", "colour": TEAL, "tone": 700, "fps": 10}, "pat")
    assert answer.status_code == 201, answer.text
    await alice.sees("pat", (0, 128, 128))
    await alice.hears("pat", 700)
    bob = await meeting.join("bob")
    await bob.sees("pat", (0, 128, 128))
    assert await keeper.identities() == ["pat"]

    assert (await keeper.stop("pat")).status_code == 200
    await alice.until("participant_disconnected", "pat")
    assert await keeper.identities() == []
    assert (await keeper.stop("pat")).status_code == 404


async def test_a_bot_that_is_removed_or_has_shown_all_is_gone(meeting: Meeting) -> None:
    alice, keeper = await meeting.join("alice"), Keeper(meeting)
    await keeper.start({"bot": "pattern", "fps": 5}, "removed")
    await alice.knows("removed")
    await meeting.api.room.remove_participant(_identity(meeting, "removed"))
    await alice.until("participant_disconnected", "removed")
    await keeper.start({"bot": "pattern", "fps": 5, "seconds": 1}, "short")
    await alice.until("participant_disconnected", "short")

    async def gone() -> bool:
        return await keeper.identities() == []

    assert await gone()


async def test_an_echo_sends_back_what_somebody_sends(meeting: Meeting) -> None:
    alice, keeper = await meeting.join("alice"), Keeper(meeting)
    await alice.publish_tone(450)
    await alice.publish_picture(BLUE)
    answer = await keeper.start({"bot": "echo", "whom": "alice", "delay": 0.5}, "echo")
    assert answer.status_code == 201, answer.text
    await alice.hears("echo", 450)
    await alice.sees("echo", BLUE)


async def test_viewers_are_counted_like_everybody(meeting: Meeting) -> None:
    alice, keeper = await meeting.join("alice"), Keeper(meeting)
    answer = await keeper.start({"bot": "watch", "count": 3}, "fan")
    assert [bot["identity"] for bot in answer.json()] == ["fan-1", "fan-2", "fan-3"]
    for number in (1, 2, 3):
        await alice.knows(f"fan-{number}")


@pytest.mark.parametrize(
    ("codecs", "container"),
    [(("libx264", "aac"), "mp4"), (("libvpx", "libopus"), "webm")],
    ids=["transcoded", "as it is"],
)
async def test_a_film_is_played(tmp_path: Path, codecs: tuple[str, str], container: str) -> None:
    films = tmp_path / "data" / "films"
    films.mkdir(parents=True)
    film(films / f"film.{container}", *codecs)
    async with running_server(tmp_path) as server:
        await _film_is_seen(server, f"film.{container}")


async def _film_is_seen(server: RunningServer, name: str) -> None:
    meeting = Meeting(server)
    try:
        alice, keeper = await meeting.join("alice"), Keeper(meeting)
        answer = await keeper.start({"bot": "play", "path": name, "loop": True}, "film")
        assert answer.status_code == 201, answer.text
        await alice.sees("film", (0, 128, 128))
        await alice.hears("film", 500)
        await until(lambda: alice.picture("film").frames > 60, lambda: "the film begins again", 20)
    finally:
        await meeting.close()


@pytest.mark.parametrize("suffix", ["wav", "ogg"], ids=["encoded", "as it is"])
async def test_a_bot_speaks_as_long_as_it_is_heard(tmp_path: Path, suffix: str) -> None:
    films = tmp_path / "data" / "films"
    films.mkdir(parents=True)
    tone(films / f"loud.{suffix}", 0.4)
    tone(films / f"quiet.{suffix}", 0.015)
    async with running_server(tmp_path) as server:
        meeting = Meeting(server)
        try:
            alice, keeper = await meeting.join("alice"), Keeper(meeting)
            for name in ("quiet", "loud"):
                answer = await keeper.start({"bot": "play", "path": f"{name}.{suffix}", "loop": True}, name)
                assert answer.status_code == 201, answer.text
                sound = alice.sound(name)
                await until(lambda sound=sound: sound.level > 0.005, lambda name=name: f"{name} is heard")
            await until(lambda: alice.speakers == ["loud"], lambda: f"one bot speaks, not {alice.speakers}")
            (sid,) = alice.other("loud").track_publications
            mute = api.MuteRoomTrackRequest(room=meeting.name, identity="loud", track_sid=sid, muted=True)
            await meeting.api.room.mute_published_track(mute)
            await until(lambda: alice.speakers == [], lambda: f"nobody speaks, not {alice.speakers}")
            told = [happening.details[0] for happening in alice.told("active_speakers_changed")]
            assert "quiet" not in {one.identity for speakers in told for one in speakers}
        finally:
            await meeting.close()


async def test_what_cannot_be_played_is_refused(meeting: Meeting) -> None:
    await meeting.join("alice")
    keeper = Keeper(meeting)
    for does, status in [
        ({"bot": "play", "path": "../../etc/passwd"}, 404),
        ({"bot": "play", "path": "/etc/passwd"}, 404),
        ({"bot": "echo", "whom": "nobody"}, 404),
        ({"bot": "pattern", "width": 10_000}, 400),
        ({"bot": "pattern", "fps": 0}, 400),
        ({"bot": "dance"}, 400),
        ({"bot": "watch", "count": 100_000}, 400),
    ]:
        answer = await keeper.start(does)
        assert answer.status_code == status, (does, answer.text)
        assert answer.json()["detail"]
    assert await keeper.identities() == []


async def test_bots_are_for_who_may_administer_the_room(meeting: Meeting) -> None:
    url = f"{meeting.server.http_url}/api/rooms/{meeting.name}/bots"
    body = {"does": {"bot": "pattern"}}
    async with httpx.AsyncClient() as http:
        assert (await http.post(url, json=body)).status_code == 401
        for token in (meeting.token("a"), meeting.token("a", room_admin=True, room="elsewhere")):
            answer = await http.post(url, json=body, headers={"authorization": f"Bearer {token}"})
            assert answer.status_code == 403


def _identity(meeting: Meeting, identity: str) -> Any:
    return api.RoomParticipantIdentity(room=meeting.name, identity=identity)


def film(path: Path, video_codec: str, audio_codec: str, seconds: int = 3) -> None:
    """A film of a teal picture and a tone of 500 Hz."""
    with av.open(str(path), "w") as container:
        video: Any = container.add_stream(video_codec, 15)
        video.width, video.height, video.pix_fmt = 320, 240, "yuv420p"
        audio: Any = container.add_stream(audio_codec, 48_000)
        audio.layout = "stereo"
        picture = VideoFrame.from_ndarray(np.full((240, 320, 3), (0, 128, 128), np.uint8), format="rgb24")
        for index in range(15 * seconds):
            picture.pts = index
            container.mux(video.encode(picture.reformat(format="yuv420p")))
            start = index * 3200
            wave = 0.4 * np.sin(2 * np.pi * 500 * np.arange(start, start + 3200) / 48_000)
            pcm = np.repeat((wave * 32767).astype(np.int16), 2).reshape(1, -1)
            sound = AudioFrame.from_ndarray(pcm, format="s16", layout="stereo")
            sound.sample_rate, sound.pts = 48_000, start
            container.mux(audio.encode(sound))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))


def tone(path: Path, peak: float, seconds: int = 3) -> None:
    """A tone of 500 Hz."""
    with av.open(str(path), "w") as container:
        audio: Any = container.add_stream("pcm_s16le" if path.suffix == ".wav" else "libopus", 48_000)
        audio.layout = "stereo"
        wave = peak * np.sin(2 * np.pi * 500 * np.arange(48_000 * seconds) / 48_000)
        pcm = np.repeat((wave * 32767).astype(np.int16), 2).reshape(1, -1)
        sound = AudioFrame.from_ndarray(pcm, format="s16", layout="stereo")
        sound.sample_rate, sound.pts = 48_000, 0
        container.mux(audio.encode(sound))
        container.mux(audio.encode(None))
