"""Rooms with the meeting plugin, without the server: real rooms, real records, and a clock that tests move."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import msgspec

from roomful.config import Sections
from roomful.extensions.context import HostContext
from roomful.extensions.records import RecordStore
from roomful.outgoing import AddressRules, OutgoingHttp
from roomful.plugins.meeting import MeetingExtension
from roomful.plugins.meeting.settings import MeetingSettings
from roomful.rooms import Participant, Room
from roomful.rooms.events import Departure
from roomful.rooms.extension import DeviceView, JoinDecision, Role, RoomApiError, RoomView, UserClaim
from roomful.rooms.model import LeaveReason
from roomful.rooms.options import RoomOptions
from tests.unit.extensions.stage import START
from tests.unit.plugins.plugin_stage import PluginStage, records_in


class Convention(PluginStage):
    """Rooms of type `meeting`."""

    def __init__(self, store: RecordStore, http: OutgoingHttp, settings: MeetingSettings, **defaults: Any) -> None:
        super().__init__(**defaults)
        self.extension = MeetingExtension()
        self._store = store
        self._http = http
        self._settings = settings

    async def begin(self) -> None:
        """Start the plugin, as the server does at its start."""
        context = HostContext(
            "meeting",
            operations=self.api,
            extensions=self.extensions,
            records=self._store,
            http=self._http,
            sections=Sections(),
            routes=self.routes,
        )
        context.settings = lambda section, settings_type: self._settings  # pyright: ignore[reportAttributeAccessIssue]
        context.call_later = self.call_later  # pyright: ignore[reportAttributeAccessIssue]
        await self.extension.init(context)
        self.extensions.start()

    # People

    def hold(self, name: str = "m1") -> Room:
        """A room of type `meeting`, as a join opens it."""
        return self.rooms.with_name_or_new(name, self.now, RoomOptions(type="meeting"))

    async def join(self, room: Room, identity: str, role: Role | None = None, **request: Any) -> Participant:
        """As a protocol that asks extensions; who waits in the lobby gets a RoomError."""
        decision = await self.before_join(room, identity, role)
        participant = self.enter(room, identity, role=decision.role or role, **request)
        await self.settled()
        return participant

    async def before_join(self, room: Room, identity: str, role: Role | None = None) -> JoinDecision:
        claim = UserClaim(
            user_id=identity, user_name=identity, role=role, token="", device=DeviceView(), protocol="test"
        )
        return await self.extensions.before_join(room, claim)

    async def leave(self, room: Room, participant: Participant, word: str = "leave") -> None:
        departure = Departure(word=word)
        room.leave(participant.sid, LeaveReason.CLIENT_INITIATED, self.now, departure=departure)
        await self.settled()

    async def say(self, room: Room, who: Participant, action: str, **fields: Any) -> dict[str, Any]:
        """Send a message; gives what the `ack` brings. Raises RoomApiError."""
        answer = await self.extensions.message(room, who.sid, {"action": action, **fields})
        await self.settled()
        return answer

    def heard(self, action: str) -> list[dict[str, Any]]:
        return [message for message in self.told if message["action"] == action]

    def view(self, room: Room) -> RoomView:
        return self.extensions.view(room)

    def status(self, room: Room) -> str:
        return self.view(room).extension["status"]

    # HTTP

    async def http(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """Call a route as an administrator. Raises RoomApiError."""
        result = await self.ask(method, f"/meeting/meetings{path}", body, query=query, is_admin=True)
        return result if hasattr(result, "content_type") else msgspec.to_builtins(result)


@asynccontextmanager
async def convention(folder: Path, at: float = START, **settings: Any) -> AsyncIterator[Convention]:
    """What is in the folder stays there, for another one to find: as over a restart."""
    http = OutgoingHttp(AddressRules())
    async with records_in(folder) as records:
        made = Convention(records, http, msgspec.convert(settings, MeetingSettings))
        made.now = at
        try:
            await made.begin()
            yield made
        finally:
            await made.settled()
            await made.extension.close()
            await http.close()


def refusal(error: Any) -> int:
    """The code of a refused message."""
    return int(cast(RoomApiError, error.value).code)


__all__ = ["Convention", "convention", "refusal"]
