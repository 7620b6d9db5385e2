"""LiveKit's JavaScript client reads what is said: as transcription, and as text stream."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from livekit import rtc

from roomful.web.asgi import Receive, Scope, Send, respond
from roomful.web.server import WebServer
from roomful.web.sockets import listen
from tests.asr_server import AsrServer
from tests.e2e.speaking import play, publish_voice
from tests.running_server import loopback_config, running_server

from .meeting_server import meetings_on
from .tabs import Tabs
from .waiting import until

pytestmark = pytest.mark.timeout(180)

SDK = Path(__file__).parents[2] / "ui" / "node_modules" / "livekit-client" / "dist" / "livekit-client.umd.js"

PAGE = """<!doctype html>
<script src="/sdk.js"></script>
<script type="module">
  const tell = (kind, what) => {
    const line = document.createElement("p");
    line.dataset.testid = kind;
    line.textContent = typeof what === "string" ? what : JSON.stringify(what);
    document.body.append(line);
  };
  const { Room, RoomEvent } = LivekitClient;
  const room = new Room();
  room.on(RoomEvent.TranscriptionReceived, (segments, participant, publication) => {
    for (const { text, final, language } of segments)
      tell("event", { text, final, language, who: participant?.identity, track: publication?.trackSid });
  });
  room.registerTextStreamHandler("lk.transcription", async (reader, { identity }) => {
    const final = reader.info.attributes["lk.transcription_final"];
    tell("stream", { text: await reader.readAll(), who: identity, final });
  });
  const query = new URLSearchParams(location.search);
  const connected = room.connect(query.get("url"), query.get("token"));
  connected.then(() => tell("state", "connected"), (error) => tell("state", String(error)));
</script>
"""


async def serve_page(scope: Scope, receive: Receive, send: Send) -> None:
    script = scope["path"] == "/sdk.js"
    kind = b"text/javascript" if script else b"text/html"
    await respond(scope, send, 200, SDK.read_bytes() if script else PAGE.encode(), headers=[(b"content-type", kind)])


@pytest.fixture
async def page() -> AsyncIterator[str]:
    """The address of a page that reads transcripts."""
    web = WebServer(serve_page, listen(["127.0.0.1"], 0))
    await web.start()
    yield f"http://127.0.0.1:{web.port}/"
    await web.stop(1.0)


async def test_a_page_reads_what_is_said(tabs: Tabs, page: str, asr: AsrServer, room: str, tmp_path: Path) -> None:
    settings = loopback_config(transcription={"url": asr.url, "rooms": "all", "language": "en"})
    async with running_server(tmp_path, settings) as running:
        server = meetings_on(running)
        reader = await tabs.open("reader", f"{page}?url={server.ws_url}&token={server.token('reader', room)}")
        await reader.wait("state")
        assert await reader.texts("state") == ["connected"]
        speaker = rtc.Room()
        await speaker.connect(server.ws_url, server.token("alice", room))
        try:
            microphone = await publish_voice(speaker)
            track = next(iter(speaker.local_participant.track_publications.values())).sid

            async def said() -> list[str]:
                await play(microphone, "159")
                return await reader.texts("event")

            # Nobody may be there yet to hear the first words, or all of them.
            events = await until(said, lambda events: any("1 5 9" in event for event in events), "what is said")
            told = next(json.loads(event) for event in events if "1 5 9" in event)
            assert told == {"text": "1 5 9", "final": True, "language": "en", "who": "alice", "track": track}

            async def streamed() -> list[dict[str, str]]:
                return [json.loads(text) for text in await reader.texts("stream")]

            wanted = {"text": "1 5 9", "who": "alice", "final": "true"}
            await until(streamed, lambda streams: wanted in streams, "the text stream")
            assert await reader.errors() == []
        finally:
            await speaker.disconnect()
