"""`op.hlsForwarding`: uplinks that are offered as HLS too. specs/room-signals.md §7.2."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from roomful.protocols.room_signals.channels import Channel
from roomful.protocols.room_signals.signals import Category, OfferOptions
from roomful.rooms.participant import Participant
from roomful.rooms.room import Room

if TYPE_CHECKING:
    from roomful.protocols.room_signals.session import Session


class Streams(Protocol):
    """Makes HLS. `roomful.media.ports.hls.HlsStreams` is one."""

    def begin(
        self, place: tuple[str, str], room: Room, participant: Participant, *, screen: bool, audio_only: bool
    ) -> bool:
        """Make it of what a participant sends, or go on with it; False: there is no place for it."""
        ...

    def of(self, participant: str) -> object | None:
        """What is made of the participant of this sid."""
        ...

    def end(self, participant: str) -> None: ...


class Forwarding:
    """Decides for which uplinks HLS is made: from the offer that wants it to the end of the uplink."""

    def __init__(self, streams: Streams, url: Callable[["Session"], str]) -> None:
        """`url` says where the stream of a session is played."""
        self._streams = streams
        self._url = url

    def offered(self, session: "Session", options: OfferOptions) -> str:
        """An offer has been answered. Returns where it is to be played, empty where it is not.

        A restart of the uplink keeps what there is, whatever it says.
        """
        room, participant = session.room, session.participant
        if participant.sid not in room.room.participants:  # it has left meanwhile
            return ""
        if not options.hls_forwarding and not (options.restarting and self._streams.of(participant.sid)):
            self._streams.end(participant.sid)
            return ""
        begun = self._streams.begin(
            (session.user_id, room.name),
            room.room,
            participant,
            screen=session.info.category is Category.SCREENSHARE,
            audio_only=room.channel is Channel.A2M,
        )
        return self._url(session) if begun else ""

    def ended(self, participant: str) -> None:
        """The participant of this sid has no uplink any more."""
        self._streams.end(participant)
