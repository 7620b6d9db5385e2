"""RTMP's chunks, values and commands, and what is none of them."""

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomful.media.ports.rtmp import amf
from roomful.media.ports.rtmp.chunks import MAX_MESSAGE, BadChunk, ChunkReader, Message, write
from roomful.media.ports.rtmp.session import HANDSHAKE, BadRtmp, Ended, Event, PublishAsked, RtmpSession, Video

values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=50),
    lambda inner: st.dictionaries(st.text(min_size=1, max_size=10), inner, max_size=4),
    max_leaves=10,
)


@given(st.lists(values, max_size=5))
def test_values_come_back(given_values: list[amf.Given]) -> None:
    assert amf.decode(amf.encode(*given_values)) == given_values


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader_of_values(data: bytes) -> None:
    with contextlib.suppress(amf.BadAmf):
        amf.decode(data)


def test_values_that_nest_too_deep_are_refused() -> None:
    with pytest.raises(amf.BadAmf, match="deep"):
        amf.decode(b"\x03\x00\x01a" * 5000)


@given(st.lists(st.tuples(st.integers(0, 9999), st.binary(max_size=1000)), max_size=6), st.integers(1, 300))
def test_messages_come_back_from_pieces_of_any_size(sent: list[tuple[int, bytes]], size: int) -> None:
    messages = [Message(9, 1, time, data or b"x") for time, data in sent]
    stream = b"".join(write(message, 6, 128) for message in messages)
    reader = ChunkReader()
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    assert [message for piece in pieces for message in reader.feed(piece)] == messages


def test_times_are_added_up_where_headers_are_short() -> None:
    whole = bytes([6]) + (1000).to_bytes(3) + (1).to_bytes(3) + bytes([9]) + (1).to_bytes(4, "little") + b"a"
    delta = bytes([0x80 | 6]) + (40).to_bytes(3) + b"b"
    bare = bytes([0xC0 | 6]) + b"c"
    far = bytes([6]) + b"\xff\xff\xff" + (1).to_bytes(3) + bytes([9]) + (1).to_bytes(4, "little")
    stream = whole + delta + bare + far + (0x1000000).to_bytes(4) + b"d"
    assert [message.time for message in ChunkReader().feed(stream)] == [1000, 1040, 1080, 0x1000000]


@pytest.mark.parametrize(
    "stream",
    [
        bytes([0xC0 | 6]) + b"abc",
        bytes([6]) + bytes(3) + (MAX_MESSAGE + 1).to_bytes(3) + bytes(5) if MAX_MESSAGE < 2**24 else b"",
        b"".join(bytes([number]) + bytes(3) + (1).to_bytes(3) + bytes(5) + b"x" for number in range(2, 40)),
    ],
    ids=["no header", "too long", "too many streams"],
)
def test_broken_chunks_are_refused(stream: bytes) -> None:
    with pytest.raises(BadChunk):
        list(ChunkReader().feed(stream))


class Publisher:
    """The other side, as far as a test needs it."""

    def __init__(self) -> None:
        self.session = RtmpSession()
        self.events: list[Event] = []
        self.send(bytes([3]) + bytes(HANDSHAKE))
        answer = self.session.take_output()
        assert len(answer) == 1 + 2 * HANDSHAKE
        self.send(answer[1 : 1 + HANDSHAKE])

    def send(self, data: bytes) -> None:
        self.events += self.session.receive(data)

    def command(self, *given_values: amf.Given) -> None:
        self.send(write(Message(20, 0, 0, amf.encode(*given_values)), 3, 128))


def test_a_publisher_is_asked_about_and_its_media_comes_after_it_was_accepted() -> None:
    publisher = Publisher()
    publisher.command("connect", 1, {"app": "live", "tcUrl": "rtmp://host/live"})
    publisher.command("createStream", 4, None)
    publisher.command("publish", 5, None, "the-key", "live")
    assert publisher.events == [PublishAsked("live", "the-key")]
    publisher.send(write(Message(9, 1, 5, b"early"), 6, 128))
    publisher.session.accept()
    publisher.send(write(Message(9, 1, 7, b"picture"), 6, 128))
    publisher.command("deleteStream", 6, None, 1)
    assert publisher.events[1:] == [Video(7, b"picture"), Ended()]
    assert b"NetStream.Publish.Start" in publisher.session.take_output()


def test_a_ping_is_answered() -> None:
    publisher = Publisher()
    publisher.session.take_output()
    publisher.send(write(Message(4, 0, 0, struct.pack(">HI", 6, 77)), 2, 128))
    assert publisher.session.take_output().endswith(struct.pack(">HI", 7, 77))


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (1, struct.pack(">I", 0)),
        (1, struct.pack(">I", 0x7FFFFFFF)),
        (1, b"\0"),
        (20, b"\xff\xff"),
        (20, amf.encode("play", 1, None, "x")),
    ],
)
def test_messages_that_make_no_sense_end_the_connection(kind: int, data: bytes) -> None:
    publisher = Publisher()
    with pytest.raises(BadRtmp):
        publisher.send(write(Message(kind, 0, 0, data), 2, 128))


def test_who_does_not_speak_rtmp_or_never_publishes_is_refused() -> None:
    with pytest.raises(BadRtmp, match="not RTMP"):
        list(RtmpSession().receive(b"GET / HTTP/1.1\r\n\r\n"))
    publisher = Publisher()
    with pytest.raises(BadRtmp, match="too much"):
        publisher.send(write(Message(9, 1, 0, bytes(4000)), 6, 128) * 100)


@given(st.binary(max_size=2000))
def test_no_bytes_break_a_session(data: bytes) -> None:
    publisher = Publisher()
    with contextlib.suppress(BadRtmp):
        publisher.send(data)
