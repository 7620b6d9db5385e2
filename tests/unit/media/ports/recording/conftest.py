from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from roomful.media.ports.recorder import Plan
from roomful.media.ports.recording import Phase, RoomRecording, Selection, recorder
from tests.venue import Venue


class Studio(Venue):
    """A venue, and recordings of it."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.recordings: list[RoomRecording] = []
        self.phases: dict[str, list[Phase]] = {}
        self.stop_at: Phase | None = None
        """Recordings are stopped as soon as they are in this phase."""

    def record(self, selection: Selection, **fields: Any) -> RoomRecording:
        identity = f"EG_{len(self.recordings)}"
        plan = {"directory": str(self.folder), "room_name": self.room.name, "room_id": self.room.sid, **fields}
        recording = RoomRecording(self.engine, self.room, identity, selection, recorder(Plan(**plan)), self._on_change)
        self.recordings.append(recording)
        recording.begin()
        return recording

    def _on_change(self, recording: RoomRecording) -> None:
        phases = self.phases.setdefault(f"EG_{self.recordings.index(recording)}", [])
        if not phases or phases[-1] is not recording.phase:
            phases.append(recording.phase)
            if recording.phase is self.stop_at:
                recording.stop()


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    place = Studio(tmp_path)
    yield place
    for recording in place.recordings:
        recording.stop()
        await recording.finished(20)
