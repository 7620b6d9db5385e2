"""The window of a live stream: what playlists list, what can be waited for, and what is deleted when."""

import base64
from typing import Any

import msgspec
import pytest

from roomful.protocols.room_signals.uploads import livestream
from roomful.protocols.room_signals.uploads.livestream import KEPT_SECONDS, Livestream, StreamFull, pieces
from roomful.protocols.room_signals.uploads.messages import BadSignal, decode


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


class Streamer:
    """Sends up a stream with one variant."""

    def __init__(self, *, part_target: float | None = 1.0) -> None:
        self.stream = Livestream()
        self.now = 1000.0
        self._count = 0
        variant = {"id": "v", "codecs": "avc1", "bandwidth": 5, "targetDuration": 4}
        if part_target is not None:
            variant["targetPartDuration"] = part_target
        self.send("updateVariant", variant=variant, segment={"map": {"id": "init.mp4", "data": b64(b"map")}})

    def send(self, action: str, **payload: Any) -> None:
        self._count += 1
        message = {
            "action": action,
            "version": 1,
            "id": str(self._count),
            "timestamp": "1659000000123",
            "numbytes": 0,
            "payload": {"playlist": {"id": "playlist", "version": "9"}, **payload},
        }
        signal = decode(msgspec.json.encode(message))
        self.stream.check(signal)
        self.stream.apply(signal, 0, self.now)

    def part(self, segment: int, part: int, /, **more: Any) -> None:
        self.send(
            "updatePart",
            variant={"id": "v"},
            segment={"id": f"{segment}.m4s", "sequence": segment, "duration": 4.0, **more.pop("segment", {})},
            part={
                "id": f"{segment}.{part}.m4s",
                "sequence": part,
                "duration": 1.0,
                "data": b64(b"%d.%d" % (segment, part)),
                **more,
            },
        )

    def whole(self, segment: int, /, **more: Any) -> None:
        whole = {"id": f"{segment}.m4s", "sequence": segment, "duration": 4.0, "data": b64(b"%d" % segment), **more}
        self.send("updateSegment", variant={"id": "v"}, segment=whole)

    def lines(self) -> list[str]:
        return self.stream.playlists["v"].render().splitlines()

    def listed(self) -> list[str]:
        """The segments, without what stands before them."""
        return [line for line in self.lines() if not line.startswith("#")]


@pytest.fixture
def streamer() -> Streamer:
    return Streamer()


def test_the_master_playlist_lists_variants_and_renditions(streamer: Streamer) -> None:
    rendition = {
        "id": "a",
        "type": "AUDIO",
        "groupId": "g",
        "name": "English",
        "language": "en",
        "isDefault": True,
        "targetDuration": 4,
    }
    streamer.send("updateRendition", rendition=rendition, segment={"map": {"id": "a.mp4", "data": b64(b"a")}})
    assert streamer.stream.master().splitlines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:9",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="g",NAME="English",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,URI="a.m3u8"',
        '#EXT-X-STREAM-INF:BANDWIDTH=5,CODECS="avc1"',
        "v.m3u8",
    ]


def test_parts_are_listed_before_their_segment_is_there(streamer: Streamer) -> None:
    streamer.part(7, 0, independent=True)
    streamer.part(7, 1)
    assert streamer.lines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:9",
        "#EXT-X-TARGETDURATION:4",
        "#EXT-X-PART-INF:PART-TARGET=1",
        "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=3",
        "#EXT-X-MEDIA-SEQUENCE:7",
        '#EXT-X-MAP:URI="init.mp4"',
        '#EXT-X-PART:DURATION=1,URI="7.0.m4s",INDEPENDENT=YES',
        '#EXT-X-PART:DURATION=1,URI="7.1.m4s"',
    ]


def test_a_segment_that_never_comes_whole_is_made_of_its_parts_when_the_next_begins(streamer: Streamer) -> None:
    streamer.part(0, 0)
    streamer.part(0, 1)
    assert streamer.stream.stored_as("0.m4s") == []
    streamer.part(1, 0)
    assert streamer.listed() == ["0.m4s"]
    assert "#EXTINF:2," in streamer.lines()
    assert streamer.stream.stored_as("0.m4s") == ["0.0.m4s", "0.1.m4s"]


def test_a_segment_that_comes_whole_after_its_parts_is_stored_as_one(streamer: Streamer) -> None:
    streamer.part(0, 0)
    streamer.whole(0)
    assert streamer.stream.stored_as("0.m4s") == ["0.m4s"]
    assert streamer.listed() == ["0.m4s"]


