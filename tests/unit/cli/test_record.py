"""Recording rooms from the terminal."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
from livekit.protocol.egress import EgressStatus

from roomful.media.ports.frames import Codec
from tests.protocols.egress.conftest import KEY, SECRET, Server, running
from tests.unit.cli.conftest import Outcome, Run
from tests.unit.media.ports.recorder.watching import watch
from tests.venue import until

Call = Callable[..., "asyncio.Future[Outcome]"]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with running(tmp_path) as one:
        yield one


@pytest.fixture
def call(run: Run, server: Server) -> Call:
    """Run a command beside the server's event loop."""

    def call_command(*arguments: str) -> "asyncio.Future[Outcome]":
        flags = ("--url", server.url, "--api-key", KEY, "--api-secret", SECRET)
        return asyncio.ensure_future(asyncio.to_thread(run, "record", *arguments, *flags))

    return call_command


async def test_a_participant_is_recorded_until_it_is_stopped(call: Call, server: Server) -> None:
    server.publish(server.join("alice"), Codec.OPUS)
    started = await call("start", "standup", "--participant", "alice", "--file", "a")
    found = re.fullmatch(r"✓ standup is being recorded \((EG_\w+)\); `roomful record stop \1` ends it\n", started.out)
    assert found, started
    egress_id = found[1]
    await server.wait_for(egress_id, EgressStatus.EGRESS_ACTIVE)
    listed = await call("list", "--active")
    assert re.search(rf"{egress_id} +standup +participant alice +active", listed.out)
    stopped = await call("stop", egress_id)
    path = server.folder / "a.ogg"
    assert stopped == Outcome(0, f"✓ {egress_id} has ended: {path}\n", "")
    assert watch(path).sound_seconds == pytest.approx(2, abs=0.1)
    [as_json] = json.loads((await call("list", "standup", "--json")).out)
    assert (as_json["egress_id"], as_json["status"]) == (egress_id, "EGRESS_COMPLETE")
    assert (await call("list", "--active")).out == "Nothing is or was recorded.\n"


async def test_a_track_is_recorded(call: Call, server: Server) -> None:
    microphone = server.publish(server.join("alice"), Codec.OPUS)
    started = await call("start", "standup", "--track", microphone.sid, "--json")
    assert json.loads(started.out)["track"]["track_id"] == microphone.sid


async def test_a_room_is_composed_into_files_and_streams(call: Call, server: Server) -> None:
    server.join("alice")
    await call("start", "standup", "--layout", "speaker")
    await call("start", "standup", "--stream", "rtmp://127.0.0.1/live/key", "--audio-only")
    file, stream = (info.room_composite for info in server.egresses.list())
    assert (file.layout, len(file.file_outputs), len(file.stream_outputs)) == ("speaker", 1, 0)
    assert (stream.audio_only, len(stream.file_outputs), len(stream.stream_outputs)) == (True, 0, 1)


async def test_hls_is_watched_by_a_link(call: Call, server: Server) -> None:
    server.engine.live = True
    server.publish(server.join("alice"), Codec.OPUS)
    started = await call("start", "standup", "--hls", "--audio-only")
    [info] = server.egresses.list()
    assert f"`roomful record link {info.egress_id}` tells where to watch it" in started.out
    assert not info.room_composite.file_outputs
    recording = server.egresses.running(info.egress_id, "stopped").recording
    await until(lambda: recording.status and recording.status.duration_ns > 1e9)
    await call("stop", info.egress_id)
    link = await call("link", info.egress_id, "--ttl", "1m")
    found = re.fullmatch(r"from the beginning: (\S+)\nlive: (\S+)\n", link.out)
    assert found, link
    async with httpx.AsyncClient() as http:
        for url in found.groups():
            assert "#EXT-X-ENDLIST" in (await http.get(url)).raise_for_status().text
    [as_json] = json.loads((await call("link", info.egress_id, "--json")).out)
    assert set(as_json) == {"url", "live_url", "expires_at"}


async def test_mistakes_are_one_line(call: Call) -> None:
    both = await call("start", "standup", "--participant", "alice", "--track", "TR_x")
    assert both == Outcome(2, "", "✗ a participant or a track, not both\n")
    nowhere = await call("start", "nowhere")
    assert nowhere == Outcome(1, "", "✗ the server refuses: requested room does not exist\n")
    unwatchable = await call("start", "standup", "--participant", "alice", "--hls")
    assert unwatchable == Outcome(2, "", "✗ --stream, --hls and --audio-only are for whole rooms\n")
    linkless = await call("link", "EG_x")
    assert linkless == Outcome(1, "", "✗ the server refuses: egress does not exist\n")
    unknown = await call("stop", "EG_x")
    assert unknown == Outcome(1, "", "✗ the server refuses: egress does not exist\n")
