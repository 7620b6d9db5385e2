"""What a client asks for when it connects, from the URL and headers of its request. specs/livekit.md §3.1 to §3.4."""

import base64
import binascii
import zlib
from collections.abc import Iterable
from urllib.parse import parse_qsl

import msgspec
from google.protobuf.message import DecodeError
from livekit.protocol import models, rtc

from roomful.protocols.livekit import client

MAX_JOIN_REQUEST_BYTES = 1024 * 1024
"""Of a JoinRequest, also after decompression."""
MAX_ATTRIBUTES_BYTES = 256 * 1024
"""Of the `attributes` parameter; the room has the last word on their size."""
_MAX_PARAMETERS = 200


class ConnectError(Exception):
    """The request makes no sense. HTTP answer: 400 with `str(error)` as plain text."""


class ConnectRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A connection attempt, whichever way it was written."""

    single: bool
    """One peer connection, always offered by the client; else two, of which the server offers one."""
    client: models.ClientInfo
    auto_subscribe: bool
    auto_subscribe_data_tracks: bool = False
    adaptive_stream: bool = False
    """The client tells how large it shows each video; until then it gets the lowest layer."""
    full_ice: bool = False
    """The client wants the server to send connectivity checks too (`disable_ice_lite`)."""
    reconnect: bool = False
    """A resume: the participant and its media are still there."""
    reconnect_reason: int = 0
    participant_sid: str = ""
    """Of the participant to resume; empty when the client does not say."""
    publish: str = ""
    """Suffix of a publish-only twin connection."""
    metadata: str = ""
    attributes: dict[str, str] = {}
    attributes_unreadable: bool = False
    """The parameter could not be decoded: forgiven on connect, an error on validate."""
    add_tracks: tuple[rtc.AddTrackRequest, ...] = ()
    offer: rtc.SessionDescription | None = None


def parse_connect(path: str, query: bytes, headers: Iterable[tuple[bytes, bytes]], address: str = "") -> ConnectRequest:
    """Read a request to `/rtc…`. `path` is the URL's path without a trailing `/validate`; `headers` are ASGI's.

    Raises ConnectError.
    """
    try:
        pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=_MAX_PARAMETERS)
    except ValueError:
        raise ConnectError("too many parameters") from None
    parameters = dict(reversed(pairs))
    wrapped = parameters.get("join_request")
    if wrapped is None:
        if path.rstrip("/").endswith("/v1"):
            raise ConnectError("join_request is required")
        request = _from_query(parameters)
    else:
        request = _from_join_request(wrapped, parameters)
    user_agent = next((value for name, value in headers if name == b"user-agent"), b"")
    client.complete(request.client, address, user_agent.decode("latin-1"))
    return request


def _from_query(parameters: dict[str, str]) -> ConnectRequest:
    attributes = _attributes(parameters.get("attributes", ""))
    return ConnectRequest(
        single=False,
        client=client.client_from_query(parameters),
        auto_subscribe=_truth(parameters.get("auto_subscribe", "1")),
        auto_subscribe_data_tracks=_truth(parameters.get("auto_subscribe_data_track", "")),
        adaptive_stream=_truth(parameters.get("adaptive_stream", "")),
        full_ice=_truth(parameters.get("disable_ice_lite", "")),
        reconnect=_truth(parameters.get("reconnect", "")),
        reconnect_reason=_small_number(parameters.get("reconnect_reason", "")),
        participant_sid=parameters.get("sid", ""),
        publish=parameters.get("publish", ""),
        attributes=attributes or {},
        attributes_unreadable=attributes is None,
    )


def _from_join_request(wrapped: str, parameters: dict[str, str]) -> ConnectRequest:
    join = decode_join_request(wrapped)
    settings = join.connection_settings
    return ConnectRequest(
        single=True,
        client=join.client_info,
        # Unlike in the query, what is not said is false here.
        auto_subscribe=settings.auto_subscribe,
        auto_subscribe_data_tracks=settings.auto_subscribe_data_track,
        adaptive_stream=settings.adaptive_stream,
        full_ice=settings.disable_ice_lite,
        reconnect=join.reconnect,
        reconnect_reason=join.reconnect_reason,
        participant_sid=join.participant_sid,
        publish=parameters.get("publish", ""),
        metadata=join.metadata,
        attributes={key: value for key, value in join.participant_attributes.items() if value},
        add_tracks=tuple(join.add_track_requests),
        offer=join.publisher_offer if join.HasField("publisher_offer") else None,
    )


def decode_join_request(text: str) -> rtc.JoinRequest:
    """Decode the `join_request` parameter: base64 of a WrappedJoinRequest. Raises ConnectError."""
    raw = _base64(text)
    if raw is None:
        raise ConnectError("cannot base64 decode wrapped join request")
    try:
        wrapped = rtc.WrappedJoinRequest.FromString(raw)
    except DecodeError:
        raise ConnectError("cannot unmarshal wrapped join request") from None
    content = wrapped.join_request
    if wrapped.compression == rtc.WrappedJoinRequest.Compression.GZIP:
        content = _gunzip(content)
    if len(content) > MAX_JOIN_REQUEST_BYTES:
        raise ConnectError("join request too large")
    try:
        return rtc.JoinRequest.FromString(content)
    except DecodeError:
        raise ConnectError("cannot unmarshal join request") from None


def _gunzip(content: bytes) -> bytes:
    """Decompress, but never more than one byte over the limit."""
    decompressor = zlib.decompressobj(wbits=31)
    try:
        plain = decompressor.decompress(content, MAX_JOIN_REQUEST_BYTES + 1)
    except zlib.error:
        raise ConnectError("cannot read decompressed join request") from None
    if not decompressor.eof and len(plain) <= MAX_JOIN_REQUEST_BYTES:
        raise ConnectError("cannot read decompressed join request")
    return plain


def _attributes(text: str) -> dict[str, str] | None:
    """The `attributes` parameter; None if it cannot be read. Keys with empty values say nothing."""
    if not text:
        return {}
    if len(text) > MAX_ATTRIBUTES_BYTES:
        return None
    raw = _base64(text)
    if raw is None:
        return None
    try:
        return {key: value for key, value in _string_map.decode(raw).items() if value}
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


_string_map = msgspec.json.Decoder(dict[str, str])


def _base64(text: str) -> bytes | None:
    """Both alphabets, with or without padding; a `+` that the URL turned into a space is one again."""
    standard = text.replace(" ", "+").replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _truth(text: str) -> bool:
    return text in {"1", "true"}


def _small_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
