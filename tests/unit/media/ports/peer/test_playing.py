"""Films and patterns as peers get them: H.264 and Opus, encoded only where that has to be and somebody reads them."""

import io
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame

from roomful.media.ports.bot.plan import Pattern
from roomful.media.ports.bridge.h264 import codec_string
from roomful.media.ports.peer import Player, film, pattern
from roomful.media.ports.peer.programme import OPUS, Demand, Offer, Opening, Programme, Shot, video_offer
from roomful.media.ports.scene.clock import SECOND
from roomful.media.ports.worker.states import Failed
from roomful.p2p import IrohRoomsError, PublishError, Source, VideoConfig

FPS, SECONDS = 10, 3


class Readers:
    """Somebody reads these tracks, from now on."""

    def __init__(self, *tracks: int) -> None:
        self.tracks = set(tracks)
        self.due = set(tracks)

    def is_read(self, track: int) -> bool:
        return track in self.tracks

    def keyframe_due(self, track: int) -> bool:
        due = track in self.due
        self.due.discard(track)
        return due


class Writer:
    """What is written into a track."""

    def __init__(self, *, subscribed: bool = True, over: bool = False) -> None:
        self.subscribed = subscribed
        self.over = over
        self.written: list[tuple[int, bytes, bool]] = []

    def write(self, timestamp_us: int, payload: bytes, *, keyframe: bool) -> bool:
        if self.over:
            raise PublishError("it is closed")
        self.written.append((timestamp_us, payload, keyframe))
        return True


