"""What is said during a recording is beside it, as far as it is heard in it."""

import time
from pathlib import Path

import pytest
from livekit.protocol import egress as messages

from roomful.media.ports.transcription import Captions
from roomful.protocols.livekit.egress import EgressCaptions
from roomful.rooms.transcripts import TranscriptSegment
from tests.venue import Venue


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


def written(file: Path) -> list[str]:
    Captions.settle()
    captions = file.with_suffix(".vtt")
    lines = captions.read_text().splitlines() if captions.exists() else []
    return [line.partition(">")[0].removeprefix("<v ") for line in lines if line.startswith("<v")]


async def test_a_recording_of_the_room_has_what_everybody_says(venue: Venue, tmp_path: Path) -> None:
    now, captions, file = time.time(), EgressCaptions(venue.rooms), tmp_path / "talk.mp4"
    info = info_of(venue, file, now)
    info.room_composite.room_name = "standup"
    captions("egress_started", messages.EgressInfo(egress_id="EG_1", room_id=venue.room.sid), ())
    captions("egress_updated", info, ())
    captions("egress_updated", info, ())
    venue.room.add_transcript(said("alice", now + 1), now + 2)
    venue.room.add_transcript(said("bob", now + 3), now + 4)
    assert written(file) == ["alice", "bob"]


async def test_a_recording_of_one_has_what_that_one_says(venue: Venue, tmp_path: Path) -> None:
    now, captions = time.time(), EgressCaptions(venue.rooms)
    of_alice, of_track = tmp_path / "alice.mp4", tmp_path / "track.ogg"
    alice, track = info_of(venue, of_alice, now), info_of(venue, of_track, now)
    alice.participant.identity = "alice"
    track.egress_id, track.track.track_id = "EG_2", "TR_2"
    captions("egress_updated", alice, ())
    captions("egress_updated", track, ())
    venue.room.add_transcript(said("alice", now + 1), now + 2)
    venue.room.add_transcript(said("bob", now + 1, "TR_2"), now + 3)
    assert written(of_alice) == ["alice"]
    assert written(of_track) == ["bob"]


async def test_texts_that_come_after_the_end_count_if_they_were_said_before_it(venue: Venue, tmp_path: Path) -> None:
    now, captions, file = time.time(), EgressCaptions(venue.rooms), tmp_path / "talk.mp4"
    info = info_of(venue, file, now)
    captions("egress_updated", info, ())
    info.ended_at = int((now + 10) * 1e9)
    captions("egress_ended", info, ())
    venue.room.add_transcript(said("alice", now + 9), now + 12)
    venue.room.add_transcript(said("bob", now + 11), now + 13)
    assert written(file) == ["alice"]


async def test_uploads_and_rooms_without_words_leave_no_files(venue: Venue, tmp_path: Path) -> None:
    now, captions = time.time(), EgressCaptions(venue.rooms)
    info = info_of(venue, tmp_path / "talk.mp4", now)
    info.file_results.add(location="s3://bucket/talk.mp4", started_at=1)
    captions("egress_updated", info, ())
    info.ended_at = int((now + 1) * 1e9)
    captions("egress_ended", info, ())
    assert written(tmp_path / "talk.mp4") == []
    assert not (tmp_path / "talk.vtt").exists()
