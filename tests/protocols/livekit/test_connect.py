"""What a URL asks for, in both ways of writing it."""

import base64
import contextlib
import gzip
import json
from collections.abc import Callable
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from livekit.protocol import models, rtc

from roomful.protocols.livekit.connect import (
    MAX_JOIN_REQUEST_BYTES,
    ConnectError,
    ConnectRequest,
    parse_connect,
)

Compression = rtc.WrappedJoinRequest.Compression
SDK = models.ClientInfo.SDK


def v0(headers: tuple[tuple[bytes, bytes], ...] = (), **parameters: str) -> ConnectRequest:
    return parse_connect("/rtc", urlencode(parameters).encode(), headers, "192.0.2.1")


def wrapped(join: rtc.JoinRequest, *, zipped: bool = True) -> bytes:
    content = join.SerializeToString()
    return rtc.WrappedJoinRequest(
        compression=Compression.GZIP if zipped else Compression.NONE,
        join_request=gzip.compress(content) if zipped else content,
    ).SerializeToString()


def v1(
    raw: bytes, encode: Callable[[bytes], bytes] = base64.urlsafe_b64encode, path: str = "/rtc/v1"
) -> ConnectRequest:
    return parse_connect(path, b"join_request=" + quote(encode(raw)).encode(), ())


def test_a_bare_query_subscribes_to_everything_and_nothing_else() -> None:
    request = v0()
    assert not request.single
    assert request.auto_subscribe
    assert (request.adaptive_stream, request.full_ice, request.reconnect) == (False,) * 3
    assert request.client.address == "192.0.2.1"


def test_a_query_describes_the_client() -> None:
    client = v0(
        sdk="swift", version="2.0", protocol="16", os="iOS", os_version="17", device_model="iPhone", network="wifi",
        client_protocol="2", capabilities="CAP_PACKET_TRAILER,CAP_FROM_THE_FUTURE",
    ).client  # fmt: skip
    assert (client.sdk, client.version, client.protocol, client.client_protocol) == (SDK.SWIFT, "2.0", 16, 2)
    assert (client.os, client.os_version, client.device_model, client.network) == ("iOS", "17", "iPhone", "wifi")
    assert list(client.capabilities) == [models.ClientInfo.Capability.CAP_PACKET_TRAILER]


@pytest.mark.parametrize(("text", "meant"), [("1", True), ("true", True), ("0", False), ("yes", False), ("", False)])
def test_truth_is_spelled_1_or_true(text: str, meant: bool) -> None:
    request = v0(auto_subscribe=text, adaptive_stream=text, disable_ice_lite=text, reconnect=text)
    assert (request.auto_subscribe, request.adaptive_stream, request.full_ice, request.reconnect) == (meant,) * 4


def test_a_resume_names_the_participant() -> None:
    request = v0(reconnect="1", sid="PA_x", reconnect_reason="2")
    assert (request.participant_sid, request.reconnect_reason) == ("PA_x", 2)


def test_the_browser_is_read_from_the_user_agent_if_the_client_does_not_say() -> None:
    chrome = b"Mozilla/5.0 (X11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
    safari = b"Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 Safari/605.1.15"
    assert v0(((b"user-agent", chrome),)).client.browser == "Chrome"
    assert v0(((b"user-agent", safari),)).client.browser_version == "18.4"
    assert v0(((b"user-agent", safari),), browser="Firefox").client.browser == "Firefox"


def test_attributes_are_a_map_in_base64() -> None:
    text = base64.urlsafe_b64encode(json.dumps({"a": "1", "empty": ""}).encode()).decode().rstrip("=")
    assert v0(attributes=text).attributes == {"a": "1"}


@pytest.mark.parametrize("text", ["%%%", "bm90IGpzb24", "WzFd", "eyJhIjoxfQ", "/////w=="])
def test_attributes_that_cannot_be_read_are_remembered_as_such(text: str) -> None:
    request = v0(attributes=text)
    assert request.attributes == {}
    assert request.attributes_unreadable


def test_a_join_request_means_one_connection_on_either_path() -> None:
    raw = wrapped(rtc.JoinRequest(client_info=models.ClientInfo(sdk=SDK.RUST, protocol=18)))
    for path in ("/rtc", "/rtc/v1"):
        request = v1(raw, path=path)
        assert request.single
        assert request.client.protocol == 18


