"""Begins, pauses, resumes and ends shows, by their streamers, and by itself where these are away.

specs/monibuca-rooms.md §6.1.
"""

from collections.abc import Awaitable, Callable

from roomful.plugins.live.messages import StartLive
from roomful.plugins.live.show import Show
from roomful.plugins.live.status import HOST_OFFLINE, Status, Step, after, bad_state
from roomful.plugins.live.studio import Studio
from roomful.rooms.extension import RoomApiError

_EVENTS = {
    Step.START: "live_started",
    Step.PAUSE: "live_paused",
    Step.RESUME: "live_resumed",
    Step.STOP: "live_stopped",
}
SYSTEM = "system"


class Running:
    """See the module."""

    def __init__(self, studio: Studio, before_end: Callable[[Show], Awaitable[None]]) -> None:
        """`before_end` has all other parts end what they have going on in a show."""
        self._studio = studio
        self._before_end = before_end

    async def start(self, show: Show, details: StartLive, actor: str) -> None:
        """Raises RoomApiError (BAD_STATE)."""
        after(show.status, Step.START)
        record = show.record
        for name in ("title", "cover", "category", "stream_path"):
            value = getattr(details, name)
            if value is not None:
                setattr(record, name, value)
        record.started_at = round(self._studio.now() * 1000)
        await self._change(show, Step.START, actor, "")

    async def pause(self, show: Show, actor: str, reason: str = "") -> None:
        """Raises RoomApiError (BAD_STATE)."""
        await self._change(show, Step.PAUSE, actor, reason)

    async def resume(self, show: Show, actor: str, reason: str = "") -> None:
        """Raises RoomApiError (BAD_STATE)."""
        await self._change(show, Step.RESUME, actor, reason)

    async def stop(self, show: Show, actor: str, reason: str = "", *, closes_room: bool = True) -> None:
        """End it for good. Raises RoomApiError (BAD_STATE)."""
        after(show.status, Step.STOP)
        await self._before_end(show)
        if show.is_over:  # somebody else was quicker, while there was something to wait for
            raise bad_state(show.status, "the show is over")
        now = self._studio.now()
        for visit in show.audience.empty(now):
            await self._studio.archive.keep_visit(visit)
        show.record.ended_at = round(now * 1000)
        show.record.viewer_count = 0
        await self._change(show, Step.STOP, actor, reason)
        self._studio.forget(show)
        if closes_room:
            await self.close_room(show, actor)

    async def close_room(self, show: Show, actor: str) -> None:
        """The show is over: send everybody home."""
        try:
            await self._studio.api.close_room(show.room_id, "ended", actor)
        except RoomApiError:  # it is closed already
            return

    # The streamer comes and goes

    def streamer_lost(self, show: Show) -> None:
        """The streamer's connection is gone, or the streamer."""
        if show.streamer_lost_at is None:
            show.streamer_lost_at = self._studio.now()
        show.streamer_here = False

    async def streamer_back(self, show: Show) -> None:
        """The streamer is here: a show that was waiting for it goes on."""
        show.streamer_lost_at = None
        show.streamer_here = True
        if show.status is Status.PAUSED and show.record.reason == HOST_OFFLINE:
            await self.resume(show, SYSTEM, "host_back")

    def due(self, show: Show) -> float | None:
        settings = self._studio.settings
        if show.status is Status.LIVING and show.streamer_lost_at is not None:
            return show.streamer_lost_at + settings.host_grace
        if show.status is Status.PAUSED and show.record.reason == HOST_OFFLINE:
            return show.paused_at + settings.host_offline_timeout
        return None

    async def on_time(self, show: Show, now: float) -> None:
        due = self.due(show)
        if due is None or due > now:
            return
        if show.status is Status.LIVING:
            await self.pause(show, SYSTEM, HOST_OFFLINE)
        else:
            await self.stop(show, SYSTEM, HOST_OFFLINE)

    async def room_closed(self, show: Show, reason: str) -> None:
        """Somebody closed the room itself: the show is over, unless the server comes back."""
        if reason == "shutdown":
            await self._studio.save(show)
        elif not show.is_over:
            await self.stop(show, SYSTEM, reason, closes_room=False)

    async def _change(self, show: Show, step: Step, actor: str, reason: str) -> None:
        record, now = show.record, self._studio.now()
        record.status = after(record.status, step)
        record.reason = reason if step in (Step.PAUSE, Step.STOP) else ""
        if step is Step.PAUSE:
            show.paused_at = now
        if record.status is Status.LIVING and not show.streamer_here:
            show.streamer_lost_at = now  # an administrator lets it run; the streamer has its time to come
        await self._studio.tell(show, _EVENTS[step], {"live": show.view(now), "by": actor, "reason": reason})
        await self._studio.save(show)
