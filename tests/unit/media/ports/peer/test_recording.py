"""A broadcast of somebody else becomes a file that plays."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import pytest

from roomful.media.ports.bot.plan import Pattern
from roomful.media.ports.frames import Codec
from roomful.media.ports.peer import Recording, pattern
from roomful.media.ports.peer.viewing import Taken
from roomful.media.ports.scene.clock import SECOND
from roomful.p2p import EndpointId

START = 1_800_000_000 * SECOND
REMOTE = EndpointId(bytes(range(32)))


def broadcast(name: str) -> Any:
    return SimpleNamespace(name=name, remote=REMOTE)


class Readers:
    def is_read(self, track: int) -> bool:
        return True

    def keyframe_due(self, track: int) -> bool:
        return False


def frames(seconds: float) -> list[Taken]:
    programme = pattern(Pattern(width=320, height=180, fps=10, seconds=seconds), lambda: 0)(Readers())
    codecs = (Codec.H264, Codec.OPUS)
    return [Taken(codecs[shot.track], shot.data, shot.keyframe, START + shot.at) for shot in programme.shots()]


def test_pictures_and_sound_are_in_one_file(tmp_path: Path) -> None:
    recording = Recording.of(broadcast("camera"), tmp_path)
    for frame in frames(3):
        recording.take(frame)
    assert recording.close()
    assert recording.path.name == f"{REMOTE.short}-camera.mkv"
    with av.open(str(recording.path)) as container:
        assert [stream.codec_context.name for stream in container.streams] == ["h264", "opus"]
        counts = {"video": 0, "audio": 0}
        for decoded in container.decode():
            kind = "video" if isinstance(decoded, av.VideoFrame) else "audio"
            counts[kind] += 1
            assert decoded.time is not None
            assert -0.1 <= decoded.time < 3.1
    assert counts["video"] == 30
    assert counts["audio"] == pytest.approx(150, abs=3)


def test_a_track_alone_waits_a_while_for_the_other_and_then_has_the_file(tmp_path: Path) -> None:
    recording = Recording.of(broadcast("camera"), tmp_path)
    sound = [frame for frame in frames(3) if frame.codec is Codec.OPUS]
    for frame in sound[:100]:
        recording.take(frame)
    assert not recording.path.exists()
    for frame in sound[100:]:
        recording.take(frame)
    assert recording.path.exists()
    assert recording.close()


def test_what_begins_without_a_keyframe_begins_at_the_next(tmp_path: Path) -> None:
    recording = Recording.of(broadcast("camera"), tmp_path)
    pictures = [frame for frame in frames(2) if frame.codec is Codec.H264][2:]
    late = [frame.keyframe for frame in pictures].index(True)
    assert late > 0
    for frame in pictures:
        recording.take(frame)
    assert recording.close()
    with av.open(str(recording.path)) as container:
        assert sum(1 for _ in container.decode(video=0)) == len(pictures) - late


def test_nothing_makes_no_file(tmp_path: Path) -> None:
    recording = Recording.of(broadcast("camera"), tmp_path)
    recording.take(Taken(Codec.H264, b"\0\0\0\1\x41no picture", keyframe=True, wall_ns=START))
    assert not recording.close()
    assert not list(tmp_path.iterdir())


def test_names_are_no_paths_and_a_file_is_never_written_twice(tmp_path: Path) -> None:
    first = Recording.of(broadcast("../../etc/passwd"), tmp_path)
    assert first.path == tmp_path / f"{REMOTE.short}-_etc_passwd.mkv"
    first.path.touch()
    assert Recording.of(broadcast("../../etc/passwd"), tmp_path).path.name.endswith("_etc_passwd-2.mkv")
