"""What an administrator sees and does over HTTP, in a meeting of a LiveKit client and a room WebSocket client."""

from typing import Any

import httpx
import pytest

from tests.running_server import RunningServer

from .meeting import open_to_all
from .room_client import room_client
from .showing import GREEN
from .waiting import until_seen

pytestmark = pytest.mark.timeout(90)


async def test_somebody_is_seen_muted_and_removed_and_the_room_closed(roomful_server: RunningServer) -> None:
    async with (
        open_to_all(roomful_server) as meeting,
        room_client(roomful_server.ws_url, meeting.name) as moni,
        httpx.AsyncClient(base_url=f"{roomful_server.http_url}/api/console", timeout=30) as http,
    ):

        async def ask(path: str, **parameters: Any) -> Any:
            answer = await http.get(path, params=parameters)
            return answer.json()["data"] if answer.status_code == 200 else answer.json()["code"]

        async def do(**deed: Any) -> int:
            return (await http.post("/actions", json={"room_id": meeting.name, **deed})).json()["code"]

        async def people() -> dict[str, Any]:
            return {one["user_id"]: one for one in (await ask("/room", room_id=meeting.name))["people"]}

        await moni.join("moni")
        (alice,) = await meeting.meet("alice")
        await alice.publish_picture(GREEN)
        seen = await until_seen(people, lambda them: bool(them["alice"]["tracks"]), "Alice's picture is listed")
        assert {name: one["protocol"] for name, one in seen.items()} == {"alice": "livekit", "moni": "monibuca"}
        assert [(track["kind"], track["muted"]) for track in seen["alice"]["tracks"]] == [("video", False)]

        assert await do(op="mute", user_id="alice", params={"kind": "video"}) == 0
        muted = (await people())["alice"]
        assert (muted["force_muted"], muted["tracks"][0]["muted"]) == (["video"], True)
        assert await do(op="unmute", user_id="alice", params={"kind": "video"}) == 0
        assert (await people())["alice"]["force_muted"] == []

        assert await do(op="kick", user_id="nobody") == 40402
        assert await do(op="kick") == await do(op="mute", user_id="moni") == 40003
        assert await do(op="ban", user_id="moni") == 40003, "that is not offered here"
        assert await do(op="kick", user_id="moni") == 0
        assert "moni" not in await people()

        server = await ask("/server")
        assert (server["storage_healthy"], server["reports"]["backend"], server["draining"]) == (
            True,
            "database",
            False,
        )
        assert server["rooms"] >= 1
        assert server["resident_bytes"] > 1_000_000
        assert await ask("/workers") == []
        assert isinstance(await ask("/recordings", limit=1), list)
        assert await ask("/recordings", limit=0) == 40003

        assert await do(op="close_room") == 0
        assert await ask("/room", room_id=meeting.name) == await do(op="close_room") == 40401


async def test_nobody_else_looks_or_acts(roomful_server: RunningServer) -> None:
    async with httpx.AsyncClient(base_url=f"{roomful_server.http_url}/api/console", timeout=30) as http:
        http.headers["authorization"] = "Bearer guessed"
        for path in ("/room?room_id=x", "/server", "/workers", "/recordings"):
            answer = await http.get(path)
            assert (answer.status_code, answer.json()["code"]) == (403, 40301), path
        answer = await http.post("/actions", json={"room_id": "x", "op": "close_room"})
        assert answer.status_code == 403
