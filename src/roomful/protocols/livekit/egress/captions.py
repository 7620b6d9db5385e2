"""Captions beside recordings: what was said while a file was recorded, as `<its name>.vtt`."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from livekit.protocol import egress as messages
from livekit.protocol import models

from roomful.media.ports.transcription import Captions
from roomful.protocols.livekit.egress.egress import ENDED
from roomful.rooms.registry import Rooms
from roomful.rooms.room import Room
from roomful.rooms.transcripts import TranscriptSegment

LATE_SECONDS = 60.0
"""How long after the end of an egress what was said before it may still become text."""


class EgressCaptions:
    """Told of egresses as a listener of theirs; nothing is written while a room is not transcribed."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._running: dict[str, dict[Path, Captions]] = {}
        """By egress."""

    def __call__(self, event: str, info: messages.EgressInfo, webhooks: Sequence[models.WebhookConfig]) -> None:
        room = self._rooms.by_sid(info.room_id)
        if event == ENDED:
            self._end(info, room)
        elif room is not None:
            self._follow(info, room)

    def _follow(self, info: messages.EgressInfo, room: Room) -> None:
        known = self._running.setdefault(info.egress_id, {})
        for path, started_at in _recorded(info):
            if path not in known:
                known[path] = Captions(path.with_suffix(".vtt"), started_at / 1e9, _belonging_to(info))
                room.observers.add(known[path].on_event)

    def _end(self, info: messages.EgressInfo, room: Room | None) -> None:
        for captions in self._running.pop(info.egress_id, {}).values():
            captions.end = info.ended_at / 1e9
            if room is None or not room.is_open:
                captions.close()
            else:
                asyncio.get_running_loop().call_later(LATE_SECONDS, _close, captions, room)


def _close(captions: Captions, room: Room) -> None:
    room.observers.discard(captions.on_event)
    captions.close()


def _recorded(info: messages.EgressInfo) -> Iterator[tuple[Path, int]]:
    """Files on this machine, and when their first instant was, in ns since the Unix epoch."""
    for file in info.file_results:
        if file.started_at and file.location.startswith("/"):
            yield Path(file.location), file.started_at
    for one in info.segment_results:
        if one.started_at and one.playlist_location.startswith("/"):
            yield Path(one.playlist_location), one.started_at


def _belonging_to(info: messages.EgressInfo) -> Callable[[TranscriptSegment], bool]:
    """Whether something that is said is heard in the recording."""
    match info.WhichOneof("request"):
        case "participant":
            return lambda segment: segment.identity == info.participant.identity
        case "track":
            return lambda segment: segment.track == info.track.track_id
        case "track_composite":
            return lambda segment: segment.track == info.track_composite.audio_track_id
        case _:
            return lambda _: True
