"""All kinds of outputs at once, from one encoder of each kind."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import pytest

from roomful.media.ports.compositor import FileKind, FileOutput, ImageOutput, SegmentOutput, Suffix
from roomful.media.ports.frames import Codec
from tests.unit.media.ports.recorder.footage import SECOND, START, in_order, opus, track, video
from tests.unit.media.ports.recorder.watching import watch

Compose = Callable[..., Any]


def meeting(seconds: float = 4) -> list[Any]:
    tracks = [track(1, Codec.VP8), track(2, Codec.OPUS)]
    return [*tracks, *in_order(video(1, Codec.VP8, seconds), opus(2, seconds))]


def codecs(path: Path) -> list[str]:
    with av.open(str(path)) as container:
        return [stream.codec_context.name for stream in container.streams]


def test_a_file_is_named_after_its_template_and_never_written_over(compose: Compose, tmp_path: Path) -> None:
    output = FileOutput(directory=str(tmp_path), path="{room_name}/{time}.mp4")
    infos = [compose(meeting(0.5), outputs=[output]).desk.files[0].info() for _ in range(2)]
    assert [info.key for info in infos] == ["standup/2023-11-14T221320.mp4", "standup/2023-11-14T221320-2.mp4"]
    for info in infos:
        assert info.size == Path(info.path).stat().st_size
        assert info.duration_ns == pytest.approx(SECOND / 2, abs=0.06 * SECOND)
        assert (info.open, info.started_at_ns) == (False, START)


def test_containers_hold_what_belongs_into_them(compose: Compose, tmp_path: Path) -> None:
    compose(meeting(1), outputs=[FileOutput(directory=str(tmp_path), path="room", kind=kind) for kind in FileKind])
    assert codecs(tmp_path / "room.mp4") == ["h264", "aac"]
    assert codecs(tmp_path / "room.ogg") == ["opus"]
    assert codecs(tmp_path / "room.mp3")[0].startswith("mp3")
    assert watch(tmp_path / "room.ogg").beeps == pytest.approx([0], abs=0.03)


@pytest.mark.parametrize(("field", "expected"), [("audio_only", ["aac"]), ("video_only", ["h264"])])
def test_one_of_both_can_be_left_out(compose: Compose, tmp_path: Path, field: str, expected: list[str]) -> None:
    compose(meeting(1), **{field: True})
    assert codecs(tmp_path / "room.mp4") == expected
    assert watch(tmp_path / "room.mp4").seconds == pytest.approx(1, abs=0.1)


def test_segments_play_alone_and_together(compose: Compose, tmp_path: Path) -> None:
    output = SegmentOutput(directory=str(tmp_path), prefix="hls/room", playlist_name="index.m3u8", segment_seconds=1)
    session = compose(meeting(3.5), outputs=[output])
    info = session.desk.segments[0].info()
    assert (info.playlist_key, info.prefix, info.count, info.open) == ("hls/index.m3u8", "hls/room", 4, False)
    assert info.duration_ns == pytest.approx(3.5 * SECOND, abs=0.1 * SECOND)
    names = [f"room_{n:05}.ts" for n in range(1, 5)]
    lines = Path(info.playlist).read_text().splitlines()
    assert [line for line in lines if not line.startswith("#")] == names
    assert {"#EXTM3U", "#EXT-X-PLAYLIST-TYPE:EVENT", "#EXT-X-TARGETDURATION:1", "#EXT-X-ENDLIST"} <= set(lines)
    assert info.size == sum((tmp_path / "hls" / name).stat().st_size for name in names)
    for name in names:
        segment = watch(tmp_path / "hls" / name)
        assert len(segment.pictures) in {13, 25}, "it begins with a keyframe"
    whole = watch(info.playlist)
    assert len(whole.pictures) == pytest.approx(88, abs=1)
    assert whole.beeps == pytest.approx([0, 1, 2, 3], abs=0.05)


def test_the_live_playlist_has_the_newest_five(compose: Compose, tmp_path: Path) -> None:
    output = SegmentOutput(
        directory=str(tmp_path),
        prefix="room",
        live_playlist_name="live.m3u8",
        segment_seconds=0.5,
        suffix=Suffix.TIMESTAMP,
    )
    compose(meeting(4), outputs=[output], fps=30)
    lines = (tmp_path / "live.m3u8").read_text().splitlines()
    names = [line for line in lines if not line.startswith("#")]
    assert names == [f"room_202311142213{second}.ts" for second in ("21500", "22000", "22500", "23000", "23500")]
    assert "#EXT-X-MEDIA-SEQUENCE:3" in lines
    assert not [line for line in lines if "PLAYLIST-TYPE" in line]
    assert watch(tmp_path / "live.m3u8").seconds > 2


def test_a_stream_without_end_keeps_its_newest_segments(compose: Compose, tmp_path: Path) -> None:
    output = SegmentOutput(
        directory=str(tmp_path), prefix="s", playlist_name="live", segment_seconds=0.5, kept_segments=6
    )
    session = compose(meeting(5), outputs=[output])
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "live.m3u8",
        *(f"s_{number:05}.ts" for number in range(5, 11)),
    ]
    lines = (tmp_path / "live.m3u8").read_text().splitlines()
    assert [line for line in lines if not line.startswith("#")] == [f"s_{number:05}.ts" for number in range(6, 11)]
    assert {"#EXT-X-MEDIA-SEQUENCE:5", "#EXT-X-TARGETDURATION:1", "#EXT-X-ENDLIST"} <= set(lines)
    info = session.desk.segments[0].info()
    assert (info.count, info.duration_ns) == (10, pytest.approx(5 * SECOND, abs=0.1 * SECOND))


def test_segments_of_sound_alone(compose: Compose, tmp_path: Path) -> None:
    output = SegmentOutput(directory=str(tmp_path), prefix="room", segment_seconds=1)
    compose(meeting(3), outputs=[output], audio_only=True)
    assert watch(tmp_path / "room.m3u8").beeps == pytest.approx([0, 1, 2], abs=0.05)


def test_a_second_composition_of_the_same_name_keeps_the_first(compose: Compose, tmp_path: Path) -> None:
    output = SegmentOutput(directory=str(tmp_path), prefix="room", segment_seconds=1)
    for _ in range(2):
        compose(meeting(1), outputs=[output])
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "room-2.m3u8",
        "room-2_00001.ts",
        "room.m3u8",
        "room_00001.ts",
    ]


@pytest.mark.parametrize(
    ("suffix", "names"),
    [
        (Suffix.INDEX, ["still_00001.jpeg", "still_00002.jpeg", "still_00003.jpeg"]),
        (Suffix.TIMESTAMP, [f"still_2023111422132{n}000.jpeg" for n in range(3)]),
        (Suffix.NONE, ["still.jpeg"]),
    ],
)
def test_stills_are_made_in_their_interval(compose: Compose, tmp_path: Path, suffix: Suffix, names: list[str]) -> None:
    output = ImageOutput(
        directory=str(tmp_path), prefix="still", interval_seconds=1, width=160, height=90, suffix=suffix
    )
    session = compose(meeting(3), outputs=[output])
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    with av.open(str(tmp_path / names[0])) as image:
        (frame,) = image.decode(video=0)
        assert (frame.width, frame.height) == (160, 90)
    info = session.desk.stills[0].info()
    assert (info.count, info.ended_at_ns) == (3, START + 2 * SECOND)
