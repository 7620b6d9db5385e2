"""A customer's call and its media, with browsers that speak WHIP and WHEP. specs/monibuca-rooms.md §8.5, §14 (17)."""

import io
from pathlib import Path
from typing import Any

import av
import pytest

from tests.browser.tabs import Tabs
from tests.running_server import RunningServer, loopback_config, running_server

from .call_centre import call_centre, customer, desk, in_call
from .room_client import room_client
from .showing import RED
from .waiting import until_seen
from .whip_page import WhipTab, page_server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(200)]


async def test_hold_stops_the_media_and_a_transfer_keeps_the_customers(roomful_server: RunningServer) -> None:
    server = roomful_server
    async with call_centre(server) as centre, Tabs.launch() as tabs, page_server() as page:

        async def tab(name: str) -> WhipTab:
            return WhipTab(await tabs.open(name, page))

        made = await centre.invite()
        _, first_token = await centre.hire("first")
        second_id, second_token = await centre.hire("second")
        async with customer(server, made["link"]) as john, desk(server, first_token) as first:
            await first.until("incoming_call")
            way_in = await first.ask("accept_call")
            async with in_call(server, way_in) as call:
                sending = john.joined["publish"]
                camera, viewer = await tab("camera"), await tab("viewer")
                await camera.publish(server.http_url + sending["whip_url"], sending["token"], RED, 450)
                stream = await call.until("stream_published", user_id=made["customer_id"])
                watching = call.joined["publish"]["token"]
                await viewer.play(server.http_url + stream["whep_url"], watching)
                await viewer.sees(RED)
                await viewer.hears()

                listening = await centre.call("POST", f"/sessions/{made['id']}/listen")
                async with room_client(server.ws_url, made["id"], listening["room_token"]) as supervisor:
                    right = (await supervisor.join("supervisor"))["publish"]["token"]
                    unseen = await tab("unseen")
                    await unseen.play(server.http_url + stream["whep_url"], right)
                    await unseen.hears()
                    await unseen.end()
                assert (await john.ask("chat", content="who is there?"))["code"] == 0
                assert [one["user"]["role"] for one in john.got if one["action"] == "user_joined"] == ["agent"]

                assert (await call.ask("hold_call"))["code"] == 0
                await until_seen(viewer.look, lambda seen: seen.loudness < 0.05, "silence")
                assert (await call.ask("resume_call"))["code"] == 0
                await viewer.hears()
                await viewer.sees(RED)

                async with desk(server, second_token) as second:
                    assert (await call.ask("transfer_call", target_agent_id=second_id))["code"] == 0
                    await second.until("incoming_call")
                    async with in_call(server, await second.ask("accept_call")) as new_call:
                        await john.until("call_transferred")
                        later = await tab("later")
                        await later.play(server.http_url + stream["whep_url"], new_call.joined["publish"]["token"])
                        await later.sees(RED)
                        await camera.is_connected()
                        assert (await john.ask("end_call"))["code"] == 0
                        await until_seen(later.look, lambda seen: seen.loudness < 0.05, "silence after the end")


async def test_a_call_is_recorded_where_that_is_on(tmp_path: Path) -> None:
    config = loopback_config(**{"customer-service": {"enable_recording": True}})
    async with (
        running_server(tmp_path, config) as server,
        call_centre(server) as centre,
        Tabs.launch() as tabs,
        page_server() as page,
    ):
        made = await centre.invite()
        _, token = await centre.hire("Wang")
        async with customer(server, made["link"]) as john, desk(server, token) as wang:
            await wang.until("incoming_call")
            async with in_call(server, await wang.ask("accept_call")) as call:
                camera = WhipTab(await tabs.open("camera", page))
                sending = john.joined["publish"]
                await camera.publish(server.http_url + sending["whip_url"], sending["token"], RED, 450)
                await call.until("stream_published", user_id=made["customer_id"])

                async def files() -> list[dict[str, Any]]:
                    return (await centre.session(made["id"]))["recording_files"]

                await until_seen(files, lambda found: len(found) == 1, "a file")
                assert (await john.ask("end_call"))["code"] == 0
                (file,) = await until_seen(files, lambda found: found[0]["status"] == "complete", "a whole file")
                assert (file["user_id"], file["room_id"]) == (made["customer_id"], made["id"])
                assert file["size"] > 0
                path = f"/customer-service/sessions/{made['id']}/recording"
                for bearer, status in ((token, 200), ("x", 401)):
                    headers = {"authorization": f"Bearer {bearer}"}
                    film = await centre.http.get(path, params={"id": file["id"]}, headers=headers)
                    assert film.status_code == status
                    if status == 200:
                        with av.open(io.BytesIO(film.content), mode="r") as container:
                            assert sum(packet.size for packet in container.demux(video=0)) > 0
