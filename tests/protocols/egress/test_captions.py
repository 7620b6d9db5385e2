"""What is said during a recording is beside it, as far as it is heard in it, wherever the recording goes."""

import asyncio
import json
import time
from pathlib import Path

import pytest
from livekit import api
from livekit.protocol import egress as messages

from roomful.media.ports.frames import Codec
from roomful.media.ports.transcription import Captions
from roomful.protocols.livekit.egress.captions import EgressCaptions
from roomful.rooms.model import LeaveReason
from roomful.rooms.transcripts import TranscriptSegment
from tests.protocols.egress.conftest import KEY, Server, running
from tests.protocols.egress.conftest import SECRET as SECRET_OF_KEY
from tests.unit.media.ports.recorder.footage import SECOND, START
from tests.unit.media.ports.recorder.storage_server import Storage
from tests.venue import Venue, until

Status = api.EgressStatus
SECRET = "do-not-tell"


def said(identity: str, at: float, track: str = "TR_1") -> TranscriptSegment:
    return TranscriptSegment(
        id=f"SG_{identity}", track=track, speaker="PA_1", identity=identity, name="", text="hm", start=at, end=at + 1
    )


@pytest.fixture
def venue() -> Venue:
    return Venue()


def info_of(venue: Venue, file: Path, at: float) -> messages.EgressInfo:
    """An egress that records a file since then."""
    info = messages.EgressInfo(egress_id="EG_1", room_id=venue.room.sid, room_name="standup")
    info.file_results.add(filename=file.name, location=str(file), started_at=int(at * 1e9))
    return info


def names(captions: str) -> list[str]:
    return [line.partition(">")[0].removeprefix("<v ") for line in captions.splitlines() if line.startswith("<v")]


def written(file: Path) -> list[str]:
    Captions.settle()
    captions = file.with_suffix(".vtt")
    return names(captions.read_text()) if captions.exists() else []


async def test_a_recording_of_the_room_has_what_everybody_says(venue: Venue, tmp_path: Path) -> None:
    now, captions, file = time.time(), EgressCaptions(venue.room, None), tmp_path / "talk.mp4"
    info = info_of(venue, file, now)
    info.room_composite.room_name = "standup"
    captions.follow(messages.EgressInfo(egress_id="EG_1", room_id=venue.room.sid))
    captions.follow(info)
    captions.follow(info)
    assert captions.named() == {}
    venue.room.add_transcript(said("alice", now + 1), now + 2)
    venue.room.add_transcript(said("bob", now + 3), now + 4)
    assert written(file) == ["alice", "bob"]
    assert captions.named() == {"talk.mp4": "talk.vtt"}


async def test_a_recording_of_one_has_what_that_one_says(venue: Venue, tmp_path: Path) -> None:
    now = time.time()
    of_alice, of_track = tmp_path / "alice.mp4", tmp_path / "track.ogg"
    alice, track = info_of(venue, of_alice, now), info_of(venue, of_track, now)
    alice.participant.identity = "alice"
    track.track.track_id = "TR_2"
    EgressCaptions(venue.room, None).follow(alice)
    EgressCaptions(venue.room, None).follow(track)
    venue.room.add_transcript(said("alice", now + 1), now + 2)
    venue.room.add_transcript(said("bob", now + 1, "TR_2"), now + 3)
    assert written(of_alice) == ["alice"]
    assert written(of_track) == ["bob"]


async def test_a_film_and_a_playlist_of_one_name_have_the_same_captions(venue: Venue, tmp_path: Path) -> None:
    now, captions, file = time.time(), EgressCaptions(venue.room, None), tmp_path / "talk.mp4"
    info = info_of(venue, file, now)
    info.segment_results.add(
        playlist_name="talk.m3u8", playlist_location=str(tmp_path / "talk.m3u8"), started_at=int(now * 1e9)
    )
    captions.follow(info)
    venue.room.add_transcript(said("alice", now + 1), now + 2)
    assert written(file) == ["alice"]
    assert captions.named() == {"talk.mp4": "talk.vtt", "talk.m3u8": "talk.vtt"}


async def test_texts_that_come_after_the_end_count_if_they_were_said_before_it(venue: Venue, tmp_path: Path) -> None:
    now, captions, file = time.time(), EgressCaptions(venue.room, None), tmp_path / "talk.mp4"
    captions.follow(info_of(venue, file, now))
    async with asyncio.TaskGroup() as group:
        finishing = group.create_task(captions.finish(now + 10))
        await asyncio.sleep(0)  # until it waits
        venue.room.add_transcript(said("alice", now + 9), now + 12)
        venue.room.add_transcript(said("bob", now + 11), now + 13)
        captions.hurry()
    assert finishing.result() == ""
    venue.room.add_transcript(said("carol", now + 9), now + 14)
    assert written(file) == ["alice"]


