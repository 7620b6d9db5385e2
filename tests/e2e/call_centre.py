"""A call centre on a real server: its HTTP API, agents at their workplaces, customers with their links."""

import contextlib
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.running_server import RunningServer

from .room_client import RoomClient, room_client

PASSWORD = "correct horse"
ROOT = "/customer-service"


class Centre:
    """The HTTP API, as an administrator on the same machine uses it, or with a token."""

    def __init__(self, server: RunningServer, http: httpx.AsyncClient) -> None:
        self.server = server
        self.http = http

    async def ask(self, method: str, path: str, body: object = None, token: str = "", **query: str) -> dict[str, Any]:
        """Return the whole answer."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        response = await self.http.request(method, f"{ROOT}{path}", json=body, headers=headers, params=query)
        answer: dict[str, Any] = response.json()
        assert response.status_code == (answer["code"] // 100 or 200), answer
        return answer

    async def call(self, method: str, path: str, body: object = None, token: str = "", **query: str) -> Any:
        """Return `data`; raises AssertionError with the refusal."""
        answer = await self.ask(method, path, body, token, **query)
        assert answer["code"] == 0, answer
        return answer["data"]

    async def hire(self, name: str) -> tuple[str, str]:
        """Make an account and log in; returns the agent's id and token."""
        username = f"{name}-{uuid.uuid4().hex[:8]}"
        body = {"name": f"Agent {name}", "username": username, "password": PASSWORD}
        agent = await self.call("POST", "/agents", body)
        login = await self.call("POST", "/agents/login", {"username": username, "password": PASSWORD})
        return agent["id"], login["token"]

    async def invite(self, title: str = "After-sales inquiry", customer_name: str = "John") -> dict[str, Any]:
        return await self.call("POST", "/sessions", {"title": title, "customer_name": customer_name})

    async def session(self, session_id: str) -> dict[str, Any]:
        return await self.call("GET", f"/sessions/{session_id}")


@asynccontextmanager
async def call_centre(server: RunningServer) -> AsyncIterator[Centre]:
    async with httpx.AsyncClient(base_url=server.http_url, timeout=30) as http:
        yield Centre(server, http)


@asynccontextmanager
async def desk(server: RunningServer, token: str, *, ready: bool = True) -> AsyncIterator[RoomClient]:
    """An agent's workplace."""
    async with connect(f"{server.ws_url}{ROOT}/agent/ws?token={token}", max_size=None) as connection:
        client = RoomClient(connection, "")
        await client.until("workplace")
        if ready:
            assert (await client.ask("set_state", state="ready"))["state"] in ("Ready", "Ringing")
        yield client
        with contextlib.suppress(ConnectionClosed):  # as at the end of the server
            await client.say("set_state", state="busy")  # so that calls of other tests do not ring here


@asynccontextmanager
async def customer(server: RunningServer, link: str) -> AsyncIterator[RoomClient]:
    """Somebody who has followed a link."""
    session_id = urlsplit(link).path.rpartition("/")[2]
    token = parse_qs(urlsplit(link).query)["t"][0]
    async with room_client(server.ws_url, session_id, token) as client:
        joined = await client.join("anybody")
        assert joined["self"]["role"] == "customer"
        yield client


@asynccontextmanager
async def in_call(server: RunningServer, way_in: dict[str, Any]) -> AsyncIterator[RoomClient]:
    """An agent in the room of its call, as `call_accepted` at its workplace says."""
    async with room_client(server.ws_url, way_in["room_id"], way_in["room_token"]) as client:
        joined = await client.join("agent")
        assert joined["self"]["role"] == "agent"
        yield client
