"""Sizes that nobody may exceed, and the checks that say so. DESIGN §9, specs/livekit.md §1.3."""

from collections.abc import Mapping

import msgspec

from roomful.rooms.errors import RoomError, RoomErrorCode


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Lengths are bytes of UTF-8."""

    room_name: int = 256
    identity: int = 256
    participant_name: int = 256
    track_name: int = 256
    metadata: int = 64 * 1024
    attributes: int = 64 * 1024
    """Keys and values of all attributes of one participant, summed."""
    data: int = 64 * 1024
    """Payload of one data message."""
    tracks_per_participant: int = 128
    """Published and announced ones together."""
    subscription_wishes: int = 10_000
    """Explicit subscribes and unsubscribes remembered per participant."""


def check_length(what: str, text: str, limit: int) -> None:
    """Raise INVALID_ARGUMENT if `text` is longer than `limit` bytes or not encodable."""
    if _size(what, text) > limit:
        raise RoomError(RoomErrorCode.INVALID_ARGUMENT, f"{what} length exceeds limits: max length {limit}")


def check_metadata(metadata: str, limits: Limits) -> None:
    if _size("metadata", metadata) > limits.metadata:
        raise RoomError(RoomErrorCode.INVALID_ARGUMENT, f"metadata size exceeds limits {limits.metadata}")


def check_attributes(attributes: Mapping[str, str], limits: Limits) -> None:
    size = sum(_size("attributes", key) + _size("attributes", value) for key, value in attributes.items())
    if size > limits.attributes:
        raise RoomError(RoomErrorCode.INVALID_ARGUMENT, f"attributes size exceeds limits {limits.attributes}")


def _size(what: str, text: str) -> int:
    try:
        return len(text) if text.isascii() else len(text.encode())
    except UnicodeEncodeError:  # a lone surrogate out of somebody's JSON would break every client it is sent to
        raise RoomError(RoomErrorCode.INVALID_ARGUMENT, f"{what} is not valid Unicode text") from None
