"""Where peers are at home in the engine, and in which rooms they really are: clients move, their connections stay.

The engine knows each peer by the room it was opened in, and closes it with that room. So a room that somebody has
moved away from is closed in the engine when the last such peer is gone.
"""

from collections.abc import Callable


class Shards:
    """Which shard has which room, by the rule of `Placement` in `crates/sfu/src/engine.rs`: new rooms go round."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._next = 0
        self._of_room: dict[str, int] = {}

    def place(self, room: str, *, beside: str = "") -> int:
        """The shard of a room, which gets one now if it has none."""
        if room not in self._of_room:
            if beside:
                self._of_room[room] = self.place(beside)
            else:
                self._of_room[room] = self._next % self._count
                self._next += 1
        return self._of_room[room]

    def forget(self, room: str) -> None:
        self._of_room.pop(room, None)

    def together(self, one: str, other: str) -> bool:
        """Say whether the tracks of one room can be heard in the other."""
        shard = self._of_room.get(one)
        return self._count == 1 or (shard is not None and shard == self._of_room.get(other))


class Homes:
    """Follows all peers."""

    def __init__(self, close_room: Callable[[str], None], close_peer: Callable[[int], None]) -> None:
        """Both do so in the engine."""
        self._close_room = close_room
        self._close_peer = close_peer
        self._homes: dict[int, str] = {}
        """Peer → sid of the room it was opened in."""
        self._moved: dict[int, str] = {}
        """Peer → sid of the room it is in, if that is another one."""
        self._emptying: set[str] = set()
        """Closed rooms that are home to peers in other rooms."""

    def open(self, peer: int, room: str) -> None:
        self._homes[peer] = room

    def move(self, peer: int, room: str) -> None:
        """The peer is in this room from now on. One that is gone stays so."""
        home = self._homes.get(peer)
        if home == room:
            self._moved.pop(peer, None)
        elif home is not None:
            self._moved[peer] = room

    def moved_to(self, peer: int) -> str:
        """The room that the peer is in, if it is not where it is at home; else empty."""
        return self._moved.get(peer, "")

    def room_of(self, peer: int) -> str:
        """The room that the peer is in; empty for one that is gone."""
        return self._moved.get(peer) or self._homes.get(peer, "")

    def close(self, room: str) -> None:
        """The room is over; whoever moved away from it goes on."""
        away = self._away_from(room)
        if not away:
            self._close_room(room)
            return
        self._emptying.add(room)
        for peer in [peer for peer, home in self._homes.items() if home == room and peer not in away]:
            self._close_peer(peer)

    def forget(self, peer: int) -> None:
        """The peer is gone."""
        home = self._homes.pop(peer, "")
        self._moved.pop(peer, None)
        if home in self._emptying and not self._away_from(home):
            self._emptying.discard(home)
            self._close_room(home)

    def _away_from(self, room: str) -> set[int]:
        return {peer for peer in self._moved if self._homes[peer] == room}
