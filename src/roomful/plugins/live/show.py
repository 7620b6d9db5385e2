"""One live show: everything that is known of it. specs/monibuca-rooms.md §6.1, §6.2."""

import random
from collections import OrderedDict
from typing import Any

import msgspec

from roomful.plugins.live.audience import Audience
from roomful.plugins.live.battle import Battle
from roomful.plugins.live.combos import Combos
from roomful.plugins.live.crowd import Crowd
from roomful.plugins.live.gifts import GiftRecord, Ledger
from roomful.plugins.live.link_mic import LinkMic
from roomful.plugins.live.people import Person
from roomful.plugins.live.settings import LiveSettings
from roomful.plugins.live.status import Status, bad_state
from roomful.rooms.extension import Code, RoomApiError
from roomful.rooms.stream_paths import StreamPath

REMEMBERED_GIFTS = 10_000
"""Answers that are at hand if a gift is sent again; older ones are looked up."""


class ShowRecord(msgspec.Struct, kw_only=True):
    """What outlives a restart. Times are unix milliseconds; None is not yet."""

    show_id: str
    """A room may see one show after another."""
    room_id: str
    title: str
    cover: str = ""
    category: str = ""
    stream_path: str = ""
    streamer_id: str
    streamer_name: str
    moderators: list[str] = []
    status: Status = Status.PREPARING
    reason: str = ""
    """Of being paused or ended."""
    created_at: int
    started_at: int | None = None
    ended_at: int | None = None
    viewer_count: int = 0
    total_viewers: int = 0
    peak_viewers: int = 0
    gift_count: int = 0
    gift_value: int = 0
    danmaku_count: int = 0
    seen_at: int = 0
    """When this was written."""


class Show:
    """See the module. Its parts keep the rules of their own; who changes something tells others of it."""

    def __init__(self, record: ShowRecord, settings: LiveSettings) -> None:
        self.record = record
        self.combos = Combos(settings.gift.combo_timeout, settings.gift.max_combo_count)
        self.link_mic = LinkMic(settings.link_mic.max_participants, settings.link_mic.timeout)
        self.crowd = Crowd(settings.robot.max_per_room, random.Random())  # noqa: S311 - nothing to guess here
        self.audience = Audience(record.show_id, record.room_id)
        self.ledger = Ledger()
        self.battle: Battle | None = None
        self.streamer_lost_at: float | None = None
        """Since when the streamer is away; None while it is here, and before anything depends on it."""
        self.paused_at = 0.0
        self.streamer_here = False
        self.answered: OrderedDict[str, GiftRecord] = OrderedDict()
        """Gifts by record id, the newest last."""
        self.has_more_gifts = False
        """Some are in the records alone: from before a restart, or too many."""

    @property
    def room_id(self) -> str:
        return self.record.room_id

    @property
    def streamer(self) -> Person:
        return Person(self.record.streamer_id, self.record.streamer_name)

    @property
    def status(self) -> Status:
        return self.record.status

    @property
    def is_over(self) -> bool:
        return self.record.status is Status.ENDED

    def is_streamer(self, user_id: str) -> bool:
        return user_id == self.record.streamer_id

    def require_streamer(self, user_id: str) -> None:
        """Raises RoomApiError (FORBIDDEN)."""
        if not self.is_streamer(user_id):
            raise RoomApiError(Code.FORBIDDEN, "that is the streamer's to decide")

    def require_living(self) -> None:
        """Raises RoomApiError (BAD_STATE)."""
        if self.status is not Status.LIVING:
            raise bad_state(self.status, f"the show is {self.status}, not Living")

    def remember(self, record: GiftRecord) -> None:
        """Count a gift, once."""
        self.ledger.add(record)
        self.answered[record.id] = record
        if len(self.answered) > REMEMBERED_GIFTS:
            self.answered.popitem(last=False)
            self.has_more_gifts = True

    @property
    def whep_url(self) -> str:
        """Where the streamer is to be seen."""
        return f"/webrtc/whep/{_stream_path(self.record)}"

    def refresh(self, now: float) -> ShowRecord:
        """The record with the numbers as they are."""
        record = self.record
        if not self.is_over:
            record.viewer_count = len(self.audience)
        record.total_viewers = self.audience.total
        record.peak_viewers = self.audience.peak
        record.gift_count = self.ledger.count
        record.gift_value = self.ledger.value
        record.seen_at = round(now * 1000)
        return record

    def view(self, now: float) -> dict[str, Any]:
        """The live object, as clients see it."""
        battle = self.battle.view() if self.battle is not None else None
        return record_view(self.refresh(now), now) | {"link_mic": self.link_mic.participants(), "pk": battle}


def record_view(record: ShowRecord, now: float) -> dict[str, Any]:
    """The live object of a show that may be over."""
    until = round(now * 1000) if record.ended_at is None else record.ended_at
    return {
        "room_id": record.room_id,
        "title": record.title,
        "cover": record.cover,
        "category": record.category,
        "stream_path": _stream_path(record),
        "streamer_id": record.streamer_id,
        "streamer_name": record.streamer_name,
        "moderators": record.moderators,
        "status": record.status,
        "reason": record.reason,
        "created_at": record.created_at,
        "started_at": record.started_at,
        "ended_at": record.ended_at,
        "duration": 0 if record.started_at is None else (until - record.started_at) / 1000,
        "viewer_count": record.viewer_count,
        "total_viewers": record.total_viewers,
        "peak_viewers": record.peak_viewers,
        "gift_count": record.gift_count,
        "gift_value": record.gift_value,
        "danmaku_count": record.danmaku_count,
        "link_mic": [],
        "pk": None,
    }


def _stream_path(record: ShowRecord) -> str:
    return record.stream_path or str(StreamPath(record.room_id, record.streamer_id))
