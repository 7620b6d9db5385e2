"""What all parts of the plugin share: the rooms, the records, the clock, and the shows that are going on."""

from collections.abc import Awaitable, Callable, Collection
from typing import Any

from roomful.plugins.live.archive import Archive
from roomful.plugins.live.gifts import Gift
from roomful.plugins.live.settings import LiveSettings
from roomful.plugins.live.show import Show
from roomful.rooms.extension import Code, Context, RoomApiError, Timer

SAVE_SECONDS = 1.0
"""Numbers of a show that change often are written so often at most."""


class Studio:
    """See the module."""

    def __init__(self, context: Context, settings: LiveSettings) -> None:
        self.context = context
        self.api = context.room_api()
        self.settings = settings
        self.archive = Archive(context.records)
        self.catalogue: dict[str, Gift] = {}
        self.shows: dict[str, Show] = {}
        """By room id; only those that are not over."""
        self.on_time: Callable[[Show], Awaitable[None]]
        """Called when a show has something to do."""
        self.due: Callable[[Show], float | None]
        """When that is."""
        self._alarms: dict[str, tuple[float, Timer]] = {}
        self._saving: dict[str, Timer] = {}

    def now(self) -> float:
        """Unix seconds."""
        return self.context.now()

    def show(self, room_id: str) -> Show:
        """The show that is going on. Raises RoomApiError (ROOM_NOT_FOUND)."""
        show = self.shows.get(room_id)
        if show is None:
            raise RoomApiError(Code.ROOM_NOT_FOUND, f"there is no show in {room_id!r}")
        return show

    # Telling

    async def tell(
        self,
        show: Show,
        action: str,
        fields: dict[str, Any],
        *,
        exclude: Collection[str] = (),
        only: Collection[str] | None = None,
    ) -> None:
        """Tell the members; nobody, if the room is closed."""
        try:
            await self.api.broadcast_to_room(show.room_id, {"action": action, **fields}, exclude=exclude, only=only)
        except RoomApiError as error:
            if error.code is not Code.ROOM_NOT_FOUND:
                raise

    async def tell_streamer(self, show: Show, action: str, fields: dict[str, Any]) -> None:
        await self.tell(show, action, fields, only={show.record.streamer_id})

    # Time

    def rearm(self, show: Show) -> None:
        """See to it that `on_time` is called when something is due. For after every change."""
        due = None if show.is_over else self.due(show)
        alarm = self._alarms.get(show.room_id)
        if alarm is not None and due is not None and alarm[0] <= due:
            return
        if alarm is not None:
            alarm[1].cancel()
            del self._alarms[show.room_id]
        if due is not None and (timer := self._later(show, due - self.now(), lambda: self._ring(show))) is not None:
            self._alarms[show.room_id] = (due, timer)

    async def _ring(self, show: Show) -> None:
        self._alarms.pop(show.room_id, None)
        if not show.is_over:
            try:
                await self.on_time(show)
            finally:
                self.rearm(show)

    # Keeping

    def touch(self, show: Show) -> None:
        """The show's numbers have changed: write them soon."""
        if show.room_id in self._saving or show.is_over:
            return
        timer = self._later(show, SAVE_SECONDS, lambda: self.save(show))
        if timer is not None:
            self._saving[show.room_id] = timer

    async def save(self, show: Show) -> None:
        """Write the show as it is."""
        timer = self._saving.pop(show.room_id, None)
        if timer is not None:
            timer.cancel()
        await self.archive.keep_show(show.refresh(self.now()))

    def forget(self, show: Show) -> None:
        """The show is over."""
        if self.shows.get(show.room_id) is show:
            del self.shows[show.room_id]
            self.rearm(show)

    def _later(self, show: Show, seconds: float, callback: Callable[[], Awaitable[None]]) -> Timer | None:
        try:
            return self.context.call_later(max(0.0, seconds), callback, show.room_id)
        except RoomApiError:  # the room is closed already, as at the end of the server
            return None
