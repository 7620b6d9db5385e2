"""What a two-way session does with its connection: nothing, send its own media back, or exchange it with another.

Being played a film is in `showing`, being in a conference in `membership`.

Types change without a new description: the engine is told what to send, and where a track belongs.
"""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from roomful.media.api import Event
from roomful.protocols.nkmedia.codes import Code, NkError
from roomful.protocols.nkmedia.room_settings import MCU, class_of
from roomful.rooms.model import TrackKind
from roomful.rooms.room import Room

if TYPE_CHECKING:
    from roomful.protocols.nkmedia.fs.two_way_session import TwoWaySession

STREAM = "roomful"
REST = "nkmedia_fs"
"""The engine's room of all sessions that are in no room."""


def neighbour_of(room: Room) -> str:
    """The engine's room beside which this one has to be, so that sessions may enter it; empty for most."""
    return REST if class_of(room) == MCU else ""


class Part(ABC):
    """One type of a session. It is entered once the session is connected, and left when another follows, or the end."""

    type: str

    def __init__(self, session: "TwoWaySession") -> None:
        self.session = session

    def details(self) -> dict[str, Any]:
        """What belongs to the type."""
        return {}

    @abstractmethod
    def enter(self, now: float) -> None:
        """Raises RoomError, MediaError, NkError."""

    @abstractmethod
    def leave(self, now: float) -> None:
        """Raises MediaError."""

    def mute(self, kind: TrackKind, muted: bool, now: float) -> None:
        """Hold what the client sends of one kind, or let it through again. Raises RoomError, MediaError, NkError."""
        del now
        self.session.hold(kind, muted)

    def on_media_event(self, event: Event, now: float) -> None:
        """Raises RoomError, MediaError."""
        del event, now


class Park(Part):
    """Connected, and nothing is sent."""

    type = "park"

    def enter(self, now: float) -> None:
        pass

    def leave(self, now: float) -> None:
        pass

    def mute(self, kind: TrackKind, muted: bool, now: float) -> None:
        raise NkError(Code.NOT_IMPLEMENTED)


class Echo(Part):
    """The client gets what it sends."""

    type = "echo"

    def enter(self, now: float) -> None:
        self.session.receive(self.session)

    def leave(self, now: float) -> None:
        self.session.receive_no_more(self.session)


class Bridge(Part):
    """The client gets what another one sends, who is bridged with it."""

    type = "bridge"

    def __init__(self, session: "TwoWaySession", peer: "TwoWaySession") -> None:
        super().__init__(session)
        self.peer = peer
        self.linked = False
        """Media flow."""

    def details(self) -> dict[str, Any]:
        return {"peer_id": self.peer.id}

    def enter(self, now: float) -> None:
        """The other one is bridged at the same moment, if it is not yet."""
        if self.peer.stopped:
            raise NkError(Code.BRIDGE_STOP)
        self.linked = True
        if self._other() is None:  # it has to leave where it was before its tracks are here
            self.peer.become(Bridge(self.peer, self.session), now)
        if not self.session.stopped:
            self.session.receive(self.peer)

    def leave(self, now: float) -> None:
        """The other one ends, too, or is parked."""
        self.linked = False
        self.session.receive_no_more(self.peer)
        other = self._other()
        if other is None or not other.linked:
            return
        if self.peer.command.stop_after_peer:
            self.peer.stop(Code.BRIDGE_STOP, now)
        else:
            self.peer.become(Park(self.peer), now)

    def _other(self) -> "Bridge | None":
        part = self.peer.part
        return part if isinstance(part, Bridge) and part.peer is self.session else None
