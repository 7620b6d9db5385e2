"""LiveKit's Python server SDK moves, forwards and calls participants that are connected."""

import asyncio
from collections.abc import Sequence

import httpx
import pytest
from livekit import api
from livekit.protocol import models

from roomful._native import Event
from roomful.protocols.livekit.forwarding import Forwards
from roomful.protocols.livekit.room_service import CallMethods, MovingMethods
from roomful.protocols.livekit.room_service.twirp import Method
from roomful.rooms.errors import RoomError
from roomful.rooms.extension import Code, RoomApiError
from roomful.rooms.participant import Participant
from roomful.rooms.registry import Rooms
from roomful.rooms.room import Room
from tests.e2e.waiting import until
from tests.protocols.livekit.stage import Player, Stage
from tests.protocols.room_service.conftest import Server

ADMIN = {"room_admin": True, "room": "room", "destination_room": "other"}


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def rooms(stage: Stage) -> Rooms:
    return stage.rooms


@pytest.fixture
def more(stage: Stage) -> dict[str, Method]:
    async def move(room: Room, participants: Sequence[Participant], target: Room) -> None:
        for participant in participants:
            try:
                await stage.sessions.move(room, participant, target)
            except RoomError as error:
                raise RoomApiError(Code.BANNED, error.message) from None

    forwards = Forwards(stage.media, stage.sessions, lambda: stage.now)
    return (
        MovingMethods(stage.rooms, stage.media, move, forwards).methods()
        | CallMethods(stage.rooms, stage.sessions).methods()
    )


@pytest.fixture
def alice(stage: Stage) -> Player:
    return stage.join("alice")


async def ask(http: httpx.AsyncClient, server: Server, rpc: str, rights: dict[str, object], **body: object) -> str:
    """Twirp's code of the refusal, with its message; empty if there was none."""
    answer = await http.post(f"/{rpc}", json=body, headers={"authorization": f"Bearer {server.token(**rights)}"})
    return "" if answer.is_success else f"{answer.json()['code']}: {answer.json()['msg']}"


METHODS = pytest.mark.parametrize("method", ["MoveParticipant", "ForwardParticipant"])
BODY = {"room": "room", "identity": "alice", "destination_room": "other"}


async def test_a_participant_is_moved(livekit_api: api.LiveKitAPI, stage: Stage, alice: Player) -> None:
    await livekit_api.room.move_participant(
        api.MoveParticipantRequest(room="room", identity="alice", destination_room="other")
    )
    assert alice.client.last("room_moved").room.name == "other"
    assert stage.rooms.with_name("other").with_identity("alice").sid == alice.sid
    assert stage.media.named("opening_beside")


async def test_a_participant_is_forwarded(livekit_api: api.LiveKitAPI, stage: Stage, alice: Player) -> None:
    camera = alice.publish("cam")
    await livekit_api.room.forward_participant(
        api.ForwardParticipantRequest(room="room", identity="alice", destination_room="other")
    )
    found = await livekit_api.room.get_participant(api.RoomParticipantIdentity(room="other", identity="alice"))
    assert list(found.kind_details) == [models.ParticipantInfo.KindDetail.FORWARDED]
    assert [track.sid for track in found.tracks] == [camera.sid]
    assert alice.sid in stage.room.participants


@METHODS
@pytest.mark.usefixtures("alice")
async def test_the_grant_is_for_both_rooms(http: httpx.AsyncClient, server: Server, method: str) -> None:
    for missing in ("room_admin", "room", "destination_room"):
        rights = {name: right for name, right in ADMIN.items() if name != missing}
        assert await ask(http, server, method, rights, **BODY) == "unauthenticated: permissions denied"
    rights = {**ADMIN, "destination_room": "elsewhere"}
    assert await ask(http, server, method, rights, **BODY) == "unauthenticated: permissions denied"
    assert await ask(http, server, method, ADMIN, **{**BODY, "destination_room": ""}) != ""
    assert server.rooms.get("other") is None


@METHODS
async def test_what_makes_no_sense_is_refused(
    http: httpx.AsyncClient, server: Server, stage: Stage, alice: Player, method: str
) -> None:
    same = {**ADMIN, "destination_room": "room"}
    refusal = await ask(http, server, method, same, **{**BODY, "destination_room": "room"})
    assert refusal == "invalid_argument: destination room cannot be the same as source room"
    refusal = await ask(http, server, method, ADMIN, **{**BODY, "identity": "nobody"})
    assert refusal == "not_found: participant does not exist"
    nowhere = {**ADMIN, "room": "nowhere"}
    refusal = await ask(http, server, method, nowhere, **{**BODY, "room": "nowhere"})
    assert refusal == "not_found: requested room does not exist"
    assert server.rooms.get("other") is None
    assert alice.sid in stage.room.participants


