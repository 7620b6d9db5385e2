"""A token that is not good lets nobody in and makes no room, whichever door it is shown at."""

import base64
import time
from collections.abc import AsyncIterator, Callable
from http import HTTPStatus
from typing import Any, NamedTuple

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


class BadToken(NamedTuple):
    """One way to be wrong."""

    make: Callable[[], str]
    sentence: str
    """What signalling answers, as LiveKit's SDKs know it."""
    kept_from_room_service: bool = True


BAD_TOKENS = {
    "missing": BadToken(lambda: "", "no permissions to access the room"),
    "no token": BadToken(lambda: "let me in", "invalid authorization token"),
    "expired": BadToken(
        lambda: signed(nbf=int(time.time()) - 2 * HOUR, exp=int(time.time()) - HOUR),
        "invalid token: it has expired (exp)",
    ),
    "not yet valid": BadToken(
        lambda: signed(nbf=int(time.time()) + HOUR, exp=int(time.time()) + 2 * HOUR),
        "invalid token: it is not valid yet (nbf)",
    ),
    "unknown key": BadToken(lambda: signed(iss="nobody"), "invalid API key: nobody"),
    "wrong secret": BadToken(
        lambda: signed("a-secret-of-enough-length-but-not-the-one"), "invalid token: the signature does not match"
    ),
    "algorithm none": BadToken(unsigned, "invalid token: only HS256 signatures are accepted"),
    "another algorithm": BadToken(
        lambda: jwt.encode(claims(), API_SECRET * 2, "HS512"), "invalid token: only HS256 signatures are accepted"
    ),
    "tampered": BadToken(tampered, "invalid token: the signature does not match"),
    "no video grant": BadToken(lambda: signed(video=None), "no permissions to access the room"),
    "no right to join": BadToken(
        lambda: signed(video={"room": ROOM, "roomCreate": True}), "permissions denied", kept_from_room_service=False
    ),
}
bad_tokens = pytest.mark.parametrize("bad", BAD_TOKENS.values(), ids=BAD_TOKENS)


@pytest_asyncio.fixture(autouse=True)
async def no_room_is_made(roomful_server: RunningServer) -> AsyncIterator[None]:
    yield
    async with api.LiveKitAPI(roomful_server.http_url, API_KEY, API_SECRET) as service:
        rooms = await service.room.list_rooms(api.ListRoomsRequest(names=[ROOM]))
    assert [room.name for room in rooms.rooms] == []


@bad_tokens
@pytest.mark.parametrize("single", [False, True], ids=["/rtc", "/rtc/v1"])
async def test_signalling_refuses_and_validate_says_the_same(
    roomful_server: RunningServer, bad: BadToken, single: bool
) -> None:
    shown = bad.make()
    with pytest.raises(InvalidStatus) as refused:
        async with signal_client(roomful_server.ws_url, shown, single=single):
            pass
    answer = refused.value.response
    assert (answer.status_code, bytes(answer.body or b"").decode()) == (HTTPStatus.UNAUTHORIZED, bad.sentence)

    path, query = ("/rtc/v1/validate", {"join_request": join_request()}) if single else ("/rtc/validate", {})
    async with httpx.AsyncClient(base_url=roomful_server.http_url) as client:
        asked = await client.get(path, params=query | ({"access_token": shown} if shown else {}))
    assert (asked.status_code, asked.text) == (HTTPStatus.UNAUTHORIZED, bad.sentence)


@pytest.mark.parametrize(
    "bad",
    [bad for bad in BAD_TOKENS.values() if bad.kept_from_room_service],
    ids=[name for name, bad in BAD_TOKENS.items() if bad.kept_from_room_service],
)
async def test_room_service_refuses(roomful_server: RunningServer, bad: BadToken) -> None:
    shown = bad.make()
    headers = {"Authorization": f"Bearer {shown}"} if shown else {}
    async with httpx.AsyncClient(base_url=roomful_server.http_url, headers=headers) as client:
        answer = await client.post("/twirp/livekit.RoomService/CreateRoom", json={"name": ROOM})
    assert answer.status_code == HTTPStatus.UNAUTHORIZED
    if answer.headers["Content-Type"] == "application/json":
        assert answer.json() == {"code": "unauthenticated", "msg": "permissions denied"}
    else:
        assert answer.text == bad.sentence


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
