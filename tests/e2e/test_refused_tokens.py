"""A token that is not good lets nobody in and makes no room, whichever door it is shown at."""

import base64
import time
from collections.abc import AsyncIterator, Callable
from http import HTTPStatus
from typing import Any

import httpx
import jwt
import msgspec
import pytest
import pytest_asyncio
from livekit import api
from websockets.exceptions import InvalidStatus

from tests.running_server import API_KEY, API_SECRET, RunningServer

from .signal_client import join_request, signal_client

ROOM = "nobody comes in"
HOUR = 3600


def claims(**changes: Any) -> dict[str, Any]:
    """What a good token says, but for `changes`; None leaves a claim out."""
    now = int(time.time())
    video = {"roomJoin": True, "room": ROOM, "roomCreate": True, "roomAdmin": True}
    good = {"iss": API_KEY, "sub": "alice", "nbf": now - 10, "exp": now + HOUR, "video": video} | changes
    return {name: value for name, value in good.items() if value is not None}


def signed(secret: str = API_SECRET, **changes: Any) -> str:
    return jwt.encode(claims(**changes), secret, "HS256")


def unsigned() -> str:
    header, body = (msgspec.json.encode(part) for part in ({"alg": "none", "typ": "JWT"}, claims()))
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (header, body)) + "."


def tampered() -> str:
    header, _, signature = signed().split(".")
    body = base64.urlsafe_b64encode(msgspec.json.encode(claims(sub="root"))).rstrip(b"=").decode()
    return f"{header}.{body}.{signature}"


BAD_TOKENS: dict[str, Callable[[], str]] = {
    "missing": lambda: "",
    "no token": lambda: "let me in",
    "expired": lambda: signed(nbf=int(time.time()) - 2 * HOUR, exp=int(time.time()) - HOUR),
    "not yet valid": lambda: signed(nbf=int(time.time()) + HOUR, exp=int(time.time()) + 2 * HOUR),
    "unknown key": lambda: signed(iss="nobody's key"),
    "wrong secret": lambda: signed("a-secret-of-enough-length-but-not-the-one"),
    "algorithm none": unsigned,
    "another algorithm": lambda: jwt.encode(claims(), API_SECRET * 2, "HS512"),
    "tampered": tampered,
    "no video grant": lambda: signed(video=None),
    "no right to join": lambda: signed(video={"room": ROOM}),
}
bad_tokens = pytest.mark.parametrize("token", BAD_TOKENS.values(), ids=BAD_TOKENS)


@pytest_asyncio.fixture(autouse=True)
async def no_room_is_made(roomful_server: RunningServer) -> AsyncIterator[None]:
    yield
    async with api.LiveKitAPI(roomful_server.http_url, API_KEY, API_SECRET) as service:
        rooms = await service.room.list_rooms(api.ListRoomsRequest(names=[ROOM]))
    assert [room.name for room in rooms.rooms] == []


@bad_tokens
@pytest.mark.parametrize("single", [False, True], ids=["/rtc", "/rtc/v1"])
async def test_signalling_refuses_and_validate_says_the_same(
    roomful_server: RunningServer, token: Callable[[], str], single: bool
) -> None:
    shown = token()
    with pytest.raises(InvalidStatus) as refused:
        async with signal_client(roomful_server.ws_url, shown, single=single):
            pass
    answer = refused.value.response
    assert answer.status_code == HTTPStatus.UNAUTHORIZED
    assert answer.body
    assert shown == "" or shown not in bytes(answer.body).decode(), "a token must not get into logs by way of errors"

    path, query = ("/rtc/v1/validate", {"join_request": join_request()}) if single else ("/rtc/validate", {})
    async with httpx.AsyncClient(base_url=roomful_server.http_url) as client:
        asked = await client.get(path, params=query | ({"access_token": shown} if shown else {}))
    assert (asked.status_code, asked.content) == (answer.status_code, bytes(answer.body))


@bad_tokens
async def test_room_service_refuses(roomful_server: RunningServer, token: Callable[[], str]) -> None:
    if token is BAD_TOKENS["no right to join"]:
        pytest.skip("that right is of no interest here")
    headers = {"Authorization": f"Bearer {shown}"} if (shown := token()) else {}
    async with httpx.AsyncClient(base_url=roomful_server.http_url, headers=headers) as client:
        answer = await client.post("/twirp/livekit.RoomService/CreateRoom", json={"name": ROOM})
    assert answer.status_code == HTTPStatus.UNAUTHORIZED
    if answer.headers["Content-Type"] == "application/json":
        assert answer.json() == {"code": "unauthenticated", "msg": "permissions denied"}
    assert shown == "" or shown not in answer.text


async def test_a_token_for_one_room_rules_no_other(roomful_server: RunningServer) -> None:
    token = api.AccessToken(API_KEY, API_SECRET).with_grants(api.VideoGrants(room_admin=True, room="mine")).to_jwt()
    async with httpx.AsyncClient(
        base_url=roomful_server.http_url, headers={"Authorization": f"Bearer {token}"}
    ) as client:
        for method, request in {
            "ListParticipants": {"room": ROOM},
            "RemoveParticipant": {"room": ROOM, "identity": "alice"},
            "UpdateRoomMetadata": {"room": ROOM, "metadata": "mine now"},
            "DeleteRoom": {"room": ROOM},
            "CreateRoom": {"name": ROOM},
            "ListRooms": {},
        }.items():
            answer = await client.post(f"/twirp/livekit.RoomService/{method}", json=request)
            assert (answer.status_code, answer.json()["code"]) == (HTTPStatus.UNAUTHORIZED, "unauthenticated"), method


@pytest.mark.parametrize(
    ("video", "subject", "status", "body"),
    [
        ({"roomJoin": True}, "alice", HTTPStatus.BAD_REQUEST, "no room name"),
        ({"roomJoin": True, "room": ROOM}, "", HTTPStatus.BAD_REQUEST, "identity cannot be empty"),
        (
            {"roomJoin": True, "room": ROOM},
            "a" * 257,
            HTTPStatus.BAD_REQUEST,
            "participant identity length exceeds limits: max length 256",
        ),
        (
            {"roomJoin": True, "room": "r" * 257},
            "alice",
            HTTPStatus.BAD_REQUEST,
            "room name length exceeds limits: max length 256",
        ),
    ],
)
async def test_a_good_token_for_nothing_sensible_is_refused_with_the_reason(
    roomful_server: RunningServer, video: dict[str, Any], subject: str, status: HTTPStatus, body: str
) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with signal_client(roomful_server.ws_url, signed(sub=subject, video=video)):
            pass
    answer = refused.value.response
    assert (answer.status_code, bytes(answer.body or b"").decode()) == (status, body)
