"""Rooms that are on Janus and here, and their numbers and feeds there. specs/nkmedia.md §10.2, §10.3."""

import logging
import secrets
from collections.abc import Callable
from typing import Any

from roomful.config import JanusConfig
from roomful.protocols.nkmedia.codes import Code, NkError
from roomful.protocols.nkmedia.janus.client import Client
from roomful.protocols.nkmedia.janus.errors import ROOM_EXISTS, JanusError
from roomful.protocols.nkmedia.janus.feeds import Feed, Id
from roomful.protocols.nkmedia.janus.link import VIDEOROOM, Handle, Link
from roomful.protocols.nkmedia.janus.messages import Message
from roomful.protocols.nkmedia.room_settings import JANUS, RoomSettings, settings_of_room
from roomful.protocols.nkmedia.steps import Steps
from roomful.rooms.registry import Rooms
from roomful.rooms.room import Room

PREFIX = "nkmedia:"
"""Of the descriptions of our rooms there; the room's name follows."""
PUBLISHERS = 1000
ATTEMPTS = 3
"""To draw a number that nobody has."""

logger = logging.getLogger(__name__)


class JanusRooms:
    """See the module."""

    def __init__(self, client: Client, config: JanusConfig, rooms: Rooms, on_missing: Callable[[Room], None]) -> None:
        """`on_missing` is called with a room that Janus does not have any more."""
        self._client = client
        self._string_ids = config.string_ids
        self._key = {"admin_key": config.admin_key} if config.admin_key else {}
        self._rooms = rooms
        self._on_missing = on_missing
        self._handle: Handle | None = None
        self._numbers: dict[str, Id] = {}
        """By name; also of rooms that are being made."""
        self._feeds: dict[str, dict[str, Feed]] = {}
        """Room name → session id → feed."""
        rooms.on_closed.append(lambda room: self.destroy(room.name))

    def number(self, room: Room) -> Id:
        """Raises NkError (ROOM_NOT_FOUND)."""
        number = self._numbers.get(room.name)
        if number is None:
            raise NkError(Code.ROOM_NOT_FOUND)
        return number

    # Coming and going

    def begin(self, on_lost: Callable[[], None]) -> Steps[None]:
        """Take over the rooms that Janus still has, and make those that it lacks. Raises NkError."""
        link = Link(self._client, on_lost)
        yield from link.open()
        self._handle = yield from link.attach(VIDEOROOM, _ignore)
        for number, name in (yield from self._listed()).items():
            if name in self._numbers or not self._is_ours(name):
                yield self._ask("destroy", room=number)
            else:
                self._numbers[name] = number
        for room in self._rooms:
            settings = settings_of_room(room)
            if settings is not None and settings.backend == JANUS and room.name not in self._numbers:
                try:
                    yield from self.create(room.name, settings)
                except JanusError:
                    self._on_missing(room)

    def lost(self) -> list[Room]:
        """Janus is gone; returns the rooms that were there."""
        numbers, self._numbers = self._numbers, {}
        self._feeds = {}
        self._handle = None
        found = (self._rooms.get(name) for name in numbers if self._is_ours(name))
        return [room for room in found if room is not None]

    def check(self) -> Steps[None]:
        """Bring both sides together again. Raises NkError."""
        before = dict(self._numbers)
        listed = yield from self._listed()
        for number in listed.keys() - set(self._numbers.values()):
            logger.warning("Janus has a room that nobody knows: it ends")
            yield self._ask("destroy", room=number)
        for name, number in before.items():
            room = self._rooms.get(name)
            if number not in listed and room is not None and self._numbers.get(name) == number:
                self._on_missing(room)

    def create(self, name: str, settings: RoomSettings) -> Steps[None]:
        """Raises NkError."""
        if name in self._numbers:
            raise NkError(Code.ROOM_ALREADY_EXISTS)
        for attempt in range(1, ATTEMPTS + 1):
            number = self._numbers[name] = self._draw(name)
            try:
                yield self._ask(
                    "create",
                    room=number,
                    description=PREFIX + name,
                    permanent=False,
                    is_private=False,
                    publishers=PUBLISHERS,
                    bitrate=settings.bitrate,
                    audiocodec=settings.audio_codec,
                    videocodec=settings.video_codec,
                    **self._key,
                )
                return
            except NkError as error:
                self._numbers.pop(name, None)
                taken = isinstance(error, JanusError) and error.number == ROOM_EXISTS
                if not taken or self._string_ids or attempt == ATTEMPTS:
                    raise

    def destroy(self, name: str) -> None:
        """Does nothing for a room that is not there."""
        number = self._numbers.pop(name, None)
        self._feeds.pop(name, None)
        if number is not None and self._handle is not None:
            self._handle.ask_now("destroy", room=number)

    # Feeds

    def new_feed_id(self, session_id: str) -> Id:
        return self._draw(session_id)

    def add_feed(self, room: Room, session_id: str, feed: Feed) -> None:
        self._feeds.setdefault(room.name, {})[session_id] = feed

    def remove_feed(self, room: Room, session_id: str) -> None:
        self._feeds.get(room.name, {}).pop(session_id, None)

    def feed(self, room: Room, session_id: str) -> Feed | None:
        return self._feeds.get(room.name, {}).get(session_id)

    def _draw(self, name: str) -> Id:
        return name if self._string_ids else 1 + secrets.randbelow(2**52 - 1)

    def _is_ours(self, name: str) -> bool:
        room = self._rooms.get(name)
        settings = None if room is None else settings_of_room(room)
        return settings is not None and settings.backend == JANUS

    def _listed(self) -> Steps[dict[Id, str]]:
        """Number → name of the rooms there that are ours by their description."""
        answer = yield self._ask("list")
        described: list[dict[str, Any]] = answer.get("list", [])
        return {
            one["room"]: one["description"].removeprefix(PREFIX)
            for one in described
            if str(one.get("description", "")).startswith(PREFIX)
        }

    def _ask(self, request: str, **body: Any) -> Any:
        if self._handle is None:
            raise NkError(Code.NO_MEDIASERVER)
        return self._handle.ask_now(request, **body)


def _ignore(message: Message) -> None:
    del message