def test_a_whole_segment_may_still_come_when_the_next_one_has_begun(streamer: Streamer) -> None:
    streamer.part(0, 0)
    streamer.part(1, 0)
    streamer.whole(0)
    assert streamer.stream.stored_as("0.m4s") == ["0.m4s"]
    assert streamer.listed() == ["0.m4s"]


def test_playlists_hold_no_media(streamer: Streamer) -> None:
    streamer.part(0, 0)
    [segment] = streamer.stream.playlists["v"].segments
    assert [part.data for part in segment.parts] == [b""], "it is in the storage"


def test_parts_are_listed_for_the_last_three_segments_only(streamer: Streamer) -> None:
    for segment in range(5):
        streamer.part(segment, 0)
    parts = [line for line in streamer.lines() if line.startswith("#EXT-X-PART:")]
    assert [line.split('"')[1] for line in parts] == [f"{segment}.0.m4s" for segment in (1, 2, 3, 4)]


def test_the_window_keeps_six_segments_and_thirty_seconds(streamer: Streamer) -> None:
    for segment in range(12):
        streamer.whole(segment)
    assert streamer.listed() == [f"{segment}.m4s" for segment in range(4, 12)]
    assert "#EXT-X-MEDIA-SEQUENCE:4" in streamer.lines()


def test_pieces_are_deleted_a_minute_after_they_left_the_window(streamer: Streamer) -> None:
    for segment in range(9):
        streamer.part(segment, 0)
        streamer.whole(segment)
    before = streamer.stream.stored_bytes
    assert streamer.stream.take_gone(streamer.now + KEPT_SECONDS - 1) == []
    assert streamer.stream.stored_as("0.m4s") == ["0.m4s"]
    assert streamer.stream.take_gone(streamer.now + KEPT_SECONDS) == ["0.m4s", "0.0.m4s"]
    assert streamer.stream.stored_as("0.m4s") == []
    assert streamer.stream.stored_bytes == before - len("0") - len("0.0")


def test_after_the_end_the_playlist_ends_and_a_minute_later_all_is_gone(streamer: Streamer) -> None:
    streamer.part(0, 0)
    streamer.stream.end(streamer.now)
    assert streamer.lines()[-3:] == ["#EXTINF:1,", "0.m4s", "#EXT-X-ENDLIST"]
    with pytest.raises(BadSignal, match="over"):
        streamer.part(0, 1)
    assert not streamer.stream.is_over(streamer.now + KEPT_SECONDS - 1)
    assert sorted(streamer.stream.take_gone(streamer.now + KEPT_SECONDS)) == ["0.0.m4s", "init.mp4"]
    assert streamer.stream.stored_bytes == 0


def test_missing_segments_are_gaps(streamer: Streamer) -> None:
    streamer.whole(0)
    streamer.whole(2)
    lines = streamer.lines()
    place = lines.index("#EXT-X-GAP")
    assert lines[place : place + 3] == ["#EXT-X-GAP", "#EXTINF:4,", "missing-1"]
    assert streamer.stream.stored_as("missing-1") == []


def test_discontinuities_dates_and_new_initialization_sections_stand_before_their_segment(streamer: Streamer) -> None:
    streamer.whole(0)
    fresh = {"id": "second.mp4", "data": b64(b"2")}
    streamer.whole(1, discontinuity=True, programDateTime="1659000000123", map=fresh)
    streamer.whole(2)
    assert streamer.lines()[5:] == [
        "#EXT-X-MEDIA-SEQUENCE:0",
        '#EXT-X-MAP:URI="init.mp4"',
        "#EXTINF:4,",
        "0.m4s",
        '#EXT-X-MAP:URI="second.mp4"',
        "#EXT-X-DISCONTINUITY",
        "#EXT-X-PROGRAM-DATE-TIME:2022-07-28T09:20:00.123Z",
        "#EXTINF:4,",
        "1.m4s",
        "#EXTINF:4,",
        "2.m4s",
    ]
    for segment in range(3, 12):
        streamer.whole(segment)
    assert "#EXT-X-DISCONTINUITY-SEQUENCE:1" in streamer.lines()


def test_what_can_be_waited_for(streamer: Streamer) -> None:
    playlist = streamer.stream.playlists["v"]
    streamer.part(4, 0)
    assert playlist.reaches(3, None)
    assert playlist.reaches(4, 0)
    assert not playlist.reaches(4, 1)
    assert not playlist.reaches(4, None)
    assert not playlist.is_too_far(6)
    assert playlist.is_too_far(7)
    streamer.whole(4)
    assert playlist.reaches(4, None)
    assert not playlist.reaches(4, 1), "a part beyond the end is the first one of the next segment"
    streamer.part(5, 0)
    assert playlist.reaches(4, 1)
    streamer.stream.end(streamer.now)
    assert playlist.reaches(100, 3), "nothing more comes"


