"""Makes shows, and takes them up again after a restart. specs/monibuca-rooms.md §5.4, §6.10."""

from typing import Annotated

import msgspec

from roomful.plugins.live.battling import Battling
from roomful.plugins.live.ids import checked_room_id, new_id
from roomful.plugins.live.link_mic import CoHost
from roomful.plugins.live.messages import Address, Category, Id, Title
from roomful.plugins.live.people import Person
from roomful.plugins.live.show import Show, ShowRecord
from roomful.plugins.live.status import HOST_OFFLINE, Status
from roomful.plugins.live.studio import Studio
from roomful.rooms.extension import Code, Role, RoomApiError

ROOM_TYPE = "live"
REUSE_SECONDS = 60
"""A room's next show begins so long after the last one at the earliest."""
MAX_MODERATORS = 100

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class NewShow(msgspec.Struct, frozen=True, kw_only=True):
    """A show to be made. Without `room_id` it gets one."""

    room_id: str = ""
    title: Title = ""
    streamer_id: Id
    streamer_name: Name
    cover: Address = ""
    category: Category = ""
    moderators: Annotated[list[Id], msgspec.Meta(max_length=MAX_MODERATORS)] = []


class ShowPatch(msgspec.Struct, frozen=True, kw_only=True):
    """What is absent stays."""

    title: Title | None = None
    cover: Address | None = None
    category: Category | None = None
    moderators: Annotated[list[Id], msgspec.Meta(max_length=MAX_MODERATORS)] | None = None
    """User ids; they are cohosts of the room."""


class Opening:
    """See the module."""

    def __init__(self, studio: Studio, battling: Battling) -> None:
        self._studio = studio
        self._battling = battling

    async def create(self, new: NewShow) -> Show:
        """Raises RoomApiError: BAD_FIELD, CONFLICT."""
        studio = self._studio
        room_id = checked_room_id(new.room_id) if new.room_id else new_id("live")
        now = studio.now()
        last = await studio.archive.last_show(room_id)
        if last is not None and last.ended_at is not None and last.ended_at + REUSE_SECONDS * 1000 > now * 1000:
            raise RoomApiError(Code.CONFLICT, f"the room has seen a show just now; wait {REUSE_SECONDS} s")
        if room_id in studio.shows:
            raise RoomApiError(Code.CONFLICT, f"there is a show in {room_id!r} already")
        record = ShowRecord(
            show_id=f"{room_id}/{round(now * 1000)}",
            room_id=room_id,
            title=new.title,
            cover=new.cover,
            category=new.category,
            streamer_id=new.streamer_id,
            streamer_name=new.streamer_name,
            moderators=list(new.moderators),
            created_at=round(now * 1000),
        )
        show = studio.shows[room_id] = Show(record, studio.settings)
        try:
            await studio.api.create_room(room_id, ROOM_TYPE, new.title, new.streamer_id)
        except BaseException:
            studio.shows.pop(room_id, None)
            raise
        await studio.save(show)
        return show

    async def change(self, show: Show, patch: ShowPatch) -> None:
        """Change what is said of a show, and who moderates it."""
        record = show.record
        before = set(record.moderators)
        for name, value in msgspec.structs.asdict(patch).items():
            if value is not None:
                setattr(record, name, value)
        if patch.title is not None:
            await self._studio.api.set_room_name(show.room_id, patch.title)
        after = set(record.moderators)
        for user_id in before ^ after:
            await self._set_role(show, user_id, Role.COHOST if user_id in after else Role.VIEWER)
        await self._studio.tell(show, "live_updated", {"live": show.view(self._studio.now())})
        await self._studio.save(show)

    async def restore(self) -> None:
        """Take up the shows that were not over, and their battles."""
        for record in await self._studio.archive.open_shows():
            await self._restore(record)
        async for battle in self._studio.archive.open_battles():
            await self._battling.restore(battle)
        for show in self._studio.shows.values():
            self._studio.rearm(show)

    async def _restore(self, record: ShowRecord) -> None:
        studio, now = self._studio, self._studio.now()
        show = Show(record, studio.settings)
        try:
            room = await studio.api.get_room(record.room_id)
        except RoomApiError:
            room = await studio.api.create_room(record.room_id, ROOM_TYPE, record.title, record.streamer_id)
        if room.type != ROOM_TYPE:
            record.status, record.reason, record.ended_at = Status.ENDED, "room_lost", round(now * 1000)
            await studio.archive.keep_show(record)
            return
        show.audience.peak = record.peak_viewers
        async for visit in studio.archive.visits(record.show_id):
            if show.audience.restore(visit, record.seen_at):
                await studio.archive.keep_visit(visit)
        show.ledger = await studio.archive.ledger(record.show_id)
        show.has_more_gifts = True
        async for turn in studio.archive.open_turns(record.show_id):
            co_host = CoHost(
                user=Person(turn.user_id, turn.user_name),
                media=turn.media,
                since=turn.started_at / 1000,
                lost_at=now,
                grace=studio.settings.host_grace,
            )
            show.link_mic.restore(co_host)
        show.streamer_lost_at = now
        if record.status is Status.LIVING:
            record.status, record.reason = Status.PAUSED, HOST_OFFLINE
        show.paused_at = now
        studio.shows[record.room_id] = show
        await studio.save(show)

    async def _set_role(self, show: Show, user_id: str, role: Role) -> None:
        if show.is_streamer(user_id):
            return
        try:
            await self._studio.api.set_user_role(show.room_id, user_id, role)
        except RoomApiError:  # it is not here, and gets its role when it comes
            return