async def test_nothing_is_waited_for_when_the_room_is_closed(venue: Venue, tmp_path: Path) -> None:
    now, captions, file = time.time(), EgressCaptions(venue.room, None), tmp_path / "talk.mp4"
    captions.follow(info_of(venue, file, now))
    venue.room.add_transcript(said("alice", now + 1), now + 2)
    venue.rooms.close_all(LeaveReason.SERVER_SHUTDOWN, now + 3)
    async with asyncio.timeout(10):
        await captions.finish(now + 3)
    assert written(file) == ["alice"]


async def test_uploads_and_rooms_without_words_leave_no_files(venue: Venue, tmp_path: Path) -> None:
    now, captions = time.time(), EgressCaptions(venue.room, None)
    info = info_of(venue, tmp_path / "talk.mp4", now)
    info.file_results.add(location="s3://bucket/talk.mp4", started_at=1)
    captions.follow(info)
    captions.hurry()
    await captions.finish(now + 1)
    assert written(tmp_path / "talk.mp4") == []
    assert not (tmp_path / "talk.vtt").exists()


async def recorded(livekit_api: api.LiveKitAPI, server: Server, storage: Storage) -> messages.EgressInfo:
    """Record a track into the storage while something is said, until it is gone."""
    alice = server.join("alice")
    microphone = server.publish(alice, Codec.OPUS)
    s3 = messages.S3Upload(
        access_key="key-do-not-tell", secret=SECRET, region="x", endpoint=storage.url, bucket="films"
    )
    started = await livekit_api.egress.start_track_egress(
        api.TrackEgressRequest(
            room_name="standup", track_id=microphone.sid, file=api.DirectFileOutput(filepath="day/talk", s3=s3)
        )
    )
    await until(lambda: any(info.file_results for _, info in server.events))
    server.room.add_transcript(said("alice", START / SECOND + 1, microphone.sid), time.time())
    await asyncio.to_thread(Captions.settle)
    assert (server.folder / "day/talk.vtt").exists()
    server.unpublish(microphone)
    return await server.wait_for(started.egress_id, Status.EGRESS_COMPLETE)


async def listed(livekit_api: api.LiveKitAPI, egress_id: str) -> messages.EgressInfo:
    """The info when it says what became of the captions."""
    async with asyncio.timeout(20):
        while True:
            answer = await livekit_api.egress.list_egress(api.ListEgressRequest(egress_id=egress_id))
            if "Captions" in answer.items[0].details:
                return answer.items[0]
            await asyncio.sleep(0.05)


async def test_captions_follow_the_recording_into_object_storage(
    livekit_api: api.LiveKitAPI, server: Server, storage: Storage
) -> None:
    info = await recorded(livekit_api, server, storage)
    manifest = json.loads(storage.objects[f"/films/day/{info.egress_id}.json"])
    assert manifest["files"][0]["captions"] == "day/talk.vtt"
    # A recognizer may take its time for what was said before the end.
    server.room.add_transcript(said("bob", START / SECOND + 1.5, info.track.track_id), time.time())
    await livekit_api.room.delete_room(api.DeleteRoomRequest(room="standup"))
    info = await listed(livekit_api, info.egress_id)
    assert info.details == "Captions: s3://films/day/talk.vtt."
    assert names(storage.objects["/films/day/talk.vtt"].decode()) == ["alice", "bob"]
    assert not [path for path in server.folder.rglob("*") if path.is_file()]


async def test_captions_that_cannot_be_uploaded_are_kept_and_the_details_say_where(
    livekit_api: api.LiveKitAPI, server: Server, storage: Storage
) -> None:
    info = await recorded(livekit_api, server, storage)
    storage.failing, storage.status = 100, 403
    await livekit_api.room.delete_room(api.DeleteRoomRequest(room="standup"))
    info = await listed(livekit_api, info.egress_id)
    assert info.status == Status.EGRESS_COMPLETE
    assert f"kept at {server.folder / 'day/talk.vtt'}" in info.details
    assert written(server.folder / "day/talk.ogg") == ["alice"]
    assert SECRET not in str(info)


async def test_captions_arrive_though_the_server_is_stopped(tmp_path: Path, storage: Storage) -> None:
    async with running(tmp_path) as server:
        async with api.LiveKitAPI(server.url, KEY, SECRET_OF_KEY) as livekit_api:
            await recorded(livekit_api, server, storage)
        storage.failing = 2
    await until(lambda: "/films/day/talk.vtt" in storage.objects)
    await until(lambda: not (server.folder / "day/talk.vtt").exists())
