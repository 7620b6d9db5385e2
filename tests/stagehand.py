"""A plugin for tests: it does to rooms over HTTP what it is told, writes down what it hears, and fails where asked to.

`installed_in` puts it into a folder the way pip would, entry point and all, for a server to find.
"""

import asyncio
import os
import shutil
from pathlib import Path
from typing import Any

import msgspec

from roomful.rooms.extension import (
    Context,
    ExtensionProps,
    JoinDecision,
    PluginSocket,
    Request,
    Role,
    RoomCallbacks,
    RoomView,
    Route,
    SocketRoute,
    UserClaim,
    UserView,
)

TOKEN = "stage-door"


class Order(msgspec.Struct):
    """One operation of the RoomApi, or of the records."""

    name: str
    arguments: list[Any] = []
    options: dict[str, Any] = {}


class Settings(msgspec.Struct):
    fails: list[str] = []
    """Callbacks that raise."""
    hangs: list[str] = []
    """Callbacks that never return."""


class Stagehand(RoomCallbacks):
    name = "stagehand"

    def __init__(self) -> None:
        self.diary: list[list[str]] = []

    async def init(self, context: Context) -> None:
        self.context = context
        self.settings = context.settings("stage_hand", Settings)
        context.room_api().register_callbacks(
            "stage", self, ExtensionProps(name=self.name, room_type="stage", default_role=Role.MEMBER)
        )
        context.add_route(
            Route(method="POST", path="/stagehand/do", handler=self.do, summary="Do it", body_type=Order, admin=True)
        )
        context.add_route(
            Route(method="GET", path="/stagehand/diary/{room_id}", handler=self.read, summary="What was heard")
        )
        context.add_route(
            Route(
                method="DELETE", path="/stagehand/diary/{room_id}", handler=self.forget, summary="Forget it", admin=True
            )
        )
        context.add_socket(SocketRoute(path="/stagehand/echo/{word}", handler=Echo()))

    async def do(self, request: Request) -> Any:
        order: Order = request.body
        owner = self.context.records if order.name.startswith("records.") else self.context.room_api()
        return await getattr(owner, order.name.removeprefix("records."))(*order.arguments, **order.options)

    async def read(self, request: Request) -> Any:
        return [entry for entry in self.diary if entry[1] == request.path["room_id"]]

    async def forget(self, request: Request) -> None:
        self.diary = [entry for entry in self.diary if entry[1] != request.path["room_id"]]

    async def note(self, callback: str, room: RoomView, *words: str) -> None:
        self.diary.append([callback, room.room_id, *words])
        if callback in self.settings.fails:
            raise ZeroDivisionError(callback)
        if callback in self.settings.hangs:
            await asyncio.Event().wait()

    async def before_join(self, room: RoomView, claim: UserClaim) -> JoinDecision:
        if claim.user_id == "heckler":
            return JoinDecision(allow=False, message="no hecklers")
        return JoinDecision(
            role=Role.VIEWER if claim.user_id == "onlooker" else None, passes_lobby=claim.user_id == "star"
        )

    async def on_room_created(self, room: RoomView) -> None:
        await self.note("created", room)

    async def on_user_join(self, room: RoomView, user: UserView) -> None:
        await self.note("join", room, user.user_id, user.protocol)

    async def on_user_leave(self, room: RoomView, user: UserView, reason: str) -> None:
        await self.note("leave", room, user.user_id, reason)

    async def on_recording(self, room: RoomView, recording: bool, error: str) -> None:
        await self.note("recording", room, str(recording), error)

    async def close(self) -> None:
        """Nothing to end."""


class Echo:
    """Says everything once more."""

    async def on_open(self, socket: PluginSocket, request: Request) -> None:
        socket.send({"action": "hello", "word": request.path["word"]})

    async def on_message(self, socket: PluginSocket, message: dict[str, Any]) -> None:
        if message.get("action") == "bye":
            socket.close(4000, "bye")
        socket.send({**message, "again": True} if message.get("action") != "raise" else {"boom": object()})

    async def on_close(self, socket: PluginSocket) -> None:
        """It is gone."""


def installed_in(folder: Path, source: Path = Path(__file__), entry: str = "stagehand:Stagehand") -> dict[str, str]:
    """Install a plugin of one file there; returns what a server's environment needs to find it."""
    name = entry.partition(":")[0]
    folder.mkdir(exist_ok=True)
    shutil.copy(source, folder / f"{name}.py")
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[roomful.plugins]\n{name} = {entry}\n")
    return {"PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])}