def test_in_a_join_request_what_is_not_said_is_false() -> None:
    request = v1(wrapped(rtc.JoinRequest()))
    assert (request.auto_subscribe, request.adaptive_stream) == (False, False)
    assert request.offer is None


def test_a_join_request_brings_everything_along() -> None:
    request = v1(
        wrapped(
            rtc.JoinRequest(
                connection_settings=rtc.ConnectionSettings(auto_subscribe=True, adaptive_stream=True),
                metadata="m",
                participant_attributes={"a": "1", "empty": ""},
                add_track_requests=[rtc.AddTrackRequest(cid="c")],
                publisher_offer=rtc.SessionDescription(type="offer", sdp="v=0"),
                reconnect=True,
                participant_sid="PA_x",
            )
        )
    )
    assert (request.auto_subscribe, request.adaptive_stream, request.reconnect) == (True, True, True)
    assert (request.metadata, request.attributes, request.participant_sid) == ("m", {"a": "1"}, "PA_x")
    assert [track.cid for track in request.add_tracks] == ["c"]
    assert request.offer is not None
    assert request.offer.sdp == "v=0"


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize(
    "encode",
    [
        base64.urlsafe_b64encode,
        base64.standard_b64encode,
        lambda raw: base64.urlsafe_b64encode(raw).rstrip(b"="),
    ],
)
def test_base64_may_be_of_either_alphabet_and_without_padding(zipped: bool, encode: Callable[[bytes], bytes]) -> None:
    join = rtc.JoinRequest(metadata="ÿþýüûúùø" * 7)
    assert v1(wrapped(join, zipped=zipped), encode).metadata == join.metadata


def test_a_plus_that_the_url_turned_into_a_space_is_a_plus_again() -> None:
    join = rtc.JoinRequest(metadata="ÿþýüûúùø" * 7)
    text = base64.standard_b64encode(wrapped(join, zipped=False))
    assert b"+" in text
    assert parse_connect("/rtc/v1", b"join_request=" + text, ()).metadata == join.metadata


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (b"", "join_request is required"),
        (b"join_request=%25", "cannot base64 decode wrapped join request"),
        (b"join_request=/w==", "cannot unmarshal wrapped join request"),
        (b"join_request=EgH/", "cannot unmarshal join request"),
        (b"join_request=CAESBG5vcGU=", "cannot read decompressed join request"),
        (b"&".join([b"a=1"] * 1000), "too many parameters"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(query: bytes, message: str) -> None:
    with pytest.raises(ConnectError, match=rf"^{message}$"):
        parse_connect("/rtc/v1", query, ())


@pytest.mark.parametrize("zipped", [True, False])
def test_a_join_request_is_bounded_also_after_decompression(zipped: bool) -> None:
    with pytest.raises(ConnectError, match=r"^join request too large$"):
        v1(wrapped(rtc.JoinRequest(metadata="x" * MAX_JOIN_REQUEST_BYTES), zipped=zipped))


def test_a_truncated_join_request_is_refused() -> None:
    join = rtc.JoinRequest(metadata="x" * 1000, participant_sid="PA_x").SerializeToString()
    cut = rtc.WrappedJoinRequest(compression=Compression.GZIP, join_request=gzip.compress(join)[:-12])
    with pytest.raises(ConnectError, match="cannot read"):
        v1(cut.SerializeToString())


@given(st.binary(max_size=300), st.sampled_from(["/rtc", "/rtc/v1"]))
def test_no_query_does_more_than_be_refused(query: bytes, path: str) -> None:
    with contextlib.suppress(ConnectError):
        parse_connect(path, query, ())


@given(st.binary(max_size=200), st.booleans())
def test_no_join_request_does_more_than_be_refused(content: bytes, zipped: bool) -> None:
    raw = rtc.WrappedJoinRequest(
        compression=Compression.GZIP if zipped else Compression.NONE,
        join_request=gzip.compress(content) if zipped else content,
    ).SerializeToString()
    with contextlib.suppress(ConnectError):
        v1(raw)
