"""Live rooms without a server: the real RoomApi, the real records in a database of the test's own, and time by hand."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import msgspec

from roomful.config import Sections
from roomful.config.reader import Document
from roomful.extensions.context import HostContext, HostTimer
from roomful.extensions.records import RecordStore
from roomful.plugins.live import LiveExtension
from roomful.rooms import Room
from roomful.rooms.events import Departure, PluginMessage, RoomEvent
from roomful.rooms.extension import OutgoingFailed, RoomApiError, UserClaim
from roomful.rooms.extension.views import DeviceView
from roomful.rooms.model import LeaveReason
from tests.unit.plugins.plugin_stage import PluginStage, records_in


class Bank:
    """Stands for the charging service."""

    def __init__(self) -> None:
        self.bills: list[dict[str, Any]] = []
        self.refuses = False
        self.asked = asyncio.Event()
        self.open = asyncio.Event()
        self.open.set()

    async def post_json(self, url: str, body: Any, *, headers: Any = None, within: float = 10.0) -> Any:
        self.asked.set()
        await self.open.wait()
        if self.refuses:
            raise OutgoingFailed("the answer is 402")
        self.bills.append(body)


class LiveStage(PluginStage):
    """One life of a server; the folder may have seen others."""

    def __init__(self, store: RecordStore, settings: dict[str, Any]) -> None:
        super().__init__()
        self.bank = Bank()
        self.told_to: list[tuple[str, dict[str, Any], frozenset[str] | None]] = []
        """Room, message, and whom alone (user ids)."""
        self._store = store
        self._sections = Sections(Document("test", {"live": settings}, {}))
        self.rooms.on_opened.append(lambda room: room.observers.add(lambda event: self._hear(room, event)))
        self.extensions.start()

    async def begin(self) -> None:
        stage = self

        class Context(HostContext):
            @property
            def http(self) -> Any:
                return stage.bank

            def call_later(
                self, seconds: float, callback: Callable[[], Awaitable[None]], room_id: str = ""
            ) -> HostTimer:
                sid = self._operations.room(room_id).sid if room_id else ""

                def fire() -> None:
                    if room_id:
                        stage.extensions.turns.later(sid, lambda: self._in_room(sid, callback))
                    else:
                        self._run(callback)

                return cast(HostTimer, stage.call_later(seconds, fire))

        self.context = Context(
            "live",
            operations=self.api,
            extensions=self.extensions,
            records=self._store,
            http=cast(Any, None),
            sections=self._sections,
            routes=self.routes,
        )
        self.extension = LiveExtension()
        await self.extension.init(self.context)

    async def settled(self) -> None:
        await super().settled()
        while tasks := self.context._tasks:
            await asyncio.wait(list(tasks), timeout=10)
            await super().settled()

    # What people and administrators do

    async def ask_http(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """As an administrator. Raises RoomApiError."""
        return await self.ask(method, path, body, query=query, is_admin=True)

    async def make(self, room: str = "stage", streamer: str = "kim", **fields: Any) -> Room:
        body = {"room_id": room, "streamer_id": streamer, "streamer_name": streamer.title(), **fields}
        await self.ask_http("POST", "/live/rooms", body)
        return self.rooms.with_name(room)

    async def on_air(self, room: str = "stage", streamer: str = "kim") -> Room:
        """A show that is on, with its streamer there."""
        made = await self.make(room, streamer)
        await self.come(room, streamer)
        await self.say(room, streamer, "start_live")
        return made

    async def come(self, room: str, user_id: str) -> None:
        """Join, if the show lets one in. Raises RoomApiError."""
        opened = self.rooms.with_name(room)
        claim = UserClaim(
            user_id=user_id, user_name=user_id.title(), role=None, token="", device=DeviceView(), protocol="test"
        )
        decision = await self.extensions.before_join(opened, claim)
        self.enter(opened, user_id, role=decision.role)
        await self.settled()

    async def go(self, room: str, user_id: str, word: str = "leave") -> None:
        """Leave, as a client of the room service does."""
        opened = self.rooms.with_name(room)
        await self.extensions.leave(opened, user_id, word)
        for participant in opened.of_user(user_id):
            opened.leave(participant.sid, LeaveReason.CLIENT_INITIATED, self.now, departure=Departure(word=word))
        await self.settled()

    async def away(self, room: str, user_id: str, away: bool) -> None:
        """Lose the connection, or get it back."""
        opened = self.rooms.with_name(room)
        opened.set_away(opened.of_user(user_id)[0].sid, away, self.now)
        await self.settled()

    async def say(self, room: str, who: str, action: str, **fields: Any) -> dict[str, Any]:
        """Say something; returns the answer. Raises RoomApiError."""
        opened = self.rooms.with_name(room)
        message = {"action": action, **fields}
        answer = await self.extensions.message(opened, opened.of_user(who)[0].sid, message)
        await self.settled()
        return answer

    async def refusal(self, room: str, who: str, action: str, **fields: Any) -> int:
        """Say something and return the code that it is refused with; 0 if it is not."""
        try:
            await self.say(room, who, action, **fields)
        except RoomApiError as error:
            return int(error.code)
        return 0

    # What people are told

    def heard(self, action: str, room: str = "stage", by: str | None = None) -> list[dict[str, Any]]:
        """All messages of this action, or those that `by` got."""
        return [
            message
            for where, message, only in self.told_to
            if where == room and message["action"] == action and (by is None or only is None or by in only)
        ]

    def _hear(self, room: Room, event: RoomEvent) -> None:
        if isinstance(event, PluginMessage):
            users = {one.sid: one.user_id for one in room.participants.values()}
            to = event.recipients
            only = None if to is None else frozenset(users[sid] for sid in to if sid in users)
            self.told_to.append((room.name, msgspec.json.decode(event.json), only))


@asynccontextmanager
async def life(folder: Path, *, now: float | None = None, **settings: Any) -> AsyncIterator[LiveStage]:
    """A server from its start to its end. It ends as by SIGTERM: rooms close, and what is to be kept is kept."""
    async with records_in(folder) as records:
        stage = LiveStage(records, settings)
        if now is not None:
            stage.now = now
        try:
            await stage.begin()
            yield stage
            stage.rooms.close_all(LeaveReason.SERVER_SHUTDOWN, stage.now)
            await stage.settled()
        finally:
            stage.context.close()
            await stage.extensions.close(2)