async def test_a_move_that_the_room_refuses_says_so(http: httpx.AsyncClient, server: Server, alice: Player) -> None:
    alice.vanish()
    refusal = await ask(http, server, "MoveParticipant", ADMIN, **BODY)
    assert refusal == "permission_denied: its connection is lost at the moment"


class TestPerformRpc:
    async def test_a_method_of_a_participant_is_called(
        self, http: httpx.AsyncClient, server: Server, stage: Stage, alice: Player
    ) -> None:
        body = {"room": "room", "destinationIdentity": "alice", "method": "shout", "payload": "hey"}
        headers = {"authorization": f"Bearer {server.token(**ADMIN)}"}
        calling = asyncio.create_task(http.post("/PerformRpc", json=body, headers=headers))
        request = await asked(stage)
        assert (request.method, request.response_timeout_ms) == ("shout", 10_000)
        said(alice, rpc_ack=models.RpcAck(request_id=request.id))
        said(alice, rpc_response=models.RpcResponse(request_id=request.id, payload=request.payload.upper()))
        assert (await calling).json() == {"payload": "HEY"}
        assert len(alice.session.services.calls) == 0

    @pytest.mark.parametrize(
        ("number", "code"), [(1400, "invalid_argument"), (1403, "unimplemented"), (1500, "internal"), (7, "internal")]
    )
    async def test_its_errors_are_twirps(
        self, http: httpx.AsyncClient, server: Server, stage: Stage, alice: Player, number: int, code: str
    ) -> None:
        calling = asyncio.create_task(
            ask(http, server, "PerformRpc", ADMIN, room="room", destination_identity="alice", method="m")
        )
        request = await asked(stage)
        error = models.RpcError(code=number, message="broken", data="x")
        said(alice, rpc_response=models.RpcResponse(request_id=request.id, error=error))
        assert await calling == f"{code}: RpcError {number}: broken: x"

    @pytest.mark.usefixtures("alice")
    async def test_what_makes_no_sense_is_refused(self, http: httpx.AsyncClient, server: Server) -> None:
        async def refusal(**fields: object) -> str:
            body = {"room": "room", "destination_identity": "alice", "method": "m", **fields}
            return (await ask(http, server, "PerformRpc", ADMIN, **body)).partition(":")[0]

        assert await refusal(destination_identity="") == "invalid_argument"
        assert await refusal(destination_identity="nobody") == "not_found"
        assert await refusal(payload="x" * 15361) == "invalid_argument"
        assert await refusal(response_timeout_ms=120_001) == "invalid_argument"
        assert await ask(http, server, "PerformRpc", {"room_admin": True, "room": "else"}, room="room") == (
            "unauthenticated: permissions denied"
        )

    async def test_who_does_not_acknowledge_is_not_waited_for(
        self, http: httpx.AsyncClient, server: Server, monkeypatch: pytest.MonkeyPatch, alice: Player
    ) -> None:
        monkeypatch.setattr("roomful.protocols.livekit.room_service.calling.ACK_SECONDS", 0.01)
        refusal = await ask(http, server, "PerformRpc", ADMIN, room="room", destination_identity="alice", method="m")
        assert refusal.startswith("canceled: RpcError 1501")
        assert len(alice.session.services.calls) == 0

    async def test_somebody_of_another_protocol_has_none(
        self, http: httpx.AsyncClient, server: Server, alice: Player
    ) -> None:
        server.join("room", "bob", protocol="monibuca")
        refusal = await ask(http, server, "PerformRpc", ADMIN, room="room", destination_identity="bob", method="m")
        assert refusal.startswith("unimplemented: RpcError 1403: monibuca has no RPC")
        assert not alice.session.ended


async def asked(stage: Stage) -> models.RpcRequest:
    """The request that the participant gets."""
    await until(lambda: stage.media.named("send_data"), "the participant is asked")
    return models.DataPacket.FromString(stage.media.last("send_data").data).rpc_request


def said(player: Player, **packet: object) -> None:
    data = models.DataPacket(**packet).SerializeToString()  # type: ignore[arg-type]
    player.engine(Event.Data(peer=player.session.data_peer, label="_reliable", data=data))
