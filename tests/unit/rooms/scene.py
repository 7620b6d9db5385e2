"""A room with people in it, in the fewest words, and a memory of what was told."""

from typing import Any, TypeVar

from roomful.rooms import JoinRequest, Participant, Permission, Room, RoomDefaults, RoomOptions, Track, TrackSpec
from roomful.rooms.events import RoomEvent
from roomful.rooms.model import TrackKind, TrackSource

EventT = TypeVar("EventT", bound=RoomEvent)

START = 1_000_000.0
"""When the room of these tests is opened, unix seconds."""


class Witness:
    """Observes a room and remembers."""

    def __init__(self, room: Room) -> None:
        self.events: list[RoomEvent] = []
        room.observers.add(self.events.append)

    def of(self, kind: type[EventT]) -> list[EventT]:
        return [event for event in self.events if isinstance(event, kind)]

    def only(self, kind: type[EventT]) -> EventT:
        (event,) = self.of(kind)
        return event

    def names(self) -> list[str]:
        return [type(event).__name__ for event in self.events]

    def forget(self) -> None:
        self.events.clear()


def open_room(defaults: RoomDefaults | None = None, **options: Any) -> Room:
    return Room("lounge", "RM_lounge", RoomOptions(**options), START, defaults=defaults or RoomDefaults())


def enter(room: Room, identity: str, now: float = START, **request: Any) -> Participant:
    """Join and become active."""
    participant = room.join(JoinRequest(identity=identity, **request), now)
    room.activate(participant.sid, now)
    return participant


def announce(
    room: Room, participant: Participant, source: TrackSource = TrackSource.MICROPHONE, now: float = START, **spec: Any
) -> Track:
    video = source in {TrackSource.CAMERA, TrackSource.SCREEN_SHARE}
    kind = TrackKind.VIDEO if video else TrackKind.AUDIO
    return room.publish(participant.sid, TrackSpec(kind=kind, source=source, **spec), now)


def publish(
    room: Room, participant: Participant, source: TrackSource = TrackSource.MICROPHONE, now: float = START, **spec: Any
) -> Track:
    """Announce and bind."""
    track = announce(room, participant, source, now, **spec)
    return room.bind(track.sid, "video/VP8" if track.kind is TrackKind.VIDEO else "audio/opus", "0", now)


HIDDEN = Permission(hidden=True)
