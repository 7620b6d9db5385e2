"""A lab leaves nothing behind: no namespace, process, thread or descriptor, however it ends."""

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from . import Host, NetLab, program
from .conditions import until
from .namespace import NAMESPACES

LAB_THAT_WAITS = f"""
from {__package__} import NetLab
with NetLab() as lab:
    sleeper = lab.host("alice").popen(["sleep", "600"])
    print(lab.link_pid, sleeper.pid, lab.host("alice").namespace.name, flush=True)
    input()
"""


def traces() -> tuple[set[str], set[str], set[int]]:
    """The namespaces, the open descriptors and the threads of this process."""
    ours = f"roomful-{os.getpid()}-"
    namespaces = {path.name for path in NAMESPACES.glob(f"{ours}*")}
    threads = {thread.ident for thread in threading.enumerate() if thread.ident is not None}
    return namespaces, {path.name for path in Path("/proc/self/fd").iterdir()}, threads


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def use(lab: NetLab) -> list[int]:
    """Uses everything a lab offers; answers the processes that came of it."""
    alice, bob = lab.host("alice"), lab.host("bob")
    alice.socket(socket.SOCK_DGRAM).sendto(b"hello", (bob.address, 9))
    shell = bob.popen(["sh", "-c", "sleep 600 & echo $!; wait"], stdout=subprocess.PIPE)
    assert shell.stdout is not None
    child = int(shell.stdout.readline())
    alice.run(["true"])
    return [lab.link_pid, shell.pid, child]


def test_a_lab_that_was_used_leaves_nothing(netlab: NetLab) -> None:
    del netlab  # for its skip: the lab under test is made here
    before = traces()
    with NetLab() as lab:
        pids = use(lab)
        assert traces() != before
    assert traces() == before
    assert not any(is_alive(pid) for pid in pids)


def test_an_exception_inside_changes_nothing_about_that(netlab: NetLab) -> None:
    del netlab
    before = traces()
    pids: list[int] = []

    def use_and_fail() -> None:
        with NetLab() as lab:
            pids.extend(use(lab))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        use_and_fail()
    assert traces() == before
    assert not any(is_alive(pid) for pid in pids)


def test_a_host_that_cannot_be_made_leaves_nothing(netlab: NetLab, monkeypatch: pytest.MonkeyPatch) -> None:
    before = traces()

    def refuse() -> int:
        raise OSError("no device")

    monkeypatch.setattr(f"{Host.__module__}.open_tun", refuse)
    with pytest.raises(OSError, match="no device"):
        netlab.host("alice")
    assert traces() == before


def test_a_killed_lab_takes_its_link_along_and_the_next_lab_removes_the_rest(netlab: NetLab) -> None:
    del netlab
    owner = subprocess.Popen(
        [sys.executable, "-c", LAB_THAT_WAITS],
        env=program.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with owner:
        assert owner.stdout is not None
        link, sleeper, namespace = owner.stdout.readline().decode().split()
        owner.send_signal(signal.SIGKILL)
    until(lambda: not is_alive(int(link)), "the link of the killed lab has ended")
    assert is_alive(int(sleeper))
    assert (NAMESPACES / namespace).exists()
    with NetLab():
        assert not (NAMESPACES / namespace).exists()
        until(lambda: not is_alive(int(sleeper)), "what ran in the killed lab has ended")


def test_a_lab_leaves_the_lab_of_a_living_process_alone(netlab: NetLab) -> None:
    alice = netlab.host("alice")
    sleeper = alice.popen(["sleep", "600"])
    with NetLab() as other:
        other.host("alice")
    assert alice.namespace.path.exists()
    assert sleeper.poll() is None
