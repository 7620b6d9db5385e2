"""A WebVTT file of each transcription, whether the room is recorded or not."""

import datetime
from functools import partial
from pathlib import Path

from roomful.media.ports.recorder.naming import expand
from roomful.media.ports.transcription.captions import Captions
from roomful.rooms.events import RoomClosed, RoomEvent, Transcribed, TranscriptionChanged
from roomful.rooms.room import Room


class RoomCaptions:
    """Told of each room that opens. Files are named after room and time; times in them begin with the transcription."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._open: dict[str, Captions] = {}
        """By sid of the room."""

    def on_opened(self, room: Room) -> None:
        room.observers.add(partial(self._on_event, room))

    def close(self) -> None:
        """Finish all files. Waits for the disk."""
        for captions in self._open.values():
            captions.close()
        self._open.clear()
        Captions.settle()

    def _on_event(self, room: Room, event: RoomEvent) -> None:
        captions = self._open.get(room.sid)
        match event:
            case TranscriptionChanged(transcription=transcription, at=at):
                if transcription.running and captions is None:
                    self._open[room.sid] = Captions(self._directory / self._name(room, at), at)
                elif not transcription.running and captions is not None:
                    self._open.pop(room.sid).close()
            case Transcribed(segment=segment) if captions is not None:
                captions.add(segment)
            case RoomClosed() if captions is not None:
                self._open.pop(room.sid).close()
            case _:
                pass

    def _name(self, room: Room, at: float) -> str:
        # Two transcriptions of a room may begin in one second, after a worker died.
        time = datetime.datetime.fromtimestamp(at, datetime.UTC).strftime("%Y-%m-%dT%H%M%S.%f")[:-3]
        values = {"room_name": room.name, "time": time.replace(".", "")}
        return f"{expand('{room_name}-{time}', values, generated='{time}')}.vtt"
