"""Prebuilt frames, read back by the websockets library."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from roomful.sockets import binary_frame, text_frame


def read(data: bytes) -> Frame:
    """The one frame in `data`. Fails when there is more or less."""
    reader = StreamReader()
    reader.feed_data(data)
    parsing = Frame.parse(reader.read_exact, mask=False)
    with pytest.raises(StopIteration) as end:
        next(parsing)
    assert reader.buffer == b""
    return end.value.value


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65535, 65536, 65537])
def test_the_length_has_the_shortest_form(size: int) -> None:
    frame = binary_frame(b"x" * size)
    assert len(frame) - size == (2 if size < 126 else 4 if size < 65536 else 10)
    assert read(frame) == Frame(Opcode.BINARY, b"x" * size)


@given(st.text(max_size=200) | st.integers(min_value=125, max_value=70_000).map(lambda size: "é" * (size // 2)))
def test_text_comes_out_as_it_went_in(text: str) -> None:
    assert read(text_frame(text.encode())) == Frame(Opcode.TEXT, text.encode())


@given(st.binary(max_size=70_000))
def test_bytes_come_out_as_they_went_in(payload: bytes) -> None:
    assert read(binary_frame(payload)) == Frame(Opcode.BINARY, payload)
