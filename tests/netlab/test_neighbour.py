"""A neighbour is reached from here, has a network of its own, and leaves nothing behind."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from . import Neighbour
from .capability import missing_neighbour, require
from .namespace import NAMESPACES

SERVER = """
import socket, sys
with socket.create_server((sys.argv[1], 8188)) as server:
    print("listens", flush=True)
    while True:
        server.accept()[0].close()
"""


@pytest.fixture
def neighbour() -> Iterator[Neighbour]:
    require(missing_neighbour())
    with Neighbour() as one:
        yield one


def serve(neighbour: Neighbour) -> subprocess.Popen[bytes]:
    """A server there, which listens."""
    argv = neighbour.command([sys.executable, "-c", SERVER, neighbour.address])
    process = subprocess.Popen(argv, stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == b"listens\n"
    return process


def namespaces() -> set[Path]:
    """Of this process."""
    return set(NAMESPACES.glob(f"roomful-{os.getpid()}-*"))


def test_two_runs_at_once_do_not_meet(neighbour: Neighbour) -> None:
    with Neighbour() as other:
        servers = [serve(neighbour), serve(other)]  # on the same port
        for one in (neighbour, other):
            socket.create_connection((one.address, 8188), timeout=5).close()
    assert servers[1].wait(timeout=5) != 0
    socket.create_connection((neighbour.address, 8188), timeout=5).close()
    servers[0].kill()
    servers[0].wait(timeout=5)


def test_a_failure_inside_leaves_nothing(neighbour: Neighbour) -> None:
    del neighbour  # for its skip
    servers: list[subprocess.Popen[bytes]] = []
    ways: list[str] = []

    def serve_and_fail() -> None:
        with Neighbour() as one:
            servers.append(serve(one))
            ways.append(one.way)
            raise ZeroDivisionError

    before = namespaces()
    with pytest.raises(ZeroDivisionError):
        serve_and_fail()
    assert servers[0].wait(timeout=5) != 0
    assert namespaces() == before
    assert ways[0] not in {name for _, name in socket.if_nameindex()}
