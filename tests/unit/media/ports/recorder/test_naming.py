"""Paths come from templates, and stay where they belong whatever people are called."""

from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomful.media.ports.recorder import Grouping
from roomful.media.ports.recorder.naming import BadTemplate, claim, format_time, stem

VALUES = {
    "room_name": "standup",
    "room_id": "RM_1",
    "time": "2006-01-02T150405",
    "publisher_identity": "alice",
    "track_id": "TR_1",
    "track_type": "audio",
    "track_source": "microphone",
}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("", "TR_1-2006-01-02T150405"),
        ("calls/", "calls/TR_1-2006-01-02T150405"),
        ("{room_name}/{time}/", "standup/2006-01-02T150405/TR_1-2006-01-02T150405"),
        ("{room_name}-{room_id}-{time}", "standup-RM_1-2006-01-02T150405"),
        ("{publisher_identity}/{track_id}.{track_type}.{track_source}", "alice/TR_1.audio.microphone"),
        ("x.mp4", "x"),
        ("x.ogg", "x"),
        ("release-1.2", "release-1.2"),
        ("/absolute/x.webm", "absolute/x"),
        ("a//./b", "a/b"),
        ("{unknown}-{track_id}", "{unknown}-TR_1"),
    ],
)
def test_templates(template: str, expected: str) -> None:
    assert stem(template, Grouping.TRACK, VALUES) == PurePosixPath(expected)


def test_a_participant_gets_a_generated_name_too() -> None:
    assert stem("in/", Grouping.PARTICIPANT, VALUES) == PurePosixPath("in/alice-2006-01-02T150405")


def test_what_a_template_does_not_tell_apart_gets_an_identity() -> None:
    assert stem("x.mp4", Grouping.PARTICIPANT, VALUES, distinct=True) == PurePosixPath("x-alice")
    assert stem("x-{track_id}", Grouping.TRACK, VALUES, distinct=True) == PurePosixPath("x-TR_1")


@pytest.mark.parametrize("template", ["../x", "a/../../x", "a/..", "..\\x", "x\0y"])
def test_a_template_that_leads_out_is_refused(template: str) -> None:
    with pytest.raises(BadTemplate):
        stem(template, Grouping.TRACK, VALUES)


@given(
    st.text(),
    st.text(),
    st.sampled_from(["{room_name}/{publisher_identity}", "{publisher_identity}/", "", "{room_name}.mp4"]),
)
def test_no_name_of_a_person_or_room_leads_out_or_breaks_the_path(room: str, person: str, template: str) -> None:
    name = stem(template, Grouping.PARTICIPANT, VALUES | {"room_name": room, "publisher_identity": person})
    assert not name.is_absolute()
    assert len(name.parts) <= 2
    for part in name.parts:
        assert part not in {"", ".", ".."}
        assert not part.startswith(".")
        assert len(part.encode()) <= 255
        assert not set(part) & set('/\\\0\n:*?"<>|')


def test_claimed_files_are_new(tmp_path: Path) -> None:
    first, number = claim(tmp_path, PurePosixPath("deep/x"), ".mp4")
    assert (first, number) == (tmp_path / "deep" / "x.mp4", 1)
    assert claim(tmp_path, PurePosixPath("deep/x"), ".mp4") == (tmp_path / "deep" / "x-2.mp4", 2)
    assert claim(tmp_path, PurePosixPath("deep/x"), ".mp4", 2) == (tmp_path / "deep" / "x-3.mp4", 3)


def test_time_is_written_as_in_the_egress_api() -> None:
    assert format_time(1_136_214_245_999_999_999) == "2006-01-02T150405"
