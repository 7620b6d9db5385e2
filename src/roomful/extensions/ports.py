"""What the operations of `RoomApi` need of the rest of the server. `app.py` hands it in."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Protocol, TypeAlias

from roomful.rooms.extension import RecordingView
from roomful.rooms.participant import Participant
from roomful.rooms.room import Room


class RoomStore(Protocol):
    """Who keeps rooms beyond a restart."""

    async def keep(self, room: Room) -> None:
        """Save the room, and all that becomes of it."""
        ...


WHOLE_ROOM = "room"
"""What is to be recorded, where it is no user (a user id) and no stream (its path)."""


class Recorder(Protocol):
    """Records what members send. All raise RoomApiError (BACKEND_UNAVAILABLE)."""

    async def start(self, room: Room, target: str) -> bool:
        """Record a user, a stream, or everybody there is and will be; a second time changes nothing: False."""
        ...

    async def stop(self, room: Room, target: str) -> tuple[bool, tuple[str, ...]]:
        """Return whether anything was being recorded, and the ids of its files so far."""
        ...

    async def recordings(self, room_id: str) -> Sequence[RecordingView]:
        """Newest first."""
        ...

    async def newest(self, most: int) -> Sequence[RecordingView]:
        """Of all rooms, newest first."""
        ...

    async def find(self, recording_id: str) -> RecordingView:
        """Of any room. Raises NOT_FOUND."""
        ...

    async def file(self, room_id: str, recording_id: str) -> str:
        """The path of a finished file of a room. Raises NOT_FOUND."""
        ...


OnEnd: TypeAlias = Callable[[str, str], None]
"""Playback id and, if it could not be played, what is wrong."""


class Player(Protocol):
    """Plays files into rooms, and sets who hears whom. All raise RoomApiError (BAD_FIELD, BACKEND_UNAVAILABLE)."""

    async def play(self, room: Room, path: str, to: Collection[str], *, loop: bool, volume: float) -> str:
        """Play to these users, to all if there are none. Returns a playback id."""
        ...

    def play_as(self, room: Room, path: str, speaker_id: str, *, loop: bool, volume: float, on_end: OnEnd) -> str:
        """Mix it into a user's voice. Returns a playback id."""
        ...

    def change(self, room: Room, number: str, *, volume: float | None, paused: bool | None) -> bool:
        """How a file that is mixed is played; return whether there is one."""
        ...

    async def stop(self, room: Room, number: str) -> bool:
        """End a playback; return whether there was one."""
        ...

    def set_voice(self, room: Room, speaker_id: str, volume: float) -> None:
        """How loud all others hear a user: a factor."""
        ...

    def set_hearing(self, room: Room, listener_id: str, speaker_id: str, gain: float) -> None: ...


class Transcriber(Protocol):
    """Writes down what is said. Raises RoomApiError (BACKEND_UNAVAILABLE)."""

    async def start(self, room: Room, language: str) -> None: ...

    async def stop(self, room: Room) -> None: ...


PublishTokens: TypeAlias = Callable[[str, str], str]
"""Room and user id → a token to publish that user's stream path with."""

Mover: TypeAlias = Callable[[Room, Participant, Room], Awaitable[None]]
"""How a protocol takes one of its participants to another room. Raises RoomError or RoomApiError."""


TravelToken: TypeAlias = Callable[[Room, Participant, Room], str]
"""A token for a participant, with which its client joins another room as the same."""


class Ports:
    """All of it; what is not there stays None, and operations that need it raise BACKEND_UNAVAILABLE."""

    def __init__(self) -> None:
        self.store: RoomStore | None = None
        self.recorder: Recorder | None = None
        self.transcriber: Transcriber | None = None
        self.player: Player | None = None
        self.publish_tokens: PublishTokens = lambda room_id, user_id: ""
        self.movers: dict[str, Mover] = {}
        """By protocol name; each protocol that can move its clients adds its own."""
        self.travel_tokens: dict[str, TravelToken] = {}
        """Likewise, of protocols whose clients go by themselves."""
