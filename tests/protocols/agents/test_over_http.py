"""`/agent` and AgentDispatchService on a real port, with LiveKit's own client of the API."""

import json
import time

import aiohttp
import httpx
import pytest
from livekit import api
from livekit.protocol.agent import (
    AvailabilityResponse,
    RegisterWorkerRequest,
    ServerMessage,
    WorkerMessage,
)
from livekit.protocol.agent_dispatch import CreateAgentDispatchRequest, JobRestartPolicy

from roomful.auth import TokenVerifier
from roomful.protocols.livekit.agents.dispatch import dispatches_of
from roomful.protocols.livekit.agents.session import CloseCode
from roomful.rooms.options import RoomOptions

from .agency import KEY, SECRET
from .conftest import Server

WITHIN = 10.0


async def said(socket: aiohttp.ClientWebSocketResponse) -> ServerMessage:
    return ServerMessage.FromString(await socket.receive_bytes(timeout=WITHIN))


async def test_a_plain_request_finds_nothing(server: Server) -> None:
    async with httpx.AsyncClient() as http:
        assert (await http.get(f"{server.url}/agent")).status_code == 404


async def test_without_the_right_to_run_agents_nobody_connects(server: Server) -> None:
    for token in ("", "nonsense", server.token(room_admin=True)):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await server.worker(token)
        assert refused.value.status == 401


async def test_a_worker_takes_a_job_in_the_form_it_speaks(server: Server) -> None:
    in_binary, in_text = await server.worker(), await server.worker()
    await in_binary.send_bytes(WorkerMessage(register=RegisterWorkerRequest(agent_name="a")).SerializeToString())
    registered = (await said(in_binary)).register
    assert (registered.worker_id[:3], registered.server_info.agent_protocol) == ("AW_", 1)
    await in_text.send_str('{"register": {"agentName": "b", "ofTheFuture": 1}}')
    assert json.loads(await in_text.receive_str(timeout=WITHIN))["register"]["serverInfo"]["agentProtocol"] == 1

    for name in ("a", "b"):
        await server.api.agent_dispatch.create_dispatch(CreateAgentDispatchRequest(room="hall", agent_name=name))
    job = (await said(in_binary)).availability.job
    answer = AvailabilityResponse(job_id=job.id, available=True, participant_identity="bot")
    await in_binary.send_bytes(WorkerMessage(availability=answer).SerializeToString())
    token = (await said(in_binary)).assignment.token
    assert TokenVerifier({KEY: SECRET}).verify(token, time.time()).identity == "bot"
    assert json.loads(await in_text.receive_str(timeout=WITHIN))["availability"]["job"]["agentName"] == "b"


@pytest.mark.parametrize("noise", [b"\xff\xff\xff", "{", "[1]"])
async def test_noise_ends_the_connection(server: Server, noise: bytes | str) -> None:
    worker = await server.worker()
    await (worker.send_bytes(noise) if isinstance(noise, bytes) else worker.send_str(noise))
    closed = await worker.receive(timeout=WITHIN)
    assert closed.type is aiohttp.WSMsgType.CLOSE
    assert closed.data == CloseCode.UNREADABLE


async def test_dispatches_are_made_listed_and_deleted(server: Server) -> None:
    request = CreateAgentDispatchRequest(
        room="hall", agent_name="a", metadata="m", restart_policy=JobRestartPolicy.JRP_NEVER, attributes={"k": "v"}
    )
    made = await server.api.agent_dispatch.create_dispatch(request)
    assert made.id.startswith("AD_")
    assert server.rooms.get("hall") is not None
    assert (made.metadata, made.restart_policy, dict(made.attributes)) == ("m", JobRestartPolicy.JRP_NEVER, {"k": "v"})
    listed = await server.api.agent_dispatch.list_dispatch("hall")
    assert [dispatch.agent_name for dispatch in listed] == ["", "a"]  # whoever takes any room is always wanted
    found = await server.api.agent_dispatch.get_dispatch(made.id, "hall")
    assert found is not None
    assert found.id == made.id
    deleted = await server.api.agent_dispatch.delete_dispatch(made.id, "hall")
    assert deleted.state.deleted_at > deleted.state.created_at
    assert [dispatch.agent_name for dispatch in await server.api.agent_dispatch.list_dispatch("hall")] == [""]


async def test_a_room_that_is_not_there_has_no_dispatches(server: Server) -> None:
    assert not await server.api.agent_dispatch.list_dispatch("nowhere")
    with pytest.raises(api.TwirpError) as refused:
        await server.api.agent_dispatch.delete_dispatch("AD_x", "nowhere")
    assert (refused.value.code, refused.value.message) == ("not_found", "dispatch ID not found")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"deployment": "a b"}, "whitespace"),
        ({"deployment": "a_b"}, "underscore"),
        ({"deployment": "x" * 65}, "deployment length exceeds limits"),
        ({"metadata": "x" * 70_000}, "metadata size exceeds limits"),
        ({"attributes": {"k": "x" * 70_000}}, "attributes size exceeds limits"),
        ({"agent_name": "x" * 300}, "agent name length exceeds limits"),
    ],
)
async def test_what_no_dispatch_can_have_is_refused_and_makes_no_room(
    server: Server, changes: dict[str, object], words: str
) -> None:
    with pytest.raises(api.TwirpError) as refused:
        await server.api.agent_dispatch.create_dispatch(CreateAgentDispatchRequest(room="hall", **changes))  # type: ignore[arg-type]
    assert refused.value.code == "invalid_argument"
    assert words in refused.value.message
    assert server.rooms.get("hall") is None


async def test_dispatches_are_for_who_may_administer_the_room(server: Server) -> None:
    token = server.token(room_admin=True)  # of no room
    async with httpx.AsyncClient(headers={"authorization": f"Bearer {token}"}) as http:
        for method in ("CreateDispatch", "DeleteDispatch", "ListDispatch"):
            path = f"{server.url}/twirp/livekit.AgentDispatchService/{method}"
            assert (await http.post(path, json={"room": "hall"})).status_code == 401


async def test_dispatches_are_there_again_after_a_restart(server: Server) -> None:
    """Of a room that they opened, and of one that the API made; a room that people opened is gone as ever."""
    made = await server.api.agent_dispatch.create_dispatch(
        CreateAgentDispatchRequest(room="hall", agent_name="a", metadata="m")
    )
    other = await server.api.agent_dispatch.create_dispatch(CreateAgentDispatchRequest(room="hall", agent_name="b"))
    await server.api.agent_dispatch.delete_dispatch(other.id, "hall")
    server.rooms.create("ad hoc", RoomOptions(), time.time())
    await server.api.agent_dispatch.create_dispatch(CreateAgentDispatchRequest(room="ad hoc", agent_name="a"))

    [stored] = await server.table.load()
    assert stored.name == "hall"
    [default, again] = dispatches_of(stored.options.attachments, time.time())
    assert (default.agent_name, again.agent_name, again.metadata, again.id) == ("", "a", "m", made.id)
    assert round(again.created_at * 1e6) == made.state.created_at // 1000
