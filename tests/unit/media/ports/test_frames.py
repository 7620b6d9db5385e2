"""The stream of frames survives being cut anywhere, and refuses what is not one."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomful.media.ports.frames import (
    MAX_RECORD,
    BadRecord,
    Codec,
    Frame,
    FrameDecoder,
    Mark,
    Record,
    Stop,
    TrackEnded,
    TrackInfo,
    TrackStarted,
    encode,
)

numbers = st.integers(0, 2**16 - 1)
times = st.integers(-(2**63), 2**63 - 1)
levels = st.none() | st.integers(0, 127)
infos = st.builds(TrackInfo, st.text(), st.text(), st.text(), st.sampled_from(["camera", "microphone"]), st.text())
records: st.SearchStrategy[Record] = st.one_of(
    st.builds(TrackStarted, numbers, st.sampled_from(Codec), st.integers(1, 2**32 - 1), st.integers(0, 255), infos),
    st.builds(Frame, numbers, times, times, st.binary(), st.booleans(), st.booleans(), st.booleans(), levels),
    st.builds(TrackEnded, numbers),
    st.builds(Mark, times, st.dictionaries(st.text(), st.booleans())),
    st.just(Stop()),
)


@given(st.lists(records, max_size=8), st.integers(1, 40))
def test_records_come_out_as_they_went_in_however_the_stream_is_cut(sent: list[Record], piece: int) -> None:
    stream = b"".join(encode(record) for record in sent)
    decoder = FrameDecoder()
    received = [record for at in range(0, len(stream), piece) for record in decoder.feed(stream[at : at + piece])]
    assert received == sent
    assert decoder.pending == 0


def test_the_layout_is_the_documented_one() -> None:
    frame = encode(Frame(7, 90_000, 123, b"abc", keyframe=True, gap=True))
    assert frame == struct.pack("<IBHBqq", 23, 2, 7, 0b011, 90_000, 123) + b"abc"
    loud = encode(Frame(7, 90_000, 123, b"abc", level=35))
    assert loud == struct.pack("<IBHBqqB", 24, 2, 7, 0b1000, 90_000, 123, 35) + b"abc"
    started = encode(TrackStarted(1, Codec.VP9, 90_000, 0, TrackInfo("TR", "PA", "alice", "camera", "cam")))
    head = struct.unpack_from("<IBHBIB", started)
    assert head == (len(started) - 4, 1, 1, 5, 90_000, 0)
    assert started[13:] == b'{"sid":"TR","participant":"PA","identity":"alice","source":"camera","name":"cam"}'
    assert encode(Stop()) == b"\1\0\0\0\5"


def test_records_before_a_broken_one_are_not_lost() -> None:
    decoder = FrameDecoder()
    received: list[Record] = []
    with pytest.raises(BadRecord, match="unknown kind 9"):
        received.extend(decoder.feed(encode(TrackEnded(1)) + b"\1\0\0\0\x09"))
    assert received == [TrackEnded(1)]


@pytest.mark.parametrize(
    "stream",
    [
        struct.pack("<IB", MAX_RECORD + 1, 2),
        struct.pack("<I", 0),
        struct.pack("<IBH", 3, 2, 1),
        struct.pack("<IBHBqq", 20, 2, 1, 0b1000, 0, 0),
        struct.pack("<IBHBIB", 9, 1, 1, 0, 48000, 2),
        struct.pack("<IBHBIB", 9 + 2, 1, 1, 99, 48000, 2) + b"{}",
        struct.pack("<IBHBIB", 9 + 2, 1, 1, 0, 0, 2) + b"{}",
        struct.pack("<IBq", 9 + 2, 4, 0) + b"[]",
    ],
    ids=["too long", "empty", "short frame", "no level", "no JSON", "unknown codec", "no clock", "mark is no object"],
)
def test_what_is_no_record_is_refused(stream: bytes) -> None:
    with pytest.raises(BadRecord):
        list(FrameDecoder().feed(stream))


def test_a_record_that_is_too_long_is_not_written() -> None:
    with pytest.raises(BadRecord):
        encode(Frame(1, 0, 0, bytes(MAX_RECORD)))


def test_a_stream_that_ends_inside_a_record_says_so() -> None:
    decoder = FrameDecoder()
    assert list(decoder.feed(encode(TrackEnded(1))[:-1])) == []
    assert decoder.pending == 6


def test_a_level_that_there_cannot_be_is_none() -> None:
    (frame,) = FrameDecoder().feed(struct.pack("<IBHBqqB", 22, 2, 7, 0b1000, 0, 0, 200) + b"a")
    assert frame == Frame(7, 0, 0, b"a")
