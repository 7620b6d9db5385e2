"""WebVTT that players read, whatever was said, and however the server ended."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from roomful.media.ports.transcription import Captions, RoomCaptions
from roomful.media.ports.transcription.webvtt import cue, timestamp
from roomful.rooms.events import Transcribed
from roomful.rooms.transcripts import Transcription, TranscriptSegment
from tests.venue import Venue

ORIGIN = 1_700_000_000.0


def segment(text: str, start: float, end: float, *, name: str = "Ann", id_: str = "SG_1") -> TranscriptSegment:
    """Said so many seconds after `ORIGIN`."""
    return TranscriptSegment(
        id=id_,
        track="TR_1",
        speaker="PA_1",
        identity="ann",
        name=name,
        text=text,
        start=ORIGIN + start,
        end=ORIGIN + end,
    )


@pytest.fixture
def captions(tmp_path: Path) -> Iterator[Captions]:
    made = Captions(tmp_path / "deep" / "talk.vtt", ORIGIN)
    yield made
    made.close()
    Captions.settle()


def played(path: Path) -> list[tuple[float, str]]:
    """What FFmpeg reads: start in seconds and text of each cue."""
    with av.open(path) as container:
        return [
            (float(packet.pts * packet.time_base), bytes(packet).decode())
            for packet in container.demux()
            if packet.pts is not None and packet.time_base is not None and packet.size
        ]


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "00:00:00.000"),
        (61.0015, "00:01:01.002"),
        (3599.9999, "01:00:00.000"),
        (360_000, "100:00:00.000"),
        (-1, "00:00:00.000"),
    ],
)
def test_times_are_written_as_webvtt_has_them(seconds: float, written: str) -> None:
    assert timestamp(seconds) == written


def test_each_cue_names_its_speaker(captions: Captions) -> None:
    captions.add(segment("Let us ship", 1.5, 3))
    Captions.settle()
    assert captions.path.read_text() == "WEBVTT\n\nSG_1\n00:00:01.500 --> 00:00:03.000\n<v Ann>Let us ship\n"
    assert played(captions.path) == [(1.5, "<v Ann>Let us ship")]


def test_without_a_name_it_is_the_identity() -> None:
    assert "<v ann>hm" in cue(segment("hm", 0, 1, name=""), ORIGIN)


@pytest.mark.parametrize("words", ["a --> b", "1 < 2 & 3 > 2", "two\n\nlines", "<script>", "NOTE not a note"])
def test_words_are_never_markup(captions: Captions, words: str) -> None:
    captions.add(segment(words, 1, 2, name=words))
    captions.add(segment("next", 3, 4, id_="SG_2"))
    Captions.settle()
    assert len(played(captions.path)) == 2
    body = captions.path.read_text().split("\n\n")[1]
    assert body.count("\n") == 2
    assert len(re.findall("<", body)) == 1


def test_what_was_said_before_the_recording_or_after_it_is_left_out(captions: Captions) -> None:
    captions.end = ORIGIN + 10
    captions.add(segment("before", -3, -1))
    captions.add(segment("into it", -1, 1, id_="SG_2"))
    captions.add(segment("after", 11, 12, id_="SG_3"))
    Captions.settle()
    assert played(captions.path) == [(0.0, "<v Ann>into it")]


def test_without_words_there_is_no_file(captions: Captions) -> None:
    captions.close()
    Captions.settle()
    assert not captions.path.exists()


def test_a_file_that_is_not_closed_has_everything_and_a_closed_one_has_it_in_order(captions: Captions) -> None:
    captions.add(segment("second", 5, 6, id_="SG_2"))
    captions.add(segment("first", 1, 7, id_="SG_1"))
    Captions.settle()
    assert {text for _, text in played(captions.path)} == {"<v Ann>first", "<v Ann>second"}
    captions.close()
    Captions.settle()
    assert played(captions.path) == [(1.0, "<v Ann>first"), (5.0, "<v Ann>second")]
    assert [file.name for file in captions.path.parent.iterdir()] == ["talk.vtt"]


def test_a_folder_that_cannot_be_written_costs_the_captions_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    captions = Captions(tmp_path / "file" / "talk.vtt", ORIGIN)
    captions.add(segment("hm", 0, 1))
    captions.add(segment("hm", 2, 3))
    captions.close()
    Captions.settle()
    assert captions.error


def test_each_transcription_of_a_room_has_a_file_within_the_folder(tmp_path: Path) -> None:
    venue, files = Venue(), RoomCaptions(tmp_path / "out")
    venue.rooms.on_opened.append(files.on_opened)
    room = venue.room
    now = time.time()
    room.set_transcription(Transcription(running=True), now)
    room.add_transcript(segment("one", now - ORIGIN, now - ORIGIN + 1), now)
    room.set_transcription(Transcription(running=True, trouble="status 500"), now + 2)
    room.set_transcription(Transcription(), now + 3)
    room.add_transcript(segment("nobody listens", now - ORIGIN + 3, now - ORIGIN + 4), now + 4)
    room.set_transcription(Transcription(running=True), now + 10)
    room.add_transcript(segment("two", now - ORIGIN + 11, now - ORIGIN + 12), now + 12)
    files.close()
    made = sorted((tmp_path / "out").iterdir())
    assert [[text for _, text in played(path)] for path in made] == [["<v Ann>one"], ["<v Ann>two"]]
    assert all(path.name.startswith("standup-") for path in made)


def test_a_segment_is_a_fact_of_the_room() -> None:
    room = Venue().room
    room.add_transcript(segment("so far", 0, 1), time.time(), final=False)
    room.add_transcript(segment("in full", 0, 2), time.time())
    (fact,) = [fact for fact in room.log.since(0) if isinstance(fact, Transcribed)]
    assert fact.segment.text == "in full"
