"""A film keeps time, over pauses and jumps too. Its file is real, its clock is not."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import msgspec
import numpy as np
import pytest
from av.video.frame import VideoFrame

from roomful.media.ports.bot.film import Film
from roomful.media.ports.bot.plan import Command, FilmStatus, Pause, Resume, Seek
from roomful.media.ports.bot.playback import LAST_FRAME_NS, LEAD_NS, PAUSE_SECONDS, Playback
from roomful.media.ports.scene.clock import SECOND

START = 1_000 * SECOND
FPS, KEYFRAME_EVERY, SECONDS = 10, 10, 4


class Stage:
    """Who takes frames and gives commands, each at a time of its own after the first frame."""

    def __init__(
        self, path: Path, orders: list[tuple[float, Command]], *, loop: bool = False, enough: int = 1000
    ) -> None:
        self.now = START
        self.sent: list[tuple[float, float]] = []
        """When, and at which time of the stream, in seconds since the first frame."""
        self.reports: list[FilmStatus] = []
        self._orders = [(START + LEAD_NS + round(at * SECOND), order) for at, order in orders]
        self._heard: list[bytes] = []
        self._enough = enough
        sender: Any = self
        playback = Playback(lambda: Film(str(path), lambda _: False), sender, self, loop=loop, clock=lambda: self.now)
        with contextlib.suppress(StopIteration):
            playback.run()

    def start(self, number: int, codec: object, info: object, channels: int = 0) -> None:
        pass

    def rest(self, within: float) -> None:
        until = self.now + round(within * SECOND)
        if self._orders and self._orders[0][0] <= until:
            self.now = max(self.now, self._orders[0][0])
            while self._orders and self._orders[0][0] <= self.now:
                self._heard.append(msgspec.json.encode(self._orders.pop(0)[1]))
        else:
            self.now = until

    def commands(self) -> list[bytes]:
        heard, self._heard = self._heard, []
        return heard

    def send(self, *told: Any, **more: Any) -> None:
        """A report, or a frame."""
        if isinstance(told[0], FilmStatus):
            self.reports.append(told[0])
            return
        assert told[2] <= self.now, "no frame is early"
        self.sent.append(((self.now - START - LEAD_NS) / SECOND, told[1] / SECOND))
        if len(self.sent) == self._enough:
            raise StopIteration

    def position(self, after: float) -> float:
        return self.reports[-1].position_at((START + LEAD_NS) / SECOND + after)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds with a keyframe each second."""
    path = tmp_path_factory.mktemp("films") / "film.webm"
    with av.open(str(path), "w") as container:
        video: Any = container.add_stream("libvpx", FPS)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        video.options = {"g": str(KEYFRAME_EVERY), "keyint_min": str(KEYFRAME_EVERY)}
        for index in range(FPS * SECONDS):
            picture = VideoFrame.from_ndarray(np.full((48, 64, 3), index, np.uint8), format="rgb24")
            picture.pts = index
            container.mux(video.encode(picture.reformat(format="yuv420p")))
        container.mux(video.encode())
    return path


@pytest.fixture
def played(film: Path) -> Callable[..., Stage]:
    return lambda orders, **options: Stage(film, orders, **options)


def test_frames_come_in_time(played: Callable[..., Stage]) -> None:
    stage = played([])
    assert [at for at, _ in stage.sent] == pytest.approx([index / FPS for index in range(FPS * SECONDS)], abs=0.002)
    assert [at for at, _ in stage.sent] == pytest.approx([at for _, at in stage.sent], abs=1e-6)
    assert stage.reports[0].duration == pytest.approx(SECONDS, abs=0.2)
    assert stage.position(1.5) == pytest.approx(1.5, abs=0.06)
    assert stage.position(99) == stage.reports[0].duration


def test_a_pause_moves_what_follows(played: Callable[..., Stage]) -> None:
    length = 2.5 * PAUSE_SECONDS
    stage = played([(1.05, Pause()), (1.05 + length, Resume())])
    assert len(stage.sent) == FPS * SECONDS
    assert stage.sent[10][0] == pytest.approx(1.0, abs=0.002)
    assert stage.sent[11] == pytest.approx((1.1 + length, 1.1 + length), abs=0.002)
    paused, going = stage.reports[1:]
    assert (paused.paused, going.paused) == (True, False)
    assert paused.position_at(paused.at + 60) == going.position == pytest.approx(1.05, abs=0.002)


def test_it_goes_on_from_the_keyframe_before_a_place(played: Callable[..., Stage]) -> None:
    stage = played([(0.55, Seek(position=2.7))])
    assert stage.sent[5][0] == pytest.approx(0.5, abs=0.002)
    assert stage.sent[6] == pytest.approx((0.55 + LEAD_NS / SECOND,) * 2, abs=0.002)
    assert len(stage.sent) == 6 + 2 * FPS, "from second 2 to 4"
    assert stage.reports[-1].position == pytest.approx(2 - LEAD_NS / SECOND, abs=0.01)
    assert stage.sent[-1][0] == pytest.approx(0.6 + 1.9, abs=0.002)


def test_what_is_put_elsewhere_while_it_is_paused_stays_paused(played: Callable[..., Stage]) -> None:
    stage = played([(1.05, Pause()), (2, Seek(position=0)), (3, Pause()), (4, Resume())])
    assert [one.paused for one in stage.reports] == [False, True, True, True, False]
    assert len(stage.sent) == 11 + FPS * SECONDS
    assert stage.sent[11][0] == pytest.approx(4 + LEAD_NS / SECOND, abs=0.01)


def test_what_is_asked_at_once_is_done_at_once(played: Callable[..., Stage]) -> None:
    stage = played([(1.05, Pause()), (2, Seek(position=3)), (2, Resume())])
    assert len(stage.sent) == 11 + FPS
    assert stage.sent[11][0] == pytest.approx(2 + LEAD_NS / SECOND, abs=0.01)
    assert not stage.reports[-1].paused


def test_it_begins_again(played: Callable[..., Stage]) -> None:
    stage = played([], loop=True, enough=FPS * SECONDS + 5)
    again = (FPS * SECONDS - 1) / FPS + LAST_FRAME_NS / SECOND
    assert stage.sent[FPS * SECONDS][0] == pytest.approx(again, abs=0.005)
    assert stage.position(again + 1) == pytest.approx(1, abs=0.06)
