"""Sending into a WHIP ingress: by its key alone, which says which room and who."""

import httpx
import pytest
from livekit.protocol import ingress as messages
from livekit.protocol.ingress import IngressInfo, IngressState

from roomful.rooms.model import ParticipantKind
from tests.protocols.whip import offers

from .conftest import Server
from .test_management import make

Status = IngressState.Status
SDP = {"content-type": "application/sdp"}


@pytest.fixture
async def ingress(server: Server) -> IngressInfo:
    return await make(server, participant_metadata="data")


async def send(server: Server, key: str) -> httpx.Response:
    return await server.http.post(f"/w/{key}", content=offers.SENDING, headers=SDP)


def state(server: Server, ingress: IngressInfo) -> IngressState:
    return server.ingresses.get(ingress.ingress_id).state


async def test_the_key_says_which_room_and_who(server: Server, ingress: IngressInfo) -> None:
    answer = await send(server, ingress.stream_key)
    assert answer.status_code == 201
    participant = server.rooms.with_name("studio").with_identity("obs")
    assert participant.kind is ParticipantKind.INGRESS
    assert (participant.name, participant.metadata) == ("The stage", "data")
    assert (participant.permission.can_publish, participant.permission.can_subscribe) == (True, False)
    assert answer.headers["location"] == f"/w/{ingress.stream_key}/{participant.sid}"


async def test_the_key_may_be_a_bearer_token(server: Server, ingress: IngressInfo) -> None:
    headers = SDP | {"authorization": f"Bearer {ingress.stream_key}"}
    answer = await server.http.post("/w", content=offers.SENDING, headers=headers)
    assert answer.status_code == 201
    assert (await server.http.delete(answer.headers["location"])).status_code == 200


async def test_the_state_says_what_is_sent_and_until_when(server: Server, ingress: IngressInfo) -> None:
    answer = await send(server, ingress.stream_key)
    now = state(server, ingress)
    assert now.status == Status.ENDPOINT_PUBLISHING
    assert now.room_id == server.rooms.with_name("studio").sid
    assert now.started_at > 0
    assert {track.mime_type for track in now.tracks} == {"audio/opus", "video/VP8"}
    assert (now.audio.mime_type, now.video.mime_type) == ("audio/opus", "video/VP8")

    assert (await server.http.delete(answer.headers["location"])).status_code == 200
    after = state(server, ingress)
    assert after.status == Status.ENDPOINT_INACTIVE
    assert after.ended_at >= after.started_at


async def test_the_beginning_and_the_end_are_told(server: Server, ingress: IngressInfo) -> None:
    answer = await send(server, ingress.stream_key)
    await server.http.delete(answer.headers["location"])
    assert [(event.event, event.ingress_info.state.status) for event in server.told] == [
        ("ingress_started", Status.ENDPOINT_PUBLISHING),
        ("ingress_ended", Status.ENDPOINT_INACTIVE),
    ]


async def test_who_sends_again_takes_over(server: Server, ingress: IngressInfo) -> None:
    first, second = [await send(server, ingress.stream_key) for _ in range(2)]
    assert (await server.http.get(first.headers["location"])).status_code == 404
    assert (await server.http.get(second.headers["location"])).status_code == 204
    assert [event.event for event in server.told] == ["ingress_started", "ingress_ended", "ingress_started"]
    assert state(server, ingress).status == Status.ENDPOINT_PUBLISHING


async def test_a_deleted_or_disabled_ingress_sends_no_more(server: Server, ingress: IngressInfo) -> None:
    other = await make(server, participant_identity="other")
    for key in (ingress.stream_key, other.stream_key):
        assert (await send(server, key)).status_code == 201
    await server.api.ingress.update_ingress(messages.UpdateIngressRequest(ingress_id=ingress.ingress_id, enabled=False))
    await server.api.ingress.delete_ingress(messages.DeleteIngressRequest(ingress_id=other.ingress_id))
    assert server.rooms.with_name("studio").participants == {}
    for key in (ingress.stream_key, other.stream_key):
        assert (await send(server, key)).status_code == 401
    assert [event.event for event in server.told].count("ingress_ended") == 2


async def test_an_offer_that_fails_leaves_no_trace(server: Server, ingress: IngressInfo) -> None:
    answer = await server.http.post(f"/w/{ingress.stream_key}", content=offers.UNKNOWN_CODEC, headers=SDP)
    assert answer.status_code == 406
    assert state(server, ingress).status == Status.ENDPOINT_INACTIVE
    assert server.told == []


@pytest.mark.parametrize("key", ["unknown", "", "IN_x"])
async def test_other_keys_let_nobody_in(server: Server, ingress: IngressInfo, key: str) -> None:
    assert (await send(server, key)).status_code == 401
    assert server.rooms.get("studio") is None


async def test_a_key_ends_no_session_but_its_own(server: Server, ingress: IngressInfo) -> None:
    other = await make(server, participant_identity="other")
    answer = await send(server, ingress.stream_key)
    session = answer.headers["location"].rpartition("/")[2]
    assert (await server.http.delete(f"/w/{other.stream_key}/{session}")).status_code == 401
    assert server.rooms.with_name("studio").find("obs") is not None
