"""A Janus, with all that is carried by it: when it comes and goes, and who is to know. specs/nkmedia.md §10.1."""

import logging
from collections.abc import Callable
from functools import partial

from roomful.config import JanusConfig
from roomful.protocols.nkmedia.codes import Code, NkError
from roomful.protocols.nkmedia.janus.client import Client
from roomful.protocols.nkmedia.janus.link import ECHOTEST, VIDEOROOM
from roomful.protocols.nkmedia.janus.listener import JanusListener
from roomful.protocols.nkmedia.janus.messages import read
from roomful.protocols.nkmedia.janus.mirrors import Mirrors
from roomful.protocols.nkmedia.janus.publisher import JanusPublisher
from roomful.protocols.nkmedia.janus.rooms import JanusRooms
from roomful.protocols.nkmedia.members import Members
from roomful.protocols.nkmedia.services import Services
from roomful.protocols.nkmedia.steps import Steps, walk
from roomful.rooms.errors import RoomError
from roomful.rooms.room import Room

CHECK_EVERY = 30.0
"""Seconds between two comparisons of its rooms with ours."""
NEEDED = frozenset({VIDEOROOM, ECHOTEST})
"""Plugins without which it is no backend."""

logger = logging.getLogger(__name__)


class JanusEngine:
    """See the module. The shell calls what is below `Of the shell`."""

    def __init__(self, services: Services, members: Members, config: JanusConfig) -> None:
        self.config = config
        self.members = members
        self.is_up = False
        self.client = Client(config, services.clock)
        self.rooms = JanusRooms(self.client, config, services.rooms, self._on_missing)
        self.mirrors = Mirrors(services, self.client, self.rooms)
        self.publisher = partial(JanusPublisher, self)
        self.listener = partial(JanusListener, self)
        self._services = services
        self._hang_up: Callable[[], None] = lambda: None
        self._check_at = 0.0

    def _come_up(self) -> Steps[None]:
        info = yield self.client.ask("info")
        missing = NEEDED - info.get("plugins", {}).keys()
        if missing or info["full_trickle"]:
            what = f"it has no {', '.join(sorted(missing))}" if missing else "its full_trickle has to be off"
            logger.error("Janus is not usable: %s", what)
            self._hang_up()
            return
        yield from self.rooms.begin(self._hang_up)
        self._check_at = self._services.clock() + CHECK_EVERY
        self.is_up = True
        logger.info("Janus is there")

    def _guard(self, step: Callable[[], None]) -> None:
        try:
            step()
        except (NkError, RoomError) as error:
            logger.warning("Janus is not usable: %s", error)
            self._hang_up()

    def _on_missing(self, room: Room) -> None:
        logger.warning("Janus has lost a room: it ends")
        self.members.close(room, Code.ROOM_DESTROYED, self._services.clock())

    # Of the shell

    def connected(self, send: Callable[[bytes], None], hang_up: Callable[[], None]) -> None:
        """There is a WebSocket. `hang_up` closes it."""
        now = self._services.clock()
        self._hang_up = hang_up
        self.client.connected(send, now)
        self._services.wheel.set(self, now + 1)
        walk(self._come_up(), self._guard)

    def receive(self, text: str | bytes) -> None:
        """Raises ValueError for what is no message of Janus's."""
        self.client.receive(read(text))

    def lost(self) -> None:
        """The WebSocket is gone."""
        now = self._services.clock()
        was_up, self.is_up = self.is_up, False
        self._services.wheel.discard(self)
        self.client.lost()
        rooms = self.rooms.lost()
        for room in rooms if was_up else ():
            self.members.close(room, Code.JANUS_SESSION_DOWN, now)

    def on_time(self, now: float) -> float | None:
        self.client.on_time(now)
        if self.is_up and now >= self._check_at:
            self._check_at = now + CHECK_EVERY
            walk(self.rooms.check(), self._guard)
        return now + 1
