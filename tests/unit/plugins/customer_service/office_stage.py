"""The plugin without a server: the real RoomApi, the real records in a database of the test's own, time by hand."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import msgspec

from roomful.config import Sections
from roomful.config.reader import Document
from roomful.extensions.context import HostContext
from roomful.extensions.records import RecordStore
from roomful.plugins.customer_service import CustomerServiceExtension
from roomful.rooms import Participant, Room
from roomful.rooms.events import Departure
from roomful.rooms.extension import DeviceView, Request, UserClaim
from roomful.rooms.model import LeaveReason
from tests.unit.extensions.stage import START
from tests.unit.plugins.plugin_stage import PluginStage, records_in

PASSWORD = "correct horse"
ROOT = "/customer-service"


class Tab:
    """An agent's workplace: a PluginSocket."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.closed: int | None = None

    def send(self, message: Mapping[str, Any]) -> None:
        self.got.append(msgspec.json.decode(msgspec.json.encode(message)))

    def close(self, code: int, reason: str) -> None:
        self.closed = code

    def heard(self, action: str) -> list[dict[str, Any]]:
        return [message for message in self.got if message["action"] == action]


class OfficeStage(PluginStage):
    """One life of a server; the folder may have seen others."""

    def __init__(self, store: RecordStore, folder: Path, settings: dict[str, Any]) -> None:
        super().__init__()
        self._store = store
        self._folder = folder
        self._sections = Sections(Document("test", {"customer-service": settings}, {}))
        self.extension = CustomerServiceExtension()
        self.room_token = ""
        """Of the agent in the latest `call`."""

    async def begin(self) -> None:
        context = HostContext(
            self.extension.name,
            operations=self.api,
            extensions=self.extensions,
            records=self._store,
            http=cast(Any, None),
            sections=self._sections,
            routes=self.routes,
            files=self._folder / "files",
        )
        context.call_later = self.call_later  # pyright: ignore[reportAttributeAccessIssue]
        await self.extension.init(context)
        self.extensions.start()

    async def http(
        self, method: str, path: str, body: Any = None, *, raw: bytes = b"", token: str = "", **query: str
    ) -> Any:
        """As an administrator, or with a token. Raises RoomApiError."""
        fields = {"query": query, "raw": raw, "bearer": token, "is_admin": not token}
        return await self.ask(method, ROOT + path, body, client_ip="192.0.2.1", base_url="http://here", **fields)

    async def hire(self, name: str, *, ready: bool = True) -> tuple[str, Tab]:
        """An agent at its workplace; returns its id."""
        agent = await self.http("POST", "/agents", {"id": name, "name": name, "username": name, "password": PASSWORD})
        login = await self.http("POST", "/agents/login", {"username": name, "password": PASSWORD})
        tab = await self.open_tab(login["token"])
        if ready:
            await self.at_work(tab, "set_state", state="ready")
        return agent["id"], tab

    async def open_tab(self, token: str) -> Tab:
        """Raises RoomApiError."""
        tab = Tab()
        ((_, socket),) = self.routes.sockets
        await socket.handler.on_open(tab, Request(path={}, query={}, bearer=token))
        await self.settled()
        return tab

    async def at_work(self, tab: Tab, action: str, **fields: Any) -> dict[str, Any]:
        """Say something at a workplace; returns the `ack`. Raises RoomApiError."""
        ((_, socket),) = self.routes.sockets
        await socket.handler.on_message(tab, {"action": action, "seq": 1, **fields})
        await self.settled()
        return tab.heard("ack")[-1]

    async def close_tab(self, tab: Tab) -> None:
        ((_, socket),) = self.routes.sockets
        await socket.handler.on_close(tab)
        await self.settled()

    async def come(self, session_id: str, token: str) -> Participant:
        """Join with a token. Raises RoomApiError."""
        room = self.rooms.with_name(session_id)
        user = await self.extensions.verify_user(room, token)
        assert user is not None
        claim = UserClaim(
            user_id=user.user_id,
            user_name=user.user_name,
            role=user.role,
            token=token,
            device=DeviceView(),
            protocol="test",
        )
        decision = await self.extensions.before_join(room, claim)
        participant = self.enter(room, user.user_id, role=decision.role)
        await self.settled()
        return participant

    async def go(self, room: Room, participant: Participant, word: str = "leave") -> None:
        room.leave(participant.sid, LeaveReason.CLIENT_INITIATED, self.now, departure=Departure(word=word))
        await self.settled()

    async def call(self) -> tuple[str, Participant, Participant, Tab]:
        """A call that is on: session, customer, agent, the agent's workplace."""
        made = await self.http("POST", "/sessions", {"title": "Help", "customer_name": "John"})
        john = await self.come(made["id"], made["link"].partition("?t=")[2])
        _, tab = await self.hire("kim")
        way_in = await self.at_work(tab, "accept_call")
        self.room_token = way_in["room_token"]
        kim = await self.come(made["id"], self.room_token)
        return made["id"], john, kim, tab

    def heard(self, action: str) -> list[dict[str, Any]]:
        """What was said in rooms."""
        return [message for message in self.told if message["action"] == action]


@asynccontextmanager
async def life(folder: Path, *, now: float = START, **settings: Any) -> AsyncIterator[OfficeStage]:
    """A server from its start to its end, as by SIGTERM."""
    async with records_in(folder) as records:
        stage = OfficeStage(records, folder, settings)
        stage.now = now
        try:
            await stage.begin()
            yield stage
            stage.rooms.close_all(LeaveReason.SERVER_SHUTDOWN, stage.now)
            await stage.settled()
        finally:
            await stage.extensions.close(2)
