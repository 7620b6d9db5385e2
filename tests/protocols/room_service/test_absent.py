"""Services of LiveKit that are not here say so: in Twirp's words, whatever was sent. specs/livekit.md §6.4."""

from collections.abc import AsyncIterator

import httpx
import pytest
from livekit import api
from livekit.protocol import sip

from roomful.auth import TokenVerifier
from roomful.protocols.livekit.room_service.absent import absent_methods
from roomful.protocols.livekit.room_service.twirp import Twirp
from roomful.web.gateway import Gateway
from roomful.web.pages import Pages
from roomful.web.server import WebServer
from roomful.web.sockets import listen

from .conftest import KEY, SECRET, nothing


@pytest.fixture
async def url() -> AsyncIterator[str]:
    twirp = Twirp(absent_methods(), TokenVerifier({KEY: SECRET}))
    web = WebServer(Gateway(signal=nothing, twirp=twirp, api=nothing, pages=Pages()), listen(["127.0.0.1"], 0))
    await web.start()
    yield f"http://127.0.0.1:{web.port}"
    await web.stop(1.0)


async def test_livekit_s_own_client_reads_that_there_is_no_sip(url: str) -> None:
    async with api.LiveKitAPI(url, KEY, SECRET) as client:
        for call in (
            client.sip.list_inbound_trunk(sip.ListSIPInboundTrunkRequest()),
            client.sip.create_sip_participant(sip.CreateSIPParticipantRequest(sip_trunk_id="ST_x", room_name="r")),
        ):
            with pytest.raises(api.TwirpError) as refused:
                await call
            assert (refused.value.code, refused.value.status) == ("unimplemented", 501)
            assert "there is no SIP here" in refused.value.message


@pytest.mark.parametrize(
    "method",
    [f"SIP/{method.name}" for method in sip.DESCRIPTOR.services_by_name["SIP"].methods]
    + ["Connector/DialWhatsAppCall", "CloudAgent/ListAgents", "AgentSimulation/ListSimulationRuns"],
)
async def test_each_method_is_unimplemented_for_callers_without_any_grant_too(url: str, method: str) -> None:
    async with httpx.AsyncClient(base_url=url) as http:
        answer = await http.post(f"/twirp/livekit.{method}", json={})
    assert (answer.status_code, answer.json()["code"]) == (501, "unimplemented")
    assert answer.json()["msg"].startswith("livekit." + method.replace("/", "."))


@pytest.mark.parametrize("path", ["livekit.SIP/Nope", "livekit.PhoneNumberService/ListPhoneNumbers", "Nope/Nope"])
async def test_what_nobody_knows_is_a_bad_route(url: str, path: str) -> None:
    async with httpx.AsyncClient(base_url=url) as http:
        answer = await http.post(f"/twirp/{path}", json={})
    assert (answer.status_code, answer.json()["code"]) == (404, "bad_route")
    assert answer.json()["meta"] == {"twirp_invalid_route": f"POST /twirp/{path}"}


async def test_a_bad_token_is_refused_here_as_everywhere(url: str) -> None:
    async with httpx.AsyncClient(base_url=url, headers={"authorization": "Bearer nonsense"}) as http:
        assert (await http.post("/twirp/livekit.SIP/ListSIPTrunk", json={})).status_code == 401