class Numbers:
    """A programme whose frames are numbers, in two tracks."""

    live = False

    def __init__(self, count: int) -> None:
        self._count = count
        self.offers: Sequence[Offer] = [video_offer("avc3.42e01f", 320, 180, 10), Offer("audio/opus-hq", OPUS)]

    def shots(self) -> Iterator[Shot]:
        for number in range(self._count):
            yield Shot(number % 2, number * SECOND // 10, b"%d" % number, keyframe=number == 0)

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three seconds of pictures and sound, in codecs that peers take and in others."""
    folder = tmp_path_factory.mktemp("films")
    settings = {"tune": "zerolatency", "profile": "baseline", "g": "25"}
    for name, video_codec, audio_codec, options in [
        ("peers.mkv", "libx264", "libopus", settings),
        ("others.mkv", "mpeg4", "mp2", {}),
        ("reordered.mkv", "libx264", "libopus", {"bf": "2", "preset": "ultrafast", "x264-params": "bframes=2"}),
    ]:
        with av.open(str(folder / name), "w") as container:
            video: Any = container.add_stream(video_codec, FPS, options=options)
            video.width, video.height, video.pix_fmt = 320, 180, "yuv420p"
            audio: Any = container.add_stream(audio_codec, 48_000, layout="stereo")
            # One scene: a cut would be a keyframe of its own.
            scene = np.random.default_rng(1).integers(60, 190, (270, 320), np.uint8)
            for number in range(FPS * SECONDS):
                picture = scene.copy()
                picture[:180, number : number + 20] = 235
                container.mux(video.encode(VideoFrame.from_ndarray(picture, "yuv420p")))
            sound: Any = AudioFrame.from_ndarray(np.zeros((1, 2 * 48_000), np.int16), "s16", "stereo")
            for _ in range(SECONDS):
                sound.sample_rate, sound.pts = 48_000, None
                container.mux(audio.encode(sound))
            for stream in (video, audio):
                container.mux(stream.encode(None))
    return folder


def shots_of(opening: Opening, demand: Demand) -> tuple[Programme, dict[int, list[Shot]]]:
    programme = opening(demand)
    found: dict[int, list[Shot]] = {0: [], 1: []}
    for shot in programme.shots():
        found[shot.track].append(shot)
    programme.close()
    return programme, found


def decoded(codec: str, shots: list[Shot]) -> list[Any]:
    decoder: Any = av.CodecContext.create(codec, "r")
    return [frame for shot in shots for frame in decoder.decode(av.Packet(shot.data))]


@pytest.mark.parametrize("name", ["others.mkv", "reordered.mkv"])
def test_a_film_in_other_codecs_is_encoded_with_a_keyframe_each_second(films: Path, name: str) -> None:
    programme, shots = shots_of(film(str(films / name)), Readers(0, 1))
    assert [offer.name for offer in programme.offers] == ["video/h264-180p", "audio/opus-hq"]
    pictures = shots[0]
    assert [shot.at for shot in pictures if shot.keyframe] == pytest.approx([0, SECOND, 2 * SECOND], abs=SECOND // 4)
    assert len(decoded("h264", pictures)) == len(pictures) >= FPS * SECONDS - 2
    assert len(decoded("libopus", shots[1])) == pytest.approx(SECONDS * 50, abs=5)


def test_a_film_that_peers_can_play_goes_through_as_it_is(films: Path) -> None:
    programme, shots = shots_of(film(str(films / "peers.mkv")), Readers(0, 1))
    config = programme.offers[0].config
    assert isinstance(config, VideoConfig)
    assert (config.coded_width, config.coded_height, config.framerate) == (320, 180, FPS)
    # The first has its parameter sets, and says what the catalog says.
    assert codec_string(shots[0][0].data) == config.codec
    assert [shot.at // SECOND for shot in shots[0] if shot.keyframe] == [0, 2]
    assert len(decoded("h264", shots[0])) == FPS * SECONDS
    _, again = shots_of(film(str(films / "peers.mkv"), encode=True), Readers(0, 1))
    assert sum(shot.keyframe for shot in again[0]) == SECONDS


def test_a_film_comes_by_standard_input_too(films: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = SimpleNamespace(buffer=io.BytesIO((films / "peers.mkv").read_bytes()))
    monkeypatch.setattr("sys.stdin", given)
    programme, shots = shots_of(film("-"), Readers(0, 1))
    assert programme.live
    assert len(shots[0]) == FPS * SECONDS


@pytest.mark.parametrize("content", [None, b"no film", b""])
def test_what_is_no_film_is_refused_by_name(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "film.mp4"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Failed, match=r"film\.mp4"):
        Player(film(str(path)))


def test_a_pattern_is_encoded_while_somebody_reads_it_and_begins_with_a_keyframe() -> None:
    readers = Readers()
    programme = pattern(Pattern(width=320, height=180, fps=10, seconds=10), lambda: 0)(readers)
    shots = programme.shots()
    assert all(not shot.data for shot in itertools.islice(shots, 100))
    readers.tracks, readers.due = {0, 1}, {0}
    wanted = [shot for shot in itertools.islice(shots, 100) if shot.track == 0]
    assert wanted[0].keyframe
    assert len(decoded("h264", wanted)) == len(wanted)


async def play(player: Player, *writers: Writer) -> None:
    sources = [player.sources.camera, player.sources.audio]
    for source, writer in zip(sources, writers, strict=True):
        assert isinstance(source, Source)
        taker: Any = writer
        source.started(taker)
    await player.play()


async def test_each_track_gets_its_frames_with_their_times_and_the_next_turn_goes_on() -> None:
    turns = itertools.count()
    now = itertools.count(0, 10 * SECOND)
    camera, microphone = Writer(), Writer()

    def opening(demand: Demand) -> Programme:
        # The third turn has nothing in it, which ends it.
        return Numbers(4 if next(turns) < 2 else 0)

    await play(Player(opening, loop=True, clock=lambda: next(now)), camera, microphone)
    assert camera.written == [(0, b"0", True), (200_000, b"2", False), (340_000, b"0", True), (540_000, b"2", False)]
    assert [at for at, _, _ in microphone.written] == [100_000, 300_000, 440_000, 640_000]


async def test_a_track_whose_broadcast_is_closed_is_left_out() -> None:
    now = itertools.count(0, 10 * SECOND)
    camera, microphone = Writer(over=True), Writer()
    await play(Player(lambda demand: Numbers(6), clock=lambda: next(now)), camera, microphone)
    assert (len(camera.written), len(microphone.written)) == (0, 3)
    with pytest.raises(IrohRoomsError):
        camera.write(0, b"", keyframe=True)


def test_whoever_begins_to_read_gets_one_keyframe() -> None:
    player = Player(lambda demand: Numbers(1))
    writer: Any = Writer(subscribed=False)
    camera = player.sources.camera
    assert camera is not None
    camera.started(writer)
    asked: list[bool] = []
    for subscribed in (False, True, True, False, True):
        writer.subscribed = subscribed
        asked.append(player.keyframe_due(0))
    assert asked == [False, True, False, False, True]
    camera.stopped()
    assert not player.is_read(0)
