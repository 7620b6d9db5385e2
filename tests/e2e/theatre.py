"""A server with the stagehand plugin, and the words to tell it what to do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.running_server import RunningServer, loopback_config, running_server
from tests.stagehand import TOKEN, installed_in


class Refused(Exception):
    """The plugin's operation was refused."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code


class Theatre:
    def __init__(self, server: RunningServer) -> None:
        self.server = server
        self.http = httpx.AsyncClient(base_url=server.http_url, headers={"authorization": f"Bearer {TOKEN}"})

    async def do(self, name: str, *arguments: Any, **options: Any) -> Any:
        """An operation of the RoomApi (or `records.…`). Raises Refused."""
        order = {"name": name, "arguments": arguments, "options": options}
        answer = await self.http.post("/stagehand/do", json=order, timeout=30)
        body = answer.json()
        if body["code"]:
            raise Refused(answer.status_code, body["code"], body["message"])
        return body["data"]

    async def diary(self, room: str) -> list[list[str]]:
        return (await self.http.get(f"/stagehand/diary/{room}")).json()["data"]


@asynccontextmanager
async def theatre(folder: Path, config: dict[str, object] | None = None, **changes: object) -> AsyncIterator[Theatre]:
    """Its data, and the plugin, are in `folder`; give the same one (and `config`) again to start it again."""
    config = config or theatre_config(**changes)
    plugin = folder / "plugin"
    environment = installed_in(plugin)
    async with running_server(folder, config, environment=environment) as server:
        made = Theatre(server)
        try:
            yield made
        finally:
            await made.http.aclose()


def theatre_config(**changes: object) -> dict[str, object]:
    return loopback_config(room={"admin_token": TOKEN}, **changes)
