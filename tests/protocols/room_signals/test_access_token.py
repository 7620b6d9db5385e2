"""Agora's access tokens against the vectors that Agora publishes with its own builders."""

import base64
import struct
import zlib

from roomful.protocols.room_signals.engines.access_token import Privilege, build_token

APP_ID = "970CA35de60c44645bbae8a215061b33"
CERTIFICATE = "5CFd2fd1755d40ecb72977518be15d3b"
CHANNEL = "7d72365eb983485397e3e3f9d460bdda"
UID = 2882341273


def vector(uid: int) -> str:
    """As Agora's tests make it: fixed time and salt, and nothing but the right to join."""
    return build_token(
        APP_ID,
        CERTIFICATE,
        channel=CHANNEL,
        uid=uid,
        privileges=[Privilege.JOIN_CHANNEL],
        seconds=600,
        now=1111111,
        salt=1,
    )


def contents(token: str) -> bytes:
    assert token.startswith("007")
    return zlib.decompress(base64.b64decode(token[3:]))


def test_a_token_for_a_user_is_the_published_one() -> None:
    published = (
        "007eJxTYBBbsMMnKq7p9Hf/HcIX5kce9b518kCiQgSr5Zrp4X1Tu6UUGCzNDZwdjU1TUs0Mkk1MzExMk5ISUy0SjQxNDcw"
        "Mk4yN3b8IMEQwMTAwMoAwBIL4CgzmKeZGxmamqUmWFsYmFqbGluapxqnGaZYpJmYGSSkpiVwMRhYWRsYmhkbmxgDCaiTj"
    )
    # zlib may pack the same bytes in other ways; what is signed and read is what it unpacks to.
    assert contents(vector(UID)) == contents(published)


def test_a_token_for_anybody_is_the_published_one() -> None:
    published = (
        "007eJxTYLhzZP08Lxa1Pg57+TcXb/3cZ3wi4V6kbpbOog0G2dOYk20UGCzNDZwdjU1TUs0Mkk1MzExMk5ISUy0SjQxNDcw"
        "Mk4yN3b8IMEQwMTAwMoAwBIL4CgzmKeZGxmamqUmWFsYmFqbGluapxqnGaZYpJmYGSSkpiQwMADacImo="
    )
    assert contents(vector(0)) == contents(published)


def test_privileges_are_listed_in_order_whatever_they_come_in() -> None:
    token = build_token(
        APP_ID,
        CERTIFICATE,
        channel=CHANNEL,
        uid=UID,
        privileges=[Privilege.PUBLISH_DATA, Privilege.PUBLISH_VIDEO, Privilege.PUBLISH_AUDIO, Privilege.JOIN_CHANNEL],
        seconds=600,
        now=1111111,
        salt=1,
    )
    rights = b"".join(struct.pack("<HI", privilege, 600) for privilege in (1, 2, 3, 4))
    assert struct.pack("<HH", 1, 4) + rights in contents(token)
