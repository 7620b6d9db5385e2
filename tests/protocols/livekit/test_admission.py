"""Who may come in."""

from http import HTTPStatus
from typing import Any

import pytest
from livekit.protocol import models

from roomful.auth.grants import Grant, VideoGrant
from roomful.protocols.livekit.admission import Refusal, check
from roomful.protocols.livekit.connect import ConnectRequest
from roomful.rooms.options import RoomDefaults
from roomful.rooms.registry import Rooms


def ask(
    video: dict[str, Any] | None = None,
    *,
    identity: str = "alice",
    auto_create: bool = True,
    validate: bool = False,
    **connect: Any,
) -> Refusal | None:
    grant = Grant(identity=identity, video=VideoGrant(**{"room_join": True, "room": "room", **(video or {})}))
    request = ConnectRequest(single=True, client=models.ClientInfo(), auto_subscribe=True, **connect)
    return check(request, grant, Rooms(RoomDefaults(auto_create=auto_create)), validate=validate)


def test_a_plain_grant_comes_in() -> None:
    assert ask() is None


@pytest.mark.parametrize(
    ("arguments", "status", "body"),
    [
        ({"video": {"room_join": False}}, 401, "permissions denied"),
        ({"identity": ""}, 400, "identity cannot be empty"),
        ({"identity": "x" * 257}, 400, "participant identity length exceeds limits: max length 256"),
        ({"identity": "x" * 250, "publish": "camera7"}, 400, "participant identity length exceeds limits"),
        ({"video": {"room": ""}}, 400, "no room name"),
        ({"video": {"room": "ü" * 129}}, 400, "room name length exceeds limits: max length 256"),
        ({"attributes": {"a": "1"}}, 401, "permissions denied"),
        ({"metadata": "m"}, 401, "permissions denied"),
        ({"publish": "x", "video": {"can_publish": False}}, 401, "permissions denied"),
        ({"auto_create": False}, 404, "requested room does not exist"),
        ({"attributes_unreadable": True, "validate": True}, 400, "cannot decode attributes"),
    ],
)
def test_everybody_else_is_told_why_not(arguments: dict[str, Any], status: int, body: str) -> None:
    refusal = ask(**arguments)
    assert refusal is not None
    assert refusal.status == HTTPStatus(status)
    assert body in refusal.body


def test_who_was_removed_does_not_open_the_room_again() -> None:
    rooms = Rooms(RoomDefaults())
    rooms.bans.revoke("room", "alice", 1000.0)
    request = ConnectRequest(single=True, client=models.ClientInfo(), auto_subscribe=True)
    video = VideoGrant(room_join=True, room="room")
    refusal = check(request, Grant(identity="alice", video=video, not_before=999.0), rooms)
    assert refusal == Refusal(HTTPStatus.UNAUTHORIZED, "the token is revoked")
    assert check(request, Grant(identity="alice", video=video, not_before=1000.0), rooms) is None


def test_unreadable_attributes_are_forgiven_when_connecting() -> None:
    assert ask(attributes_unreadable=True) is None


def test_who_may_create_rooms_creates_one_by_joining() -> None:
    assert ask({"room_create": True}, auto_create=False) is None


def test_own_metadata_needs_the_right_to_change_it() -> None:
    assert ask({"can_update_own_metadata": True}, metadata="m", attributes={"a": "1"}) is None
