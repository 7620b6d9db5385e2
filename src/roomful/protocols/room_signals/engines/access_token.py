"""Agora's access tokens of version "007" for one channel of its RTC service.

A token is `007`, then in base64 a zlib stream of signature and contents. Numbers are little-endian; strings and lists
have a length of two bytes before them. The key of the signature is made of the certificate, the time and the salt, so
that no two tokens are signed by the same one. Source: Agora, "AccessToken2" (github.com/AgoraIO/Tools, DynamicKey).
"""

import base64
import hashlib
import hmac
import struct
import zlib
from collections.abc import Collection
from enum import IntEnum

VERSION = "007"
_RTC_SERVICE = 1


class Privilege(IntEnum):
    """What the bearer may do in the channel."""

    JOIN_CHANNEL = 1
    PUBLISH_AUDIO = 2
    PUBLISH_VIDEO = 3
    PUBLISH_DATA = 4


def build_token(
    app_id: str,
    certificate: str,
    *,
    channel: str,
    uid: int,
    privileges: Collection[Privilege],
    seconds: int,
    now: int,
    salt: int,
) -> str:
    """A token that lets `uid` into `channel`, from `now` (unix seconds) on for so many seconds.

    `salt` is 1 … 99999999 and another one for each token. A `uid` of 0 would let anybody in.
    """
    contents = b"".join(
        (
            _string(app_id),
            struct.pack("<IIIH", now, seconds, salt, 1),
            struct.pack("<HH", _RTC_SERVICE, len(privileges)),
            *(struct.pack("<HI", privilege, seconds) for privilege in sorted(privileges)),
            _string(channel),
            _string(str(uid) if uid else ""),
        )
    )
    key = _digest(struct.pack("<I", salt), _digest(struct.pack("<I", now), certificate.encode()))
    packed = zlib.compress(_bytes(_digest(key, contents)) + contents)
    return VERSION + base64.b64encode(packed).decode()


def _digest(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()


def _string(text: str) -> bytes:
    return _bytes(text.encode())


def _bytes(data: bytes) -> bytes:
    return struct.pack("<H", len(data)) + data
