"""The address that a STUN server sees us at. The server is Debian's coturn."""

import socket
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomful.media.external_address import ExternalAddressUnknown, external_address, mapped_address
from tests.coturn import stun_server

TRANSACTION = bytes(range(12))
SUCCESS = struct.pack("!HHI12s", 0x0101, 12, 0x2112A442, TRANSACTION)
RFC_5769_IPV4 = bytes.fromhex("002000080001a147e112a643")
"""XOR-MAPPED-ADDRESS of RFC 5769 §2.2: 192.0.2.1, which does not depend on the transaction."""


async def test_a_stun_server_says_where_it_sees_us(tmp_path: Path) -> None:
    async with stun_server(tmp_path) as server:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.1", 0))
            servers = [f"127.0.0.1:{silent.getsockname()[1]}", "nowhere.invalid:3478", server]
            assert await external_address(servers, within=20) == "127.0.0.1"


async def test_without_any_answer_the_servers_are_named() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        name = f"127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(ExternalAddressUnknown, match=name):
            await external_address([name], within=0.2)
        with pytest.raises(ExternalAddressUnknown, match="nonsense"):
            await external_address(["nonsense"], within=0.2)


def test_the_example_of_the_rfc_is_read() -> None:
    assert mapped_address(SUCCESS + RFC_5769_IPV4, TRANSACTION) == "192.0.2.1"
    assert mapped_address(SUCCESS + RFC_5769_IPV4, bytes(12)) is None, "an answer to somebody else"


@given(st.binary(max_size=64))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    for message in (data, SUCCESS + data, SUCCESS[:2] + b"\xff\xff" + SUCCESS[4:] + data):
        mapped_address(message, TRANSACTION)
