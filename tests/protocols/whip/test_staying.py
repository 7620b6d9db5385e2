"""Requests about a session: candidates, ICE restarts, the end."""

import time

import httpx
import pytest

from roomful.rooms.model import LeaveReason

from . import offers
from .conftest import FRAGMENT, ROOM, SDP, Server, bearer, token

CANDIDATE = "a=candidate:1 1 udp 2130706431 127.0.0.1 54321 typ host"
TRICKLE = f"a=ice-ufrag:EsAw\r\na=ice-pwd:by5GZGG1lw+040DWA6hXM5Bz\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n{CANDIDATE}\r\n"
RESTART = (
    "a=ice-ufrag:newU\r\na=ice-pwd:newpasswordnewpasswordnew\r\n" + f"m=audio 9 RTP/AVP 0\r\na=mid:0\r\n{CANDIDATE}\r\n"
)


@pytest.fixture
async def session(server: Server) -> httpx.Response:
    """The answer to the offer."""
    answer = await server.post(offers.SENDING)
    assert answer.status_code == 201
    return answer


async def patch(server: Server, session: httpx.Response, body: str, **headers: str) -> httpx.Response:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return await server.http.patch(session.headers["location"], content=body, headers=bearer() | FRAGMENT | given)


async def test_candidates_are_taken(server: Server, session: httpx.Response) -> None:
    answer = await patch(server, session, TRICKLE, if_match=session.headers["etag"])
    assert (answer.status_code, answer.content) == (204, b"")
    end = await patch(server, session, "a=end-of-candidates\r\n", if_match=session.headers["etag"])
    assert end.status_code == 204


async def test_new_credentials_restart_ice(server: Server, session: httpx.Response) -> None:
    answer = await patch(server, session, RESTART, if_match="*")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/trickle-ice-sdpfrag"
    assert answer.headers["etag"] != session.headers["etag"]
    lines = answer.text.splitlines()
    assert f"a=ice-ufrag:{answer.headers['etag'].strip(chr(34))}" in lines
    assert {"a=mid:0", "a=end-of-candidates"} < set(lines)
    assert any(line.startswith("a=candidate:") for line in lines)
    stale = await patch(server, session, TRICKLE, if_match=session.headers["etag"])
    assert stale.status_code == 412


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (TRICKLE, {}, 428),
        (TRICKLE, {"if_match": '"other"'}, 412),
        (TRICKLE, {"if_match": "*", "content_type": "application/json"}, 415),
        ("nonsense", {"if_match": "*"}, 400),
        ("", {"if_match": "*"}, 400),
        ("a=ice-ufrag:only\r\n", {"if_match": "*"}, 400),
        ("a=ice-ufrag:x\r\na=ice-pwd:y\r\n", {"if_match": "*"}, 400),
    ],
)
async def test_bad_patches_are_refused_and_change_nothing(
    server: Server, session: httpx.Response, body: str, headers: dict[str, str], status: int
) -> None:
    answer = await patch(server, session, body, **headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    again = await patch(server, session, TRICKLE, if_match=session.headers["etag"])
    assert again.status_code == 204


async def test_delete_ends_the_session(server: Server, session: httpx.Response) -> None:
    url = session.headers["location"]
    assert (await server.http.delete(url, headers=bearer())).status_code == 200
    assert server.rooms.with_name(ROOM).participants == {}
    assert (await server.http.delete(url, headers=bearer())).status_code == 404


async def test_a_session_ends_when_its_participant_is_removed(server: Server, session: httpx.Response) -> None:
    room = server.rooms.with_name(ROOM)
    room.leave(server.participant().sid, LeaveReason.PARTICIPANT_REMOVED, time.time())
    assert (await patch(server, session, TRICKLE, if_match="*")).status_code == 404
    assert len(server.whip.sessions) == 0


async def test_sessions_end_with_their_room(server: Server, session: httpx.Response) -> None:
    await server.post(offers.RECEIVING, "/whep/v1", identity="viewer")
    assert len(server.whip.sessions) == 2
    server.rooms.delete(ROOM, time.time())
    assert len(server.whip.sessions) == 0


@pytest.mark.parametrize("method", ["PATCH", "DELETE", "GET"])
async def test_a_session_is_nobody_elses(server: Server, session: httpx.Response, method: str) -> None:
    for headers, status in (({}, 401), (bearer("other"), 403), (bearer(room="elsewhere"), 403)):
        answer = await server.http.request(
            method, session.headers["location"], headers=headers | FRAGMENT | {"if-match": "*"}, content=TRICKLE
        )
        assert answer.status_code == status
    assert server.participant()


async def test_the_token_that_came_in_may_end_it_even_when_it_has_expired(server: Server) -> None:
    old = {"authorization": f"Bearer {token(ttl=-30.0)}"}
    answer = await server.http.post("/whip/v1", content=offers.SENDING, headers=SDP | old)
    assert answer.status_code == 201, "within the leeway for clocks"
    server.whip._verifier._keys.clear()
    assert (await server.http.delete(answer.headers["location"], headers=old)).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/whip/v1", "POST, OPTIONS"),
        ("PUT", "/whep/v1", "POST, OPTIONS"),
        ("POST", "/whip/v1/PA_x", "GET, HEAD, PATCH, DELETE, OPTIONS"),
    ],
)
async def test_other_methods_are_not_allowed(server: Server, method: str, path: str, allow: str) -> None:
    answer = await server.http.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allow)


@pytest.mark.parametrize("path", ["/whip", "/whip/v2", "/whep/v1/a/b", "/w", "/w/key", "/whipped"])
async def test_other_addresses_are_not_there(server: Server, path: str) -> None:
    assert (await server.http.post(path, content=offers.SENDING, headers=SDP | bearer())).status_code == 404


async def test_pages_of_other_origins_may_ask(server: Server) -> None:
    asked = {
        "origin": "https://elsewhere.example",
        "access-control-request-method": "PATCH",
        "access-control-request-headers": "authorization, if-match",
    }
    answer = await server.http.options("/whip/v1/PA_x", headers=asked)
    assert answer.status_code == 204
    assert "PATCH" in answer.headers["access-control-allow-methods"]
    assert answer.headers["access-control-allow-headers"] == "authorization, if-match"
    refused = await server.http.post("/whip/v1", headers={"origin": "https://elsewhere.example"})
    assert refused.headers["access-control-allow-origin"] == "https://elsewhere.example"


async def test_options_say_what_is_taken(server: Server) -> None:
    answer = await server.http.options("/whep/v1")
    assert (answer.status_code, answer.headers["accept-post"]) == (204, "application/sdp")
