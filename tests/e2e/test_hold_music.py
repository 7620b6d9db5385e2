"""What a customer hears on hold, what an agent mixes into its voice, and who hears a supervisor: by WHIP and WHEP."""

import io
import wave
from pathlib import Path

import numpy as np
import pytest

from tests.browser.tabs import Tabs
from tests.running_server import RunningServer, loopback_config, running_server

from .call_centre import call_centre, customer, desk, in_call
from .room_client import room_client
from .showing import BLUE, RED
from .waiting import until_seen
from .whip_page import WhipTab, page_server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(200)]


TONE, VOICE = 500, 1500
"""Hz: of the file, and of who speaks."""


def a_tone(seconds: float = 1.0, rate: int = 8000) -> bytes:
    """A WAV file."""
    samples = np.sin(np.arange(round(seconds * rate)) * 2 * np.pi * TONE / rate) * 20000
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(samples.astype("<i2").tobytes())
    return file.getvalue()


async def is_silent(tab: WhipTab) -> None:
    await until_seen(tab.look, lambda seen: seen.loudness < 0.05, "silence")


async def test_on_hold_the_customer_hears_music_where_the_agent_was(tmp_path: Path) -> None:
    config = loopback_config()
    async with running_server(tmp_path, config) as server, call_centre(server) as centre:
        added = await centre.http.post("/customer-service/audio_files", content=a_tone(), params={"name": "waltz"})
        music = added.json()["data"]["id"]
        await server.stop()
    config["customer-service"] = {"hold_music": music}
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
                camera, viewer = WhipTab(await tabs.open("camera", page)), WhipTab(await tabs.open("viewer", page))
                sending = call.joined["publish"]
                await camera.publish(server.http_url + sending["whip_url"], sending["token"], RED)
                stream = await john.until("stream_published")
                await viewer.play(server.http_url + stream["whep_url"], john.joined["publish"]["token"])
                await viewer.sees(RED)
                await is_silent(viewer)

                assert (await call.ask("hold_call"))["code"] == 0
                assert (await john.until("call_held"))["hold_music"] is True
                await viewer.hears()
                assert (await call.ask("resume_call"))["code"] == 0
                await is_silent(viewer)
                await viewer.sees(RED)
        joined = [one["user"]["role"] for one in john.got if one["action"] == "user_joined"]
        assert joined == ["agent"], "nobody sees who plays the music"


async def test_the_customer_hears_files_that_the_agent_mixes_into_its_voice(roomful_server: RunningServer) -> None:
    server = roomful_server
    async with call_centre(server) as centre, Tabs.launch() as tabs, page_server() as page:
        added = await centre.http.post("/customer-service/audio_files", content=a_tone(), params={"name": "waltz"})
        made = await centre.invite()
        _, token = await centre.hire("Wang")
        async with customer(server, made["link"]) as john, desk(server, token) as wang:
            await wang.until("incoming_call")
            async with in_call(server, await wang.ask("accept_call")) as call:
                camera, viewer = WhipTab(await tabs.open("camera", page)), WhipTab(await tabs.open("viewer", page))
                sending = call.joined["publish"]
                await camera.publish(server.http_url + sending["whip_url"], sending["token"], RED, VOICE)
                stream = await john.until("stream_published")
                await viewer.play(server.http_url + stream["whep_url"], john.joined["publish"]["token"])
                await viewer.hears_tone(VOICE)
                await viewer.hears_tone(TONE, heard=False)

                file_id = added.json()["data"]["id"]
                started = await call.ask("play_audio_file", file_id=file_id, loop=True, volume=60)
                assert started["code"] == 0, started
                await viewer.hears_tone(TONE)
                await viewer.hears_tone(VOICE)
                await viewer.sees(RED)
                waltz = {"playback_id": started["playback_id"]}
                assert (await call.ask("set_audio_file", paused=True, **waltz))["code"] == 0
                await viewer.hears_tone(TONE, heard=False)
                assert (await call.ask("set_audio_file", paused=False, **waltz))["code"] == 0
                await viewer.hears_tone(TONE)
                assert (await wang.ask("stop_audio_file"))["code"] == 0
                await viewer.hears_tone(TONE, heard=False)
                await viewer.hears_tone(VOICE)

                assert (await wang.ask("set_microphone", volume=0))["code"] == 0
                await viewer.hears_tone(VOICE, heard=False)
                assert (await call.ask("play_audio_file", file_id=file_id, volume=60))["code"] == 0
                await viewer.hears_tone(TONE)
                await viewer.hears_tone(VOICE, heard=False)
                assert (await call.ask("set_microphone", volume=100))["code"] == 0
                await viewer.hears_tone(VOICE)
                assert (await call.ask("stop_audio_file"))["code"] == 0
                while (await call.until("audio_playing"))["playing"]:
                    pass

                assert (await call.ask("play_audio_file", file_id=file_id))["code"] == 0
                while (await call.until("audio_playing"))["playing"]:
                    pass
        joined = [one["user"]["role"] for one in john.got if one["action"] == "user_joined"]
        assert joined == ["agent"], "nobody sees who mixes"


async def test_a_supervisor_is_heard_by_whom_it_whispers_to(roomful_server: RunningServer) -> None:
    server = roomful_server
    async with call_centre(server) as centre, Tabs.launch() as tabs, page_server() as page:
        made = await centre.invite()
        _, token = await centre.hire("Wang")
        async with customer(server, made["link"]) as john, desk(server, token) as wang:
            await wang.until("incoming_call")
            async with in_call(server, await wang.ask("accept_call")) as call:
                listening = await centre.call("POST", f"/sessions/{made['id']}/listen")
                boss_id = listening["supervisor_id"]
                async with room_client(server.ws_url, made["id"], listening["room_token"]) as boss:
                    sending = (await boss.join("supervisor"))["publish"]
                    voice = WhipTab(await tabs.open("voice", page))
                    await voice.publish(server.http_url + sending["whip_url"], sending["token"], BLUE, 450)
                    ears: dict[str, WhipTab] = {}
                    for name, whose in (("agent", call), ("customer", john)):
                        ears[name] = WhipTab(await tabs.open(name, page))
                        stream = f"{server.http_url}/webrtc/whep/room/{made['id']}/{boss_id}"
                        await ears[name].play(stream, whose.joined["publish"]["token"])
                        await is_silent(ears[name])
                    for whom, hearing in (("agent", "agent"), ("both", "agent customer"), ("none", "")):
                        wish = {"supervisor_id": boss_id, "to": whom}
                        await centre.call("POST", f"/sessions/{made['id']}/whisper", wish)
                        for name, tab in ears.items():
                            await (tab.hears() if name in hearing else is_silent(tab))
                    for listener in (call, john):
                        assert [(await listener.until("supervisor_speaks"))["on"] for _ in range(2)] == [True, False]
