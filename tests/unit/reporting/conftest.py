"""Reports of rooms without a server: a database in memory, and a clock that tests set."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from roomful.reporting.reports import Reports
from roomful.rooms.model import LeaveReason, TrackKind, TrackSource
from roomful.rooms.participant import JoinRequest, Participant
from roomful.rooms.registry import Rooms
from roomful.rooms.room import Room
from roomful.rooms.tracks import Layer, TrackSpec
from roomful.storage import Database, ReportTable

NOON = 1_780_000_000.0


@dataclass
class Stage:
    """One room, and what is reported of it."""

    reports: Reports
    rooms: Rooms
    now: float = NOON

    def __post_init__(self) -> None:
        self.rooms.on_opened.append(self.reports.on_opened)

    @property
    def room(self) -> Room:
        return self.rooms.with_name_or_new("show", self.now)

    def join(self, identity: str, **client: str) -> Participant:
        participant = self.room.join(JoinRequest(identity=identity, protocol="livekit", client=client), self.now)
        self.room.confirm_join(participant.sid)
        self.room.activate(participant.sid, self.now)
        return participant

    def publish(
        self,
        participant: Participant,
        kind: TrackKind = TrackKind.VIDEO,
        source: TrackSource | None = None,
        layers: tuple[Layer, ...] = (),
    ) -> str:
        usual = TrackSource.CAMERA if kind is TrackKind.VIDEO else TrackSource.MICROPHONE
        spec = TrackSpec(kind=kind, source=source or usual, width=1280, height=720, layers=layers)
        track = self.room.publish(participant.sid, spec, self.now)
        self.room.bind(track.sid, f"{kind}/x", "0", self.now)
        return track.sid

    def leave(self, participant: Participant) -> None:
        self.room.leave(participant.sid, LeaveReason.CLIENT_INITIATED, self.now)

    def tick(self, seconds: float) -> None:
        self.now += seconds
        self.reports.visits.tick(self.now)
        self.reports.measuring.tick(self.now)
        self.reports.intake.tick(self.now)
        self.reports.shows.tick(self.now)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    database = await Database.open(None)
    rooms = Rooms()
    reports = Reports(rooms, ReportTable(database), 15, lambda: opened.now)
    opened = Stage(reports, rooms)
    reports.writer.start()
    yield opened
    await reports.close(5)
    await database.close()
