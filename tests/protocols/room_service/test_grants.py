"""Who may call what. Nothing changes for those who may not. specs/livekit.md §1.2, §1.3."""

import base64
import json
import time
from collections.abc import Callable

import httpx
import jwt
import pytest

from roomful.rooms.options import RoomOptions
from tests.protocols.room_service.conftest import KEY, SECRET, Server

ADMIN_CALLS = {
    "ListParticipants": {"room": "meet"},
    "GetParticipant": {"room": "meet", "identity": "alice"},
    "RemoveParticipant": {"room": "meet", "identity": "alice"},
    "MutePublishedTrack": {"room": "meet", "identity": "alice", "track_sid": "TR_x", "muted": True},
    "UpdateParticipant": {"room": "meet", "identity": "alice", "name": "Mallory"},
    "UpdateSubscriptions": {"room": "meet", "identity": "alice"},
    "SendData": {"room": "meet", "data": ""},
    "UpdateRoomMetadata": {"room": "meet", "metadata": "mine"},
}
CREATE_CALLS = {"CreateRoom": {"name": "new"}, "DeleteRoom": {"room": "meet"}}
LIST_CALLS = {"ListRooms": {}}
ALL_CALLS = ADMIN_CALLS | CREATE_CALLS | LIST_CALLS

WRONG_RIGHTS = [
    *((call, {"room_create": True, "room_list": True, "room": "meet"}) for call in ADMIN_CALLS),
    *((call, {"room_admin": True, "room": "another"}) for call in ADMIN_CALLS),
    *((call, {"room_admin": True}) for call in ADMIN_CALLS),
    *((call, {"room_admin": True, "room_list": True, "room": "meet"}) for call in CREATE_CALLS),
    *((call, {"room_admin": True, "room_create": True, "room": "meet"}) for call in LIST_CALLS),
]

DENIED = {"code": "unauthenticated", "msg": "permissions denied"}


@pytest.fixture(autouse=True)
def meet(server: Server) -> None:
    server.rooms.create("meet", RoomOptions(), time.time())
    server.join("meet", "alice", name="Alice")


def nothing_has_happened(server: Server) -> bool:
    [room] = server.rooms
    return room.metadata == "" and [person.name for person in room.participants.values()] == ["Alice"]


@pytest.mark.parametrize("call", ALL_CALLS)
async def test_without_a_token_every_call_is_denied(http: httpx.AsyncClient, server: Server, call: str) -> None:
    answer = await http.post(f"/{call}", json=ALL_CALLS[call])
    assert (answer.status_code, answer.json()) == (401, DENIED)
    assert nothing_has_happened(server)


@pytest.mark.parametrize(("call", "rights"), WRONG_RIGHTS)
async def test_without_its_grant_a_call_is_denied(
    http: httpx.AsyncClient, server: Server, call: str, rights: dict[str, object]
) -> None:
    token = server.token(**rights)
    answer = await http.post(f"/{call}", json=ALL_CALLS[call], headers={"authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()) == (401, DENIED)
    assert nothing_has_happened(server)


@pytest.mark.parametrize("call", sorted(ADMIN_CALLS.keys() - {"MutePublishedTrack"}))
async def test_the_admin_of_a_room_may_manage_it(http: httpx.AsyncClient, server: Server, call: str) -> None:
    token = server.token(room_admin=True, room="meet")
    answer = await http.post(f"/{call}", json=ADMIN_CALLS[call], headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 200


async def test_the_token_may_be_in_the_query(http: httpx.AsyncClient, server: Server) -> None:
    answer = await http.post("/ListRooms", json={}, params={"access_token": server.token(room_list=True)})
    assert answer.status_code == 200


def forged(claims: dict[str, object] | None = None, *, secret: str = SECRET, algorithm: str = "HS256") -> str:
    now = int(time.time())
    good = {"iss": KEY, "sub": "mallory", "nbf": now, "exp": now + 60, "video": {"roomCreate": True, "roomList": True}}
    return jwt.encode({**good, **(claims or {})}, secret, algorithm=algorithm)


def unsigned() -> str:
    header, payload, _ = forged().split(".")
    none = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).decode().rstrip("=")
    assert header != none
    return f"{none}.{payload}."


# Tokens are made when a test runs: the whole suite may take longer than they are valid.
BAD_AUTHORIZATIONS: dict[str, tuple[Callable[[], str], str]] = {
    "basic": (lambda: "Basic abc", "invalid authorization header. Must start with Bearer "),
    "nonsense": (lambda: "Bearer nonsense", "invalid authorization token"),
    "unknown key": (lambda: f"Bearer {forged({'iss': 'APIother'})}", "invalid API key: APIother"),
    "signature": (lambda: f"Bearer {forged(secret='x' * 40)}", "invalid token: the signature does not match"),
    "expired": (
        lambda: f"Bearer {forged({'exp': int(time.time()) - 3600})}",
        "invalid token: it has expired (exp)",
    ),
    "too early": (
        lambda: f"Bearer {forged({'nbf': int(time.time()) + 3600, 'exp': int(time.time()) + 7200})}",
        "invalid token: it is not valid yet (nbf)",
    ),
    "no expiry": (lambda: f"Bearer {forged({'exp': None})}", "invalid token: it has no expiry (exp)"),
    "HS512": (
        lambda: f"Bearer {forged(algorithm='HS512', secret=SECRET * 2)}",
        "invalid token: only HS256 signatures are accepted",
    ),
    "none": (lambda: f"Bearer {unsigned()}", "invalid token: only HS256 signatures are accepted"),
}


@pytest.mark.parametrize("name", BAD_AUTHORIZATIONS)
async def test_a_bad_token_is_refused_in_plain_text_and_makes_no_room(
    http: httpx.AsyncClient, server: Server, name: str
) -> None:
    authorization, body = BAD_AUTHORIZATIONS[name]
    answer = await http.post("/CreateRoom", json={"name": "new"}, headers={"authorization": authorization()})
    assert (answer.status_code, answer.text) == (401, body)
    assert answer.headers["content-type"].startswith("text/plain")
    assert nothing_has_happened(server)


async def test_a_token_without_a_video_grant_is_denied(http: httpx.AsyncClient, server: Server) -> None:
    headers = {"authorization": f"Bearer {forged({'video': None})}"}
    answer = await http.post("/CreateRoom", json={"name": "new"}, headers=headers)
    assert (answer.status_code, answer.json()) == (401, DENIED)
    assert nothing_has_happened(server)
