"""Egresses are listed, survive a restart, and trouble is told."""

from pathlib import Path
from typing import Any

import pytest
from livekit import api
from livekit.protocol import egress as messages

from roomful.media.ports.frames import Codec
from roomful.protocols.livekit.egress import egresses
from roomful.storage import EgressTable, StoredEgress
from tests.protocols.egress.conftest import KEY, SECRET, Server, running
from tests.unit.media.ports.recorder.storage_server import Storage
from tests.venue import until

Status = api.EgressStatus


def track_request(sid: str, **output: Any) -> api.TrackEgressRequest:
    return api.TrackEgressRequest(room_name="standup", track_id=sid, file=api.DirectFileOutput(**output))


async def listed(client: api.LiveKitAPI, **filters: Any) -> list[str]:
    answer = await client.egress.list_egress(api.ListEgressRequest(**filters))
    return [info.egress_id for info in answer.items]


async def test_egresses_are_listed_by_room_by_id_and_while_they_run(
    livekit_api: api.LiveKitAPI, server: Server
) -> None:
    microphone = server.publish(server.join("alice"), Codec.OPUS)
    first = await livekit_api.egress.start_track_egress(track_request(microphone.sid))
    second = await livekit_api.egress.start_track_egress(track_request(microphone.sid))
    for one in (first, second):
        await server.wait_for(one.egress_id, Status.EGRESS_ACTIVE)
    await livekit_api.egress.stop_egress(api.StopEgressRequest(egress_id=first.egress_id))
    await server.wait_for(first.egress_id, Status.EGRESS_COMPLETE)
    assert await listed(livekit_api) == [first.egress_id, second.egress_id]
    assert await listed(livekit_api, active=True) == [second.egress_id]
    assert await listed(livekit_api, room_name="other") == []
    assert await listed(livekit_api, egress_id=first.egress_id) == [first.egress_id]


async def test_stopped_before_it_began_it_is_aborted(livekit_api: api.LiveKitAPI, server: Server) -> None:
    microphone = server.publish(server.join("alice"), Codec.OPUS)
    started = await livekit_api.egress.start_track_egress(track_request(microphone.sid))
    stopped = await livekit_api.egress.stop_egress(api.StopEgressRequest(egress_id=started.egress_id))
    assert stopped.status == Status.EGRESS_ENDING
    info = await server.wait_for(started.egress_id, Status.EGRESS_ABORTED)
    assert list(info.file_results) == []


async def test_a_killed_worker_fails_its_egress_and_the_others_go_on(
    livekit_api: api.LiveKitAPI, server: Server
) -> None:
    microphone = server.publish(server.join("alice"), Codec.OPUS)
    broken = await livekit_api.egress.start_track_egress(track_request(microphone.sid))
    other = await livekit_api.egress.start_track_egress(track_request(microphone.sid))
    for one in (broken, other):
        await server.wait_for(one.egress_id, Status.EGRESS_ACTIVE)
    worker = server.egresses.running(broken.egress_id, "stopped").recording.worker
    assert worker is not None
    await worker.kill()
    info = await server.wait_for(broken.egress_id, Status.EGRESS_FAILED)
    assert "SIGKILL" in info.error
    assert info.error_code == 500
    assert await listed(livekit_api, active=True) == [other.egress_id]
    counted = server.egresses
    assert (counted.active, counted.started, counted.failed) == (1, 2, 1)
    assert server.room.is_open


async def test_more_than_the_server_may_run_are_refused(tmp_path: Path) -> None:
    async with running(tmp_path, max_active=1) as server, api.LiveKitAPI(server.url, KEY, SECRET) as client:
        microphone = server.publish(server.join("alice"), Codec.OPUS)
        await client.egress.start_track_egress(track_request(microphone.sid))
        with pytest.raises(api.TwirpError) as refused:
            await client.egress.start_track_egress(track_request(microphone.sid))
        assert refused.value.code == api.TwirpErrorCode.RESOURCE_EXHAUSTED


async def test_an_egress_ends_at_the_limit_of_the_server(tmp_path: Path) -> None:
    async with running(tmp_path, max_seconds=0.2) as server, api.LiveKitAPI(server.url, KEY, SECRET) as client:
        microphone = server.publish(server.join("alice"), Codec.OPUS)
        started = await client.egress.start_track_egress(track_request(microphone.sid))
        info = await server.wait_for(started.egress_id, Status.EGRESS_LIMIT_REACHED)
        assert (info.error, len(info.file_results)) == ("", 1)


