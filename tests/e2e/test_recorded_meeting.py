"""A meeting of a minute, recorded per participant and composed: nothing is missing, and lips move with the voice."""

import asyncio
import time
from pathlib import Path
from statistics import median
from typing import Any

import av
import numpy as np
import pytest
from livekit import api

from tests.unit.media.ports.recorder.watching import Seen, watch

from .flash_and_beep import publish_flash_and_beep
from .meeting import Meeting
from .showing import BLUE, GREEN, RED, Colour
from .test_egress import active, stop

SECONDS = 60
COMPOSED = api.EncodingOptions(width=640, height=360, framerate=10, key_frame_interval=2)
PEOPLE = {"alice": (BLUE, 400), "bob": (GREEN, 700), "carol": (RED, 1000)}


@pytest.mark.timeout(240)
async def test_a_minute_of_three_people_is_recorded_whole_and_in_sync(meeting: Meeting) -> None:
    clients = await meeting.meet(*PEOPLE)
    for client in clients:
        await publish_flash_and_beep(client, *PEOPLE[client.identity])
    for client in clients:
        for other in PEOPLE:
            if other != client.identity:
                await client.sees(other, PEOPLE[other][0])
    wanted = [_participant(meeting, identity) for identity in PEOPLE]
    started = [*await asyncio.gather(*wanted), await _everybody(meeting)]
    for info in started:
        await active(meeting, info.egress_id)
    begun = time.monotonic()
    await asyncio.sleep(SECONDS)
    lasted = time.monotonic() - begun
    infos = await asyncio.gather(*(stop(meeting, info.egress_id) for info in started))
    stopping = time.monotonic() - begun - lasted

    for (identity, (colour, frequency)), info in zip(PEOPLE.items(), infos, strict=False):
        seen = watch(info.file.location)
        _is_whole(seen, info, lasted, stopping, identity)
        assert _pitch(seen) == pytest.approx(frequency, abs=15), identity
        mostly = np.median([colour for _, colour in seen.pictures], axis=0)
        assert np.abs(mostly - np.array(colour)).max() <= 40, (identity, mostly)
    composed = watch(infos[-1].file.location)
    _is_whole(composed, infos[-1], lasted, stopping, "everybody")
    _shows_everybody_apart(Path(infos[-1].file.location))


async def _participant(meeting: Meeting, identity: str) -> api.EgressInfo:
    output = api.EncodedFileOutput(filepath="{room_id}/{publisher_identity}")
    return await meeting.api.egress.start_participant_egress(
        api.ParticipantEgressRequest(room_name=meeting.name, identity=identity, file_outputs=[output])
    )


async def _everybody(meeting: Meeting) -> api.EgressInfo:
    output = api.EncodedFileOutput(filepath="{room_id}/everybody.mp4")
    return await meeting.api.egress.start_room_composite_egress(
        api.RoomCompositeEgressRequest(room_name=meeting.name, layout="grid", advanced=COMPOSED, file_outputs=[output])
    )


def _is_whole(seen: Seen, info: api.EgressInfo, lasted: float, stopping: float, whose: str) -> None:
    """The duration is right, each second has its flash and its beep, and these come together."""
    assert seen.seconds == pytest.approx(info.file.duration / 1e9, abs=0.3), whose
    # It began before the first could be told that it had, and went on until the last was told to stop.
    assert lasted - 0.3 <= seen.seconds <= lasted + stopping + 5, whose
    flashes = _onsets([at for at, _ in seen.pictures], [float(np.mean(colour)) for _, colour in seen.pictures])
    beeps = seen.beeps
    for onsets in (flashes, beeps):
        assert len(onsets) >= SECONDS - 1, (whose, len(onsets))
        steps = np.diff(onsets[1:-1])
        assert steps.max() < 1.5, (whose, steps)
    offsets = [min(flashes, key=lambda flash: abs(flash - beep)) - beep for beep in beeps[1:-1]]
    assert abs(median(offsets)) <= 0.06, (whose, sorted(offsets))


def _onsets(times: list[float], values: list[float]) -> list[float]:
    """When the value rises over the middle between what it mostly is and its highest."""
    limit = (median(values) + max(values)) / 2
    pairs = zip(times, values, [limit, *values], strict=False)
    return [at for at, now, before in pairs if now > limit >= before]


def _pitch(seen: Seen) -> int:
    beep = seen.beeps[len(seen.beeps) // 2]
    start = int((beep + 0.05 - seen.sound_starts) * seen.rate)
    piece = seen.sound[start : start + seen.rate // 10]
    return round(float(np.argmax(np.abs(np.fft.rfft(piece)))) * seen.rate / len(piece))


def _shows_everybody_apart(path: Path) -> None:
    """In the middle of the meeting each has a tile of his colour, which no other's overlaps."""
    pixels = _picture_without_flash(path)
    boxes: list[tuple[int, int, int, int]] = []
    for identity, (colour, _) in PEOPLE.items():
        mask = _is_like(pixels, colour)
        assert mask.mean() > 0.1, identity
        rows, columns = np.flatnonzero(mask.mean(axis=1) > 0.1), np.flatnonzero(mask.mean(axis=0) > 0.1)
        boxes.append((rows[0], rows[-1], columns[0], columns[-1]))
    for index, (top, bottom, left, right) in enumerate(boxes):
        for other_top, other_bottom, other_left, other_right in boxes[:index]:
            apart = bottom < other_top or other_bottom < top or right < other_left or other_right < left
            assert apart, boxes


def _picture_without_flash(path: Path) -> np.ndarray:
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if (frame.time or 0) > SECONDS / 2:
                pixels: Any = frame.to_ndarray(format="rgb24")
                if pixels.mean() < 120:
                    return pixels
    raise AssertionError("there is no picture in the middle")


def _is_like(pixels: np.ndarray, colour: Colour) -> np.ndarray:
    return np.abs(pixels.astype(int) - np.array(colour)).max(axis=2) <= 40
