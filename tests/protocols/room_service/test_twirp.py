"""The protocol itself: encodings, routes and errors, as LiveKit's SDKs meet them. specs/livekit.md §1.1, §1.2."""

import asyncio

import httpx
import pytest
from livekit.protocol import models
from livekit.protocol import room as messages

from tests.protocols.room_service.conftest import Server

JSON, PROTOBUF = "application/json", "application/protobuf"


def headers(server: Server, content_type: str = JSON) -> dict[str, str]:
    token = server.token(room_create=True, room_list=True)
    return {"authorization": f"Bearer {token}", "content-type": content_type}


async def test_json_comes_back_complete_in_snake_case(http: httpx.AsyncClient, server: Server) -> None:
    answer = await http.post("/CreateRoom", json={"name": "meet", "emptyTimeout": 77}, headers=headers(server))
    assert (answer.status_code, answer.headers["content-type"]) == (200, JSON)
    room = answer.json()
    assert room["empty_timeout"] == 77
    assert room["metadata"] == ""
    assert room["num_participants"] == 0
    assert room["active_recording"] is False
    assert room["version"] is None
    assert isinstance(room["creation_time"], str)
    assert room["creation_time"].isdigit()


async def test_json_may_be_snake_case_with_unknown_fields_and_number_strings(
    http: httpx.AsyncClient, server: Server
) -> None:
    body = {"name": "meet", "empty_timeout": "78", "of_the_future": {"x": [1]}}
    answer = await http.post("/CreateRoom", json=body, headers=headers(server, "application/json; charset=utf-8"))
    assert answer.json()["empty_timeout"] == 78


async def test_lists_are_empty_lists(http: httpx.AsyncClient, server: Server) -> None:
    answer = await http.post("/ListRooms", content=b"{}", headers=headers(server))
    assert answer.json() == {"rooms": []}


async def test_protobuf_is_answered_in_protobuf(http: httpx.AsyncClient, server: Server) -> None:
    request = messages.CreateRoomRequest(name="meet")
    answer = await http.post("/CreateRoom", content=request.SerializeToString(), headers=headers(server, PROTOBUF))
    assert answer.headers["content-type"] == PROTOBUF
    assert models.Room.FromString(answer.content).name == "meet"


async def test_an_empty_protobuf_body_is_an_empty_message(http: httpx.AsyncClient, server: Server) -> None:
    answer = await http.post("/ListRooms", content=b"", headers=headers(server, PROTOBUF))
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("content_type", "body", "message"),
    [
        (JSON, b"", "the json request could not be decoded"),
        (JSON, b"{", "the json request could not be decoded"),
        (JSON, b"[]", "the json request could not be decoded"),
        (JSON, b'{"name": 5}', "the json request could not be decoded"),
        (JSON, b'{"name": "\xff"}', "the json request could not be decoded"),
        (JSON, b'{"x":' * 5000 + b"1" + b"}" * 5000, "the json request could not be decoded"),
        (PROTOBUF, b"\xff\xff", "the protobuf request could not be decoded"),
    ],
)
async def test_what_cannot_be_decoded_is_malformed(
    http: httpx.AsyncClient, server: Server, content_type: str, body: bytes, message: str
) -> None:
    answer = await http.post("/CreateRoom", content=body, headers=headers(server, content_type))
    assert (answer.status_code, answer.json()) == (400, {"code": "malformed", "msg": message})
    assert len(server.rooms) == 0


async def test_a_request_larger_than_any_real_one_is_malformed(http: httpx.AsyncClient, server: Server) -> None:
    answer = await http.post("/CreateRoom", content=b" " * 5_000_000, headers=headers(server))
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


async def test_only_post_is_a_call(http: httpx.AsyncClient) -> None:
    answer = await http.get("/ListRooms")
    assert answer.status_code == 404
    assert answer.json() == {
        "code": "bad_route",
        "msg": 'unsupported method "GET" (only POST is allowed)',
        "meta": {"twirp_invalid_route": "GET /twirp/livekit.RoomService/ListRooms"},
    }


async def test_an_unknown_method_is_a_bad_route(http: httpx.AsyncClient, server: Server) -> None:
    answer = await http.post("/Nope", json={}, headers=headers(server))
    assert answer.status_code == 404
    assert answer.json()["code"] == "bad_route"
    assert answer.json()["msg"] == 'no handler for path "/twirp/livekit.RoomService/Nope"'


async def test_an_unknown_content_type_is_a_bad_route(http: httpx.AsyncClient, server: Server) -> None:
    answer = await http.post("/ListRooms", content=b"{}", headers=headers(server, "text/plain"))
    assert (answer.status_code, answer.json()["msg"]) == (404, 'unexpected Content-Type: "text/plain"')


async def test_double_slashes_in_the_path_work(server: Server) -> None:
    url = f"{server.url}//twirp//livekit.RoomService/ListRooms"
    async with httpx.AsyncClient() as client:
        answer = await client.post(url, json={}, headers=headers(server))
    assert answer.status_code == 200


async def test_errors_carry_cors_headers(http: httpx.AsyncClient) -> None:
    answer = await http.post("/ListRooms", json={}, headers={"origin": "https://app.example"})
    assert answer.status_code == 401
    assert answer.headers["access-control-allow-origin"] == "https://app.example"


async def test_a_deadline_that_has_passed_is_told(server: Server) -> None:
    """The body never ends; the deadline is the caller's own."""
    port = httpx.URL(server.url).port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = [
        "POST /twirp/livekit.RoomService/ListRooms HTTP/1.1",
        "host: x",
        "content-length: 100",
        "x-twirp-timeout-ms: 50",
        *(f"{name}: {value}" for name, value in headers(server).items()),
    ]
    writer.write("\r\n".join([*head, "", "{"]).encode())
    async with asyncio.timeout(5):
        answer = await reader.readuntil(b"}")
    writer.close()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"deadline_exceeded"' in answer
