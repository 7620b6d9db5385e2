import re

import pytest

from roomful.rooms.ids import new_participant_sid, new_room_sid, new_track_sid
from roomful.rooms.model import TrackKind, TrackSource

RANDOM_PART = "[2-9A-HJ-NP-Za-km-z]{12}"


def test_rooms_and_participants_have_the_prefixes_that_clients_parse() -> None:
    assert re.fullmatch(f"RM_{RANDOM_PART}", new_room_sid())
    assert re.fullmatch(f"PA_{RANDOM_PART}", new_participant_sid())


@pytest.mark.parametrize(
    ("kind", "source", "prefix"),
    [
        (TrackKind.AUDIO, TrackSource.MICROPHONE, "TR_AM"),
        (TrackKind.AUDIO, TrackSource.SCREEN_SHARE_AUDIO, "TR_As"),
        (TrackKind.VIDEO, TrackSource.CAMERA, "TR_VC"),
        (TrackKind.VIDEO, TrackSource.SCREEN_SHARE, "TR_VS"),
        (TrackKind.VIDEO, TrackSource.UNKNOWN, "TR_V"),
    ],
)
def test_a_track_sid_tells_kind_and_source(kind: TrackKind, source: TrackSource, prefix: str) -> None:
    assert re.fullmatch(prefix + RANDOM_PART, new_track_sid(kind, source))


def test_ten_thousand_identifiers_are_ten_thousand_different_ones_using_the_whole_alphabet() -> None:
    sids = {new_participant_sid() for _ in range(10_000)}
    assert len(sids) == 10_000
    assert len(set("".join(sid.removeprefix("PA_") for sid in sids))) == 57
