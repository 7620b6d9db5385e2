"""What is said reaches LiveKit's clients as packet and as text stream, but only those who may hear it."""

import pytest
from livekit.protocol import models

from roomful.rooms.transcripts import TranscriptSegment

from .stage import Player, Stage


def segment(speaker: Player, text: str = "Let us ship", hearers: frozenset[str] | None = None) -> TranscriptSegment:
    return TranscriptSegment(
        id="SG_1",
        track="TR_1",
        speaker=speaker.sid,
        identity=speaker.participant.identity,
        name="Alice",
        text=text,
        language="en",
        start=1_800_000_000.25,
        end=1_800_000_002.0,
        hearers=hearers,
    )


def delivered(stage: Stage) -> list[tuple[list[int], models.DataPacket]]:
    commands = stage.media.named("send_data")
    assert {command.label for command in commands} <= {"_reliable"}
    return [(command.peers, models.DataPacket.FromString(command.data)) for command in commands]


def test_everybody_gets_it_the_speaker_too(stage: Stage) -> None:
    alice, bob = stage.join("alice"), stage.join("bob")
    stage.room.add_transcript(segment(alice), stage.now)
    everybody = [alice.session.data_peer, bob.session.data_peer]
    assert [peers for peers, _ in delivered(stage)] == [everybody] * 4


def test_the_packet_names_speaker_track_and_time(stage: Stage) -> None:
    alice = stage.join("alice")
    stage.room.add_transcript(segment(alice), stage.now)
    packet = delivered(stage)[0][1]
    assert (packet.participant_identity, packet.participant_sid) == ("alice", alice.sid)
    told = packet.transcription
    assert (told.transcribed_participant_identity, told.track_id) == ("alice", "TR_1")
    (one,) = told.segments
    assert (one.id, one.text, one.language, one.final) == ("SG_1", "Let us ship", "en", True)
    assert (one.start_time, one.end_time) == (1_800_000_000_250, 1_800_000_002_000)


@pytest.mark.parametrize("final", [True, False])
def test_the_stream_is_complete_and_says_whether_it_is_final(stage: Stage, final: bool) -> None:
    alice = stage.join("alice")
    stage.room.add_transcript(segment(alice, "größer"), stage.now, final=final)
    _, header, chunk, trailer = (packet for _, packet in delivered(stage))
    assert header.stream_header.topic == "lk.transcription"
    assert header.stream_header.mime_type == "text/plain"
    assert header.stream_header.total_length == len(chunk.stream_chunk.content) == 8
    assert dict(header.stream_header.attributes) == {
        "lk.segment_id": "SG_1",
        "lk.transcribed_track_id": "TR_1",
        "lk.transcription_final": "true" if final else "false",
    }
    assert chunk.stream_chunk.content.decode() == "größer"
    streams = {header.stream_header.stream_id, chunk.stream_chunk.stream_id, trailer.stream_trailer.stream_id}
    assert len(streams) == 1


def test_each_interim_text_is_a_stream_of_its_own(stage: Stage) -> None:
    alice = stage.join("alice")
    for final in (False, False, True):
        stage.room.add_transcript(segment(alice), stage.now, final=final)
    headers = [packet.stream_header for _, packet in delivered(stage) if packet.HasField("stream_header")]
    assert len({header.stream_id for header in headers}) == 3


def test_who_may_not_hear_gets_nothing(stage: Stage) -> None:
    alice, bob, _ = stage.join("alice"), stage.join("bob"), stage.join("mallory")
    stage.room.add_transcript(segment(alice, hearers=frozenset({alice.sid, bob.sid})), stage.now)
    for peers, _ in delivered(stage):
        assert peers == [alice.session.data_peer, bob.session.data_peer]


def test_who_has_no_channel_yet_is_left_out(stage: Stage) -> None:
    alice = stage.join("alice")
    stage.join("bob", active=False)
    stage.room.add_transcript(segment(alice), stage.now)
    assert all(peers == [alice.session.data_peer] for peers, _ in delivered(stage))


def test_what_is_said_last_by_somebody_who_left_is_told(stage: Stage) -> None:
    alice, bob = stage.join("alice"), stage.join("bob")
    said = segment(alice)
    alice.ask(leave={"action": "DISCONNECT"})
    stage.room.add_transcript(said, stage.now)
    assert delivered(stage)[0][0] == [bob.session.data_peer]