async def test_ended_egresses_are_listed_after_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as server, api.LiveKitAPI(server.url, KEY, SECRET) as client:
        microphone = server.publish(server.join("alice"), Codec.OPUS)
        started = await client.egress.start_track_egress(track_request(microphone.sid))
        await server.wait_for(started.egress_id, Status.EGRESS_ACTIVE)
        server.unpublish(microphone)
        before = await server.wait_for(started.egress_id, Status.EGRESS_COMPLETE)
    async with running(tmp_path) as server, api.LiveKitAPI(server.url, KEY, SECRET) as client:
        answer = await client.egress.list_egress(api.ListEgressRequest())
        assert list(answer.items) == [before]
        assert server.events == []


async def test_what_ran_when_the_server_died_has_failed_and_says_what_is_playable(tmp_path: Path) -> None:
    async with running(tmp_path) as server, api.LiveKitAPI(server.url, KEY, SECRET) as client:
        microphone = server.publish(server.join("alice"), Codec.OPUS)
        server.engine.seconds = 4.0
        started = await client.egress.start_track_egress(track_request(microphone.sid, filepath="x"))
        await until(lambda: any(info.file_results for _, info in server.events))
        await server.egresses._keeper.settled(5.0)
        stored = await egresses_in(server)
    async with running(tmp_path) as server:
        server.egresses.restore(stored)
        [info] = server.egresses.list(egress_id=started.egress_id)
        assert (info.status, info.error) == (Status.EGRESS_FAILED, "server restarted")
        assert info.file.location == str(server.folder / "x.ogg")
        assert info.file.location in info.details
        assert info.file.size > 0
        assert server.told(started.egress_id) == ["egress_ended EGRESS_FAILED"]


async def test_what_arrives_in_storage_after_the_restart_is_told_when_somebody_asks(
    tmp_path: Path, storage: Storage
) -> None:
    storage.failing = 1_000_000
    s3 = messages.S3Upload(access_key="k", secret="s", region="x", endpoint=storage.url, bucket="films")
    async with running(tmp_path) as server, api.LiveKitAPI(server.url, KEY, SECRET) as client:
        microphone = server.publish(server.join("alice"), Codec.OPUS)
        file = api.DirectFileOutput(filepath="x", s3=s3)
        request = api.TrackEgressRequest(room_name="standup", track_id=microphone.sid, file=file)
        started = await client.egress.start_track_egress(request)
        await until(lambda: any(info.file_results for _, info in server.events))
        server.unpublish(microphone)
        await server.egresses.close(0.0)  # while nothing can be uploaded
    async with running(tmp_path) as server:
        [info] = server.egresses.list(egress_id=started.egress_id)
        here, there = str(server.folder / "x.ogg"), "s3://films/x.ogg"
        assert (info.file.location, info.details) == (here, f"Playable up to about the restart: {here}.")
        storage.failing = 0
        await until(lambda: not Path(here).exists())
        [info] = server.egresses.list(egress_id=started.egress_id)
        assert (info.file.location, info.file_results[0].location) == (there, there)
        assert info.details == f"Playable up to about the restart: {there}."
        assert await server.egresses._keeper.settled(5.0)
        assert "s3://films/x.ogg" in str(messages.EgressInfo.FromString((await egresses_in(server))[0].info))


async def test_the_oldest_ended_egresses_are_forgotten(
    livekit_api: api.LiveKitAPI, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(egresses, "ENDED_KEPT", 2)
    room = server.room
    refused = [
        server.egresses.refuse(api.TrackEgressRequest(room_name="standup", track_id=str(number)), room, "no")
        for number in range(3)
    ]
    kept = [info.egress_id for info in refused[1:]]
    assert await listed(livekit_api) == kept
    assert await server.egresses._keeper.settled(5.0)
    assert [one.egress_id for one in await egresses_in(server)] == kept


async def egresses_in(server: Server) -> list[StoredEgress]:
    """What is in the database."""
    table = server.egresses._keeper._table
    assert isinstance(table, EgressTable)
    return await table.load()
