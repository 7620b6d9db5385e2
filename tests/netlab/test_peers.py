"""Rooms of peers on networks that fail: what is divided meets again, who moves stays, who dies is missed.

Each peer is `roomful p2p` in a host of its own, without relay and lookup, and chats.
"""

import contextlib
import sys
from collections.abc import Iterator

import pytest

from tests.e2e.peers import Peer

from . import NetLab
from .conditions import until

pytestmark = pytest.mark.timeout(240)

GONE = 35.0
"""Seconds in which a peer is missed whose network or process is gone: its connections are idle for 30 s."""
BACK = 75.0
"""Seconds in which a room is whole again: lost neighbours are looked for every 36 s at least; a dial may take 10."""


class Chatting:
    """Peers in hosts of the lab, all in the room of the first."""

    def __init__(self, lab: NetLab, stack: contextlib.ExitStack) -> None:
        self._lab = lab
        self._stack = stack
        self._room: list[str] = []
        self.ids: dict[str, str] = {}
        self.peers: dict[str, Peer] = {}

    def enter(self, name: str, *, anywhere: bool = False) -> Peer:
        """One more, who is told where the first is. `anywhere`: it listens on all addresses that it will have."""
        host = self._lab.host(name)
        where = "0.0.0.0" if anywhere else host.address
        command = [sys.executable, "-m", "roomful", "p2p", "chat", *self._room]
        options = ["--name", name, "--json", "--offline", "--bind", f"{where}:0"]
        peer = self._stack.enter_context(Peer(*host.command([*command, *options])))
        ready = peer.expect("ready")
        if not self._room:
            self._room = [ready["ticket"], "--peer", ready["peer"]]
        self.ids[name], self.peers[name] = ready["id"], peer
        return peer

    def meet(self, *names: str) -> None:
        """Let these in, and wait until they read each other."""
        for name in names:
            self.enter(name)
        self.read_each_other("first", *names)

    def read_each_other(self, word: str, *names: str, within: float = 30.0) -> None:
        """Everybody says something until all the others have read it. Chat that nobody reads yet is lost, not late."""
        for author in names:
            for reader in names:
                if reader != author:
                    self.read(author, reader, f"{word} of {author} to {reader}", within=within)

    def read(self, author: str, reader: str, text: str, *, within: float) -> None:
        """The one says something until the other has read it."""

        def has_read() -> bool:
            self.peers[author].say(text)
            try:
                self.peers[reader].expect("chat", within=1.0, text=text, remote=self.ids[author])
            except AssertionError as missing:
                if "ended without" in str(missing):
                    raise
                return False
            return True

        until(has_read, f"{reader} reads {author}", within)


@pytest.fixture
def chatting(netlab: NetLab) -> Iterator[Chatting]:
    with contextlib.ExitStack() as stack:
        yield Chatting(netlab, stack)


def test_a_room_that_was_divided_is_one_again(netlab: NetLab, chatting: Chatting) -> None:
    chatting.meet("alice", "bob", "carol", "dave")
    netlab.divide({"alice", "bob"}, {"carol", "dave"})
    for here, gone in (("alice", "carol"), ("bob", "dave"), ("carol", "alice"), ("dave", "bob")):
        chatting.peers[here].expect("peer_left", within=GONE, remote=chatting.ids[gone])
    chatting.read_each_other("apart", "alice", "bob")
    chatting.read_each_other("apart", "carol", "dave")
    # Gossip dials lost neighbours for half a minute and has put others in their place by then.
    for _ in range(4):
        chatting.peers["alice"].expect("subscribe_failed", within=GONE, remote=chatting.ids["carol"])

    netlab.unite()
    chatting.read_each_other("again", "alice", "bob", "carol", "dave", within=BACK)
    # Not only those who knew each other: what is said to all reaches all.
    chatting.enter("eve")
    for name in ("alice", "bob", "carol", "dave"):
        chatting.peers[name].expect("peer_joined", display_name="eve")
    chatting.read_each_other("late", "eve", "dave")


def test_a_peer_that_gets_another_address_stays_in_the_room(netlab: NetLab, chatting: Chatting) -> None:
    chatting.meet("alice", "bob")
    chatting.enter("carol", anywhere=True)
    chatting.read_each_other("first", "alice", "bob", "carol")
    netlab.host("carol").move(netlab.free_address())
    chatting.read_each_other("from elsewhere", "alice", "bob", "carol", within=BACK)
    # And is found there by who comes later.
    chatting.enter("dave")
    chatting.read_each_other("late", "carol", "dave", within=BACK)


def test_a_killed_peer_is_missed_and_comes_back(netlab: NetLab, chatting: Chatting) -> None:
    chatting.meet("alice", "bob", "carol")
    chatting.peers["carol"].process.kill()
    for name in ("alice", "bob"):
        chatting.peers[name].expect("peer_left", within=GONE, remote=chatting.ids["carol"])
    chatting.enter("carol")
    chatting.read_each_other("back", "alice", "bob", "carol")
