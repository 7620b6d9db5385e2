"""Messages on the wire, in both forms."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from livekit.protocol import rtc

from roomful.protocols.livekit.frames import MAX_MESSAGE_BYTES, BadFrame, Frame, decode_request
from roomful.sockets import binary_frame, text_frame

PING = rtc.SignalRequest(ping_req=rtc.Ping(timestamp=7))


def test_bytes_are_protobuf_and_text_is_protojson() -> None:
    assert decode_request(PING.SerializeToString()) == PING
    assert decode_request('{"pingReq": {"timestamp": "7"}}') == PING
    assert decode_request('{"ping_req": {"timestamp": 7}, "from_the_future": 1}') == PING


def test_a_frame_is_encoded_once_however_many_get_it() -> None:
    frame = Frame(rtc.SignalResponse(refresh_token="t"))
    assert frame.as_binary() is frame.as_binary()
    assert frame.as_text() is frame.as_text()
    assert frame.as_binary() == binary_frame(frame.message.SerializeToString())
    assert frame.as_text() == text_frame(b'{"refreshToken": "t"}')


@pytest.mark.parametrize(
    "data",
    [
        b"\xff",
        PING.SerializeToString()[:-1],
        "not json",
        '["ping"]',
        '{"ping_req": 1}',
        '{"offer": ' * 200,
        "[" * 100_000,
        b"\0" * (MAX_MESSAGE_BYTES + 1),
    ],
    ids=["garbage", "truncated", "text", "list", "wrong type", "unfinished", "deep", "oversized"],
)
def test_what_is_no_request_is_a_bad_frame(data: bytes | str) -> None:
    with pytest.raises(BadFrame):
        decode_request(data)


@given(st.one_of(st.binary(max_size=400), st.text(max_size=400)))
def test_nothing_but_a_bad_frame_comes_of_noise(data: bytes | str) -> None:
    with contextlib.suppress(BadFrame):
        decode_request(data)
