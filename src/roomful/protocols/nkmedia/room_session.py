"""A media session that is in one room from its beginning to its end. specs/nkmedia.md §9."""

from abc import abstractmethod
from collections.abc import Callable

from roomful.protocols.nkmedia.caller import Caller
from roomful.protocols.nkmedia.commands import MediaCreate
from roomful.protocols.nkmedia.media_session import PROTOCOL_NAME, MediaSession
from roomful.protocols.nkmedia.services import Services
from roomful.rooms.events import RoomEvent
from roomful.rooms.model import LeaveReason
from roomful.rooms.participant import JoinRequest
from roomful.rooms.permissions import Permission
from roomful.rooms.room import Room


class RoomSession(MediaSession):
    """See the module. The room's `ParticipantLeft` ends it, whoever caused that."""

    def __init__(
        self,
        services: Services,
        room: Room,
        caller: Caller,
        command: MediaCreate,
        session_id: str,
        permission: Permission,
        on_stopped: Callable[[MediaSession, float], None],
        now: float,
    ) -> None:
        """Enter the room. Raises RoomError."""
        super().__init__(services, caller, command, session_id, on_stopped, now)
        self.room = room
        self.participant = room.join(join_request(self, permission), now)

    @abstractmethod
    def on_room_event(self, event: RoomEvent) -> None:
        """Raises RoomError, MediaError."""

    def open_media(self) -> None:
        self._media.open_peer(self.room.sid, self.peer, participant=self.participant.sid)
        self.room.confirm_join(self.participant.sid)

    def activate(self, now: float) -> None:
        self.room.activate(self.participant.sid, now)

    def leave(self, now: float) -> None:
        if self.room.is_open:
            self.room.leave(self.participant.sid, LeaveReason.CLIENT_INITIATED, now)


def join_request(session: MediaSession, permission: Permission, *, auto_subscribe: bool = False) -> JoinRequest:
    """Who comes into a room with a media session: a user has as many identities as sessions."""
    return JoinRequest(
        identity=f"{session.user}/{session.id}" if session.user else session.id,
        user_id=session.user or session.id,
        name=session.user,
        permission=permission,
        protocol=PROTOCOL_NAME,
        client={"sdk": PROTOCOL_NAME},
        auto_subscribe=auto_subscribe,
        passes_lobby=True,
    )
