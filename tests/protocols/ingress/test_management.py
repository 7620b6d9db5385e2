"""Making, changing, listing and deleting ingresses with LiveKit's own client."""

import pytest
from livekit import api
from livekit.protocol import ingress as messages
from livekit.protocol.ingress import IngressInfo, IngressInput, IngressState

from .conftest import Life, Server

Status = IngressState.Status


async def make(
    server: Server, kind: "IngressInput.ValueType" = IngressInput.WHIP_INPUT, **details: object
) -> IngressInfo:
    request = messages.CreateIngressRequest(
        **{  # type: ignore[arg-type]
            "input_type": kind,
            "name": "OBS",
            "room_name": "studio",
            "participant_identity": "obs",
            "participant_name": "The stage",
        }
        | details
    )
    return await server.api.ingress.create_ingress(request)


async def everything(server: Server, **filters: object) -> list[str]:
    listed = await server.api.ingress.list_ingress(messages.ListIngressRequest(**filters))  # type: ignore[arg-type]
    return [info.ingress_id for info in listed.items]


async def test_an_ingress_has_a_key_an_address_and_nobody_who_sends(server: Server) -> None:
    info = await make(server)
    assert info.ingress_id.startswith("IN_")
    assert len(info.stream_key) >= 12
    assert info.url == "https://in.example/w"
    assert (info.reusable, info.enable_transcoding) == (True, False)
    assert (info.name, info.room_name, info.participant_identity) == ("OBS", "studio", "obs")
    assert info.state.status == Status.ENDPOINT_INACTIVE
    assert server.rooms.get("studio") is None, "a room is made by who sends"


async def test_ingresses_are_listed_by_room_and_id(server: Server) -> None:
    first, second = await make(server), await make(server, room_name="hall")
    assert first.stream_key != second.stream_key
    assert await everything(server) == [first.ingress_id, second.ingress_id]
    assert await everything(server, room_name="hall") == [second.ingress_id]
    assert await everything(server, ingress_id=first.ingress_id) == [first.ingress_id]
    assert await everything(server, ingress_id="IN_none") == []


async def test_what_an_update_does_not_say_stays(server: Server) -> None:
    made = await make(server)
    updated = await server.api.ingress.update_ingress(
        messages.UpdateIngressRequest(ingress_id=made.ingress_id, room_name="hall", enabled=False)
    )
    assert (updated.room_name, updated.participant_identity, updated.enabled) == ("hall", "obs", False)
    assert updated.stream_key == made.stream_key


async def test_a_bad_update_changes_nothing(server: Server) -> None:
    made = await make(server)
    with pytest.raises(api.TwirpError):
        await server.api.ingress.update_ingress(
            messages.UpdateIngressRequest(ingress_id=made.ingress_id, name="new", participant_metadata="x" * 100_000)
        )
    assert server.ingresses.get(made.ingress_id).name == "OBS"


async def test_a_deleted_ingress_is_gone(server: Server) -> None:
    made = await make(server)
    deleted = await server.api.ingress.delete_ingress(messages.DeleteIngressRequest(ingress_id=made.ingress_id))
    assert deleted.ingress_id == made.ingress_id
    assert await everything(server) == []
    assert server.ingresses.find(made.stream_key) is None


async def test_ingresses_survive_a_restart(life: Life) -> None:
    async with life() as server:
        made = await make(server, participant_metadata="data")
        gone = await make(server)
        await server.api.ingress.delete_ingress(messages.DeleteIngressRequest(ingress_id=gone.ingress_id))
    async with life() as server:
        assert await everything(server) == [made.ingress_id]
        assert server.ingresses.get(made.ingress_id) == made


async def test_other_kinds_are_given_to_their_source(life: Life) -> None:
    async with life() as server:
        made = await make(server, IngressInput.RTMP_INPUT)
        assert server.source.served.keys() == {made.ingress_id}
        assert made.enable_transcoding
    async with life() as server:
        assert server.source.served.keys() == {made.ingress_id}, "after a restart too"
        await server.api.ingress.delete_ingress(messages.DeleteIngressRequest(ingress_id=made.ingress_id))
        assert server.source.served == {}


@pytest.mark.parametrize(
    ("details", "code"),
    [
        ({"participant_identity": ""}, "invalid_argument"),
        ({"room_name": ""}, "invalid_argument"),
        ({"room_name": "x" * 300}, "invalid_argument"),
        ({"participant_metadata": "x" * 100_000}, "invalid_argument"),
        ({"enable_transcoding": True}, "unimplemented"),
        ({"input_type": IngressInput.URL_INPUT, "url": "file:///etc/passwd"}, "invalid_argument"),
        ({"input_type": IngressInput.URL_INPUT, "url": "http://["}, "invalid_argument"),
        ({"input_type": IngressInput.URL_INPUT, "url": "https://example.com/film.mp4"}, "unimplemented"),
    ],
)
async def test_what_cannot_be_is_refused_and_not_kept(server: Server, details: dict[str, object], code: str) -> None:
    with pytest.raises(api.TwirpError) as refused:
        await make(server, **details)  # type: ignore[arg-type]
    assert refused.value.code == code
    assert await everything(server) == []


async def test_an_unknown_ingress_is_not_found(server: Server) -> None:
    for call in (
        server.api.ingress.update_ingress(messages.UpdateIngressRequest(ingress_id="IN_none")),
        server.api.ingress.delete_ingress(messages.DeleteIngressRequest(ingress_id="IN_none")),
    ):
        with pytest.raises(api.TwirpError) as refused:
            await call
        assert (refused.value.code, refused.value.status) == ("not_found", 404)


@pytest.mark.parametrize("method", ["CreateIngress", "UpdateIngress", "ListIngress", "DeleteIngress"])
async def test_every_method_needs_the_grant(server: Server, method: str) -> None:
    rights = {"room_admin": True, "room": "studio", "room_create": True, "room_list": True}
    answer = await server.http.post(
        f"/twirp/livekit.Ingress/{method}",
        json={},
        headers={"authorization": f"Bearer {server.token(**rights)}"},
    )
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
