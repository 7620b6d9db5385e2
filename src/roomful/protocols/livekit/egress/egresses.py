"""All egresses: those that run, and the newest of those that ended. They survive a restart in the database."""

import asyncio
import logging
import time
from collections.abc import Iterable, Sequence

from google.protobuf.message import DecodeError
from livekit.protocol import egress as messages
from livekit.protocol import models

from roomful.media.ports.frames_out import FramesOutApi
from roomful.protocols.livekit.egress.destinations import Destinations
from roomful.protocols.livekit.egress.egress import ENDED, Egress, EgressListener, is_ended, new_info
from roomful.protocols.livekit.egress.errors import egress_not_found, not_in_this_state
from roomful.protocols.livekit.egress.order import EgressSettings, Order, Request
from roomful.protocols.livekit.egress.restarts import fail_by_restart, is_unsettled, look_again
from roomful.protocols.livekit.room_service.errors import Code, TwirpError
from roomful.rooms.ids import new_id
from roomful.rooms.room import Room
from roomful.storage import EgressKeeper, StoredEgress

log = logging.getLogger(__name__)

ENDED_KEPT = 1000
"""Egresses that are still listed after their end."""

CAPTIONS_SECONDS = 1.0
"""How long a stop waits until the captions of recordings are written, and on their way where they go somewhere."""


class Egresses:
    """Starts, finds and stops egresses."""

    def __init__(
        self,
        media: FramesOutApi,
        keeper: EgressKeeper,
        settings: EgressSettings,
        destinations: Destinations,
        listener: EgressListener,
    ) -> None:
        self._media = media
        self._keeper = keeper
        self._settings = settings
        self._destinations = destinations
        self._listener = listener
        self._running: dict[str, Egress] = {}
        self._ended: dict[str, messages.EgressInfo] = {}
        """Oldest end first."""
        self._unsettled: set[str] = set()
        """Ids of those that a restart ended, and whose files may still be uploaded."""
        self._captioned: dict[asyncio.Task[None], Egress] = {}
        """Egresses that have ended, and whose captions have not."""
        self.started = 0
        """Since the server started; so is `failed`."""
        self.failed = 0
        """Those that a room brought with it and that could not start included."""

    @property
    def active(self) -> int:
        return len(self._running)

    def restore(self, stored: Iterable[StoredEgress]) -> None:
        """Take over what the last run of the server left. What ran then has failed."""
        for one in stored:
            try:
                info = messages.EgressInfo.FromString(one.info)
            except DecodeError as error:
                log.error("a stored egress is left out", extra={"egress": one.egress_id, "reason": str(error)})
                continue
            if not is_ended(info):
                fail_by_restart(info)
                self._keep(info)
                self._tell(ENDED, info, ())
            self._ended[info.egress_id] = info
            if is_unsettled(info):
                self._unsettled.add(info.egress_id)
        self._forget_oldest()

    def start(self, order: Order) -> Egress:
        """Raises TwirpError (resource_exhausted)."""
        if len(self._running) >= self._settings.max_active:
            raise TwirpError(
                Code.RESOURCE_EXHAUSTED, f"too many egresses are active: at most {self._settings.max_active}"
            )
        egress = Egress(new_id("EG_"), order, self._media, self._settings, self._destinations, self._on_event)
        self._running[egress.info.egress_id] = egress
        self.started += 1
        egress.begin()
        return egress

    def refuse(
        self, request: Request, room: Room, error: str, webhooks: Sequence[models.WebhookConfig] = ()
    ) -> messages.EgressInfo:
        """Note an egress that a room brought with it and that could not start."""
        info = new_info(new_id("EG_"), request, room)
        info.status = messages.EgressStatus.EGRESS_FAILED
        info.error, info.error_code, info.ended_at = error, 400, time.time_ns()
        self._end(info, webhooks)
        return info

    def running(self, egress_id: str, what: str) -> Egress:
        """Return an egress that can still be `what`: `stopped`, `updated`. Raises TwirpError."""
        egress = self._running.get(egress_id)
        if egress is not None and egress.running:
            return egress
        info = egress.info if egress is not None else self._ended.get(egress_id)
        if info is None:
            raise egress_not_found()
        raise not_in_this_state(messages.EgressStatus.Name(info.status), what)

    def list(self, room_name: str = "", egress_id: str = "", *, active: bool = False) -> list[messages.EgressInfo]:
        """Return egresses, oldest first: all, or those of a room, or with an id, or only those that run."""
        self._look_again()
        ended = [] if active else [*self._ended.values()]
        infos = [*ended, *(egress.info for egress in self._running.values())]
        return [info for info in infos if room_name in ("", info.room_name) and egress_id in ("", info.egress_id)]

    async def close(self, within: float) -> None:
        """Stop all, and wait at most `within` seconds for their files. Uploads may go on without the server."""
        running = list(self._running.values())
        for egress in running:
            egress.stop()
        if running:
            await asyncio.wait([asyncio.ensure_future(egress.finished()) for egress in running], timeout=within)
        for egress in list(self._running.values()):
            await egress.abandon()
            self._finish_captions(egress)
        for egress in self._captioned.values():
            egress.hurry_captions()
        if self._captioned:
            await asyncio.wait(list(self._captioned), timeout=CAPTIONS_SECONDS)

    def _on_event(self, egress: Egress, event: str) -> None:
        if event == ENDED:
            self._running.pop(egress.info.egress_id, None)
            self._end(egress.info, egress.order.webhooks)
            self._finish_captions(egress)
            return
        if egress.info.egress_id in self._running or egress.info.egress_id in self._ended:
            self._keep(egress.info)
        if event:
            self._tell(event, egress.info, egress.order.webhooks)

    def _end(self, info: messages.EgressInfo, webhooks: Sequence[models.WebhookConfig]) -> None:
        self._ended[info.egress_id] = info
        self.failed += info.status == messages.EgressStatus.EGRESS_FAILED
        self._keep(info)
        self._forget_oldest()
        self._tell(ENDED, info, webhooks)

    def _look_again(self) -> None:
        for egress_id in list(self._unsettled):
            info = self._ended.get(egress_id)
            if info is not None and look_again(info):
                self._keep(info)
            if info is None or not is_unsettled(info):
                self._unsettled.discard(egress_id)

    def _finish_captions(self, egress: Egress) -> None:
        task = asyncio.create_task(egress.finish_captions(), name="egress-captions")
        self._captioned[task] = egress
        task.add_done_callback(self._captioned.pop)

    def _forget_oldest(self) -> None:
        while len(self._ended) > ENDED_KEPT:
            oldest = next(iter(self._ended))
            del self._ended[oldest]
            self._keeper.put(oldest, None)

    def _keep(self, info: messages.EgressInfo) -> None:
        stored = StoredEgress(egress_id=info.egress_id, started_at=info.started_at / 1e9, info=info.SerializeToString())
        self._keeper.put(info.egress_id, stored)

    def _tell(self, event: str, info: messages.EgressInfo, webhooks: Sequence[models.WebhookConfig]) -> None:
        copy = messages.EgressInfo()
        copy.CopyFrom(info)
        try:
            self._listener(event, copy, webhooks)
        except Exception:
            log.exception("a listener of egresses failed")
