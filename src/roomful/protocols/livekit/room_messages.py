"""The room's JSON messages for LiveKit clients, as data packets with a topic of their own.

A participant that sends one (`{"action": "join_room"}`, `{"action": "raise_hand"}`) is answered, and told from then on
what happens in the room, in the same packets. Nobody else gets any of them. docs/how-to/meetings.md.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from livekit.protocol import models

from roomful.extensions.announcements import announcements
from roomful.extensions.dialogue import MAX_WAITING, Conversation, Dialogue
from roomful.protocols.livekit.links import Links
from roomful.rooms import events
from roomful.rooms.roles import HOSTS
from roomful.rooms.room import Room

if TYPE_CHECKING:
    from roomful.protocols.livekit.session import Session

TOPIC = "roomful.room"


class RoomMessages:
    """What one participant says to the room."""

    def __init__(
        self, links: Links, dialogue: Dialogue | None, send: Callable[[bytes], None], hears: Callable[[], bool]
    ) -> None:
        """`send` takes data packets for the client, once it `hears`; no `dialogue`, no such topic."""
        self._links = links
        self._dialogue = dialogue
        self._send = send
        self._hears = hears
        self._conversation: Conversation | None = None
        self._early: list[bytes] = []
        """Said before answers could be heard: the two directions do not open at the same moment."""

    @property
    def open(self) -> bool:
        """The participant has spoken: it understands these messages."""
        return self._conversation is not None

    def take(self, packet: models.DataPacket) -> bool:
        """Returns False for a packet that is something else."""
        if self._dialogue is None or packet.WhichOneof("value") != "user" or packet.user.topic != TOPIC:
            return False
        if self._hears():
            self._begun(self._dialogue).take(packet.user.payload)
        elif len(self._early) < MAX_WAITING:
            self._early.append(packet.user.payload)
        return True

    def on_heard(self) -> None:
        """From now on answers are heard."""
        early, self._early = self._early, []
        for payload in early:
            if self._dialogue is not None:
                self._begun(self._dialogue).take(payload)

    def _begun(self, dialogue: Dialogue) -> Conversation:
        if self._conversation is None:
            room, participant = self._links.room, self._links.participant
            self._conversation = Conversation(dialogue, room, participant, self._answer)
        return self._conversation

    def _answer(self, message: bytes) -> None:
        self._send(packet_of(message))


class RoomNews:
    """What those participants of a room are told who understand it."""

    def __init__(self, room: Room, dialogue: Dialogue | None, send: Callable[[list[int], bytes], None]) -> None:
        """`send` takes a data packet for some peers."""
        self._room = room
        self._dialogue = dialogue
        self._send = send

    def on_event(self, event: events.RoomEvent, sessions: Iterable["Session"]) -> None:
        if self._dialogue is None or not isinstance(event, TOLD):
            return
        listening = [session for session in sessions if session.messages.open]
        if not listening:
            return
        if isinstance(event, events.PluginMessage):
            to = event.recipients
            self._tell([one for one in listening if to is None or one.participant.sid in to], event.json)
            return
        for one in announcements(event, self._dialogue.extensions.view(self._room)):
            hearing = [
                session
                for session in listening
                if not one.hosts_only or session.participant.role in HOSTS or session.participant.user_id == one.about
            ]
            self._tell(hearing, self._dialogue.encoded(self._room, one.action, one.fields))

    def _tell(self, sessions: Iterable["Session"], message: bytes) -> None:
        peers = [session.data_peer for session in sessions if session.hears_reliably]
        if peers:
            self._send(peers, packet_of(message))


TOLD = (
    events.PluginMessage,
    events.RoomUpdated,
    events.ForceMuted,
    events.TargetRecording,
    events.BanAdded,
    events.BanRemoved,
    events.ChatMuteAdded,
    events.ChatMuteRemoved,
    events.LobbyEntered,
    events.LobbyLeft,
)
"""Everything else LiveKit clients hear in LiveKit's own ways."""


def packet_of(message: bytes) -> bytes:
    """A data packet from the server with a message of the room."""
    user = models.UserPacket(payload=message, topic=TOPIC)
    packet = models.DataPacket(kind=models.DataPacket.Kind.RELIABLE, user=user)
    return packet.SerializeToString()