def test_some_count_parts_from_one(streamer: Streamer) -> None:
    streamer.part(0, 1)
    streamer.part(0, 2)
    streamer.part(1, 1)
    with pytest.raises(BadSignal, match="the next one is 2"):
        streamer.part(1, 3)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda one: one.part(3, 0), "too late"),
        (lambda one: one.part(5, 0), "the next one is 1"),
        (lambda one: one.part(50, 0), "too far ahead"),
        (lambda one: one.part(5, 1, id="5.0.m4s"), "the name of something else"),
        (lambda one: one.part(5, 1, id="init.mp4"), "the name of something else"),
        (lambda one: one.part(5, 1, data=""), "empty"),
        (lambda one: one.part(5, 1, segment={"id": "other.m4s"}), "is called 5.m4s"),
        (lambda one: one.part(6, 0, segment={"map": {"id": "new.mp4"}}), "new.mp4 is unknown"),
        (lambda one: one.whole(6, id="v.m3u8"), "the name of something else"),
        (
            lambda one: one.send(
                "updateVariant",
                variant={"id": "playlist", "targetDuration": 4},
                segment={"map": {"id": "m", "data": b64(b"m")}},
            ),
            "playlist is the name",
        ),
        (
            lambda one: one.send(
                "updateSegment",
                variant={"id": "w"},
                segment={"id": "x", "sequence": 0, "duration": 1.0, "data": b64(b"x")},
            ),
            "w is unknown",
        ),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(streamer: Streamer, wrong: Any, message: str) -> None:
    streamer.whole(4)
    streamer.part(5, 0)
    before, size = streamer.lines(), streamer.stream.stored_bytes
    with pytest.raises(BadSignal, match=message):
        wrong(streamer)
    assert (streamer.lines(), streamer.stream.stored_bytes) == (before, size)


def test_a_stream_takes_so_much_and_no_more(streamer: Streamer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(livestream, "MAX_STORED_BYTES", 10)
    streamer.whole(0)
    with pytest.raises(StreamFull):
        streamer.whole(1, data=b64(b"1234567"))


def test_a_signal_brings_at_most_the_section_and_one_piece() -> None:
    body = {
        "action": "updatePart",
        "version": 1,
        "id": "m",
        "timestamp": "1",
        "payload": {
            "playlist": {"id": "playlist", "version": 9},
            "variant": {"id": "v"},
            "segment": {"id": "s", "sequence": 0, "duration": 1.0, "map": {"id": "i", "data": b64(b"i")}},
            "part": {"id": "p", "sequence": 0, "duration": 1.0, "data": b64(b"p")},
        },
    }
    assert list(pieces(decode(msgspec.json.encode(body)).payload)) == [("i", b"i"), ("p", b"p")]


@pytest.mark.parametrize(
    "change",
    [
        {"action": "deleteAll"},
        {"version": 2},
        {"id": ""},
        {"timestamp": "yesterday"},
        {"timestamp": 5},
        {"payload": {}},
        {"payload": {"playlist": {"id": ".."}}},
        {"payload": {"playlist": {"id": "a/b"}}},
        {"payload": {"playlist": {"id": "p"}, "variant": {"id": "v"}, "segment": {"id": "s"}}},
        {
            "payload": {
                "playlist": {"id": "p"},
                "variant": {"id": "v"},
                "rendition": {"id": "r"},
                "segment": {"id": "s", "sequence": 0, "duration": 1.0, "data": "AA=="},
            }
        },
        {
            "action": "updateVariant",
            "payload": {
                "playlist": {"id": "p"},
                "variant": {"id": "v", "codecs": 'a"\n#EXT-X-ENDLIST'},
                "segment": {"map": {"id": "m", "data": "AA=="}},
            },
        },
        {
            "payload": {
                "playlist": {"id": "p"},
                "variant": {"id": "v"},
                "segment": {"id": "s", "sequence": 0, "duration": -1, "data": "AA=="},
            }
        },
    ],
)
def test_malformed_signals_are_refused(change: dict[str, Any]) -> None:
    good = {"action": "updateSegment", "version": 1, "id": "m", "timestamp": "1"}
    with pytest.raises(BadSignal):
        decode(msgspec.json.encode(good | change))


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"\xff"'])
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(BadSignal):
        decode(body)
