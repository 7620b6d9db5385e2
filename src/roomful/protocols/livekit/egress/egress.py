"""One egress: a recording of a room, as LiveKit's API tells of it."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

import msgspec
from livekit.protocol import egress as messages
from livekit.protocol import models

from roomful.media.ports.compositor import CompositionPlan, Compositor, StreamOutput
from roomful.media.ports.frames_out import FramesOutApi
from roomful.media.ports.pcm_stream import PcmStreamPlan
from roomful.media.ports.recording import CannotStart, Phase, RoomRecording, compositor, pcm_stream, recorder
from roomful.media.ports.recording.workers import OnKeyframeWanted, OnStatus, Worker
from roomful.media.ports.worker import Reason
from roomful.protocols.livekit.egress import layouts, manifest, results
from roomful.protocols.livekit.egress.captions import EgressCaptions
from roomful.protocols.livekit.egress.destinations import Destinations
from roomful.protocols.livekit.egress.order import FIELDS, EgressSettings, Order, Request
from roomful.protocols.livekit.egress.redact import redacted
from roomful.protocols.livekit.room_service.errors import TwirpError
from roomful.rooms.room import Room

log = logging.getLogger(__name__)

_Status = messages.EgressStatus
STATUS = {
    Phase.WAITING: _Status.EGRESS_STARTING,
    Phase.STARTING: _Status.EGRESS_STARTING,
    Phase.ACTIVE: _Status.EGRESS_ACTIVE,
    Phase.ENDING: _Status.EGRESS_ENDING,
    Phase.COMPLETE: _Status.EGRESS_COMPLETE,
    Phase.FAILED: _Status.EGRESS_FAILED,
    Phase.ABORTED: _Status.EGRESS_ABORTED,
}
ERROR_CODES = {Reason.BAD_PLAN: 400, Reason.DISK_FULL: 507}
"""HTTP statuses of failures; all others are 500."""

STARTED, UPDATED, ENDED = "egress_started", "egress_updated", "egress_ended"


class EgressListener(Protocol):
    """Who tells others about egresses, as webhooks."""

    def __call__(self, event: str, info: messages.EgressInfo, webhooks: Sequence[models.WebhookConfig]) -> object:
        """`event` is `egress_started`, `egress_updated` or `egress_ended`; `webhooks` are those of the request."""
        ...


class Egress:
    """Begins with `begin`; tells `on_event` what happens to it, by an event's name, or empty for what only is kept."""

    def __init__(
        self,
        egress_id: str,
        order: Order,
        media: FramesOutApi,
        settings: EgressSettings,
        destinations: Destinations,
        on_event: Callable[["Egress", str], None],
    ) -> None:
        self.order = order
        self.info = new_info(egress_id, order.request, order.room)
        self._settings = settings
        self._destinations = destinations
        self._limit: asyncio.TimerHandle | None = None
        self._limit_reached = False
        self._on_event = on_event
        self._plan = order.plan
        self._captions = EgressCaptions(order.room, order.upload)
        self._told: object = (_Status.EGRESS_STARTING, [], frozenset[str]())
        """What the last event was about."""
        self._conclusion: asyncio.Task[None] | None = None
        self._commands: set[asyncio.Task[None]] = set()
        layout = self._plan.layout if isinstance(self._plan, CompositionPlan) else ""
        self.recording = RoomRecording(
            media,
            order.room,
            egress_id,
            order.selection,
            self._launch,
            self._on_change,
            metadata=layouts.metadata_of(layout) if layout else "",
            on_metadata=self._on_metadata,
        )

    @property
    def composed(self) -> bool:
        return isinstance(self._plan, CompositionPlan)

    @property
    def pushes(self) -> bool:
        """Whether it was started with streams; it may have none at the moment."""
        plan = self.order.plan
        return isinstance(plan, CompositionPlan) and any(isinstance(one, StreamOutput) for one in plan.outputs)

    @property
    def running(self) -> bool:
        """Whether it can be stopped and changed."""
        return self.info.status in (_Status.EGRESS_STARTING, _Status.EGRESS_ACTIVE)

    def begin(self) -> None:
        self._on_event(self, STARTED)
        self.recording.begin()
        self._conclusion = asyncio.create_task(self._conclude(), name="egress")

    def stop(self) -> None:
        self.recording.stop()

    def set_layout(self, layout: str) -> None:
        """By way of its participant, as whoever may update that can do too. Raises RoomError."""
        self._use_layout(layout)
        self.recording.set_metadata(layouts.metadata_of(layout))

    def change_streams(self, add: Sequence[str], remove: Sequence[str]) -> None:
        """Push to these URLs too, and to those no more."""
        if not isinstance(self._plan, CompositionPlan):
            return
        kept = [one for one in self._plan.outputs if not (isinstance(one, StreamOutput) and one.url in remove)]
        known = {one.url for one in kept if isinstance(one, StreamOutput)}
        new = [StreamOutput(url=url) for url in add if url not in known]
        self._plan = msgspec.structs.replace(self._plan, outputs=[*kept, *new])
        worker = self.recording.worker
        if isinstance(worker, Compositor):
            for url in remove:
                self._command(worker.remove_stream(url))
            for url in add:
                self._command(worker.add_stream(url))

    @property
    def streams(self) -> list[str]:
        """URLs that are pushed to, with their secrets."""
        if not isinstance(self._plan, CompositionPlan):
            return []
        return [one.url for one in self._plan.outputs if isinstance(one, StreamOutput)]

    async def finished(self) -> None:
        if self._conclusion is not None:
            await asyncio.shield(self._conclusion)

    async def finish_captions(self) -> None:
        """After the end, captions go on for a while. What became of them is told as an event without a name."""
        said = await self._captions.finish((self.info.ended_at or time.time_ns()) / 1e9)
        if said:
            self.info.details = " ".join([*filter(None, [self.info.details]), said])
            self._on_event(self, "")

    def hurry_captions(self) -> None:
        """The server ends: `finish_captions` waits for nothing."""
        self._captions.hurry()

    async def abandon(self) -> None:
        """The server ends and cannot wait. The worker finishes on its own; the next start tells what is there."""
        if self._conclusion is not None:
            self._conclusion.cancel()
        await self.recording.abandon()

    async def _launch(self, on_status: OnStatus, on_keyframe_wanted: OnKeyframeWanted) -> Worker:
        try:
            # Of those that a room brings with it nobody has asked before, and names may mean other addresses by now.
            await self._destinations.check(self.order)
        except TwirpError as error:
            raise CannotStart(str(error)) from error
        match self._plan:
            case CompositionPlan() as plan:
                launch = compositor(plan)
            case PcmStreamPlan() as plan:
                launch = pcm_stream(plan)
            case plan:
                launch = recorder(plan)
        return await launch(on_status, on_keyframe_wanted)

    def _use_layout(self, layout: str) -> None:
        if not isinstance(self._plan, CompositionPlan) or self._plan.layout == layout:
            return
        self._plan = msgspec.structs.replace(self._plan, layout=layout)
        if isinstance(self.recording.worker, Compositor):
            self._command(self.recording.worker.set_layout(layout))

    def _on_metadata(self, metadata: str) -> None:
        layout = layouts.layout_in(metadata)
        if layout is not None:
            self._use_layout(layout)

    def _command(self, command: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(command, name="egress-command")
        self._commands.add(task)
        task.add_done_callback(self._commands.discard)

    def _on_change(self, recording: RoomRecording) -> None:
        """Something is new. What ends it is told by `_conclude`, when everything is done."""
        if recording.phase.final:
            return
        status = STATUS[recording.phase]
        if recording.ending is not None:
            status = _Status.EGRESS_ENDING
        now = time.time_ns()
        if status == _Status.EGRESS_ACTIVE and self.info.status == _Status.EGRESS_STARTING:
            self.info.started_at = now
            if self._settings.max_seconds:
                self._limit = asyncio.get_running_loop().call_later(self._settings.max_seconds, self._on_limit)
        self.info.status = status
        self._describe(now)
        news = (status, results.outline(recording.status), frozenset(recording.unreadable))
        self._on_event(self, UPDATED if news != self._told else "")
        self._told = news

    def _describe(self, now: int) -> None:
        recording = self.recording
        self.info.updated_at = now
        results.fill(self.info, recording.status)
        self.info.details = results.details(self.order, recording.status, recording.unreadable)
        self._captions.follow(self.info)

    async def _conclude(self) -> None:
        """Wait for the end, write the manifest, and say how it ended."""
        await self.recording.finished(None)
        try:
            self._describe_end()
            await self._write_manifest()
        except Exception:  # it has ended, whatever can be said of it
            log.exception("the end of an egress could not be described", extra={"egress": self.info.egress_id})
        if self._limit is not None:
            self._limit.cancel()
        complete = self.recording.phase is Phase.COMPLETE
        limited = complete and self._limit_reached
        self.info.status = _Status.EGRESS_LIMIT_REACHED if limited else STATUS[self.recording.phase]
        self._on_event(self, ENDED)

    def _on_limit(self) -> None:
        self._limit_reached = self.recording.ending is None
        self.recording.stop()

    def _describe_end(self) -> None:
        recording, info = self.recording, self.info
        info.ended_at = time.time_ns()
        if recording.phase is Phase.FAILED:
            info.error = recording.error
            reason = recording.status.reason if recording.status is not None else None
            info.error_code = ERROR_CODES.get(reason, 500) if reason is not None else 500
        self._describe(info.ended_at)

    async def _write_manifest(self) -> None:
        key = manifest.key_of(self.info) if self.order.manifest else None
        if key is None:
            return
        plain = manifest.contents(self.order, self.info, self.recording.status, self._captions.named())
        try:
            self.info.manifest_location = await asyncio.to_thread(
                manifest.write, self._settings.directory, key, plain, self.order.upload
            )
        except OSError as error:
            log.warning("a manifest cannot be written", extra={"egress": self.info.egress_id, "reason": str(error)})


def new_info(egress_id: str, request: Request, room: Room | None) -> messages.EgressInfo:
    """An egress that starts now, without the secrets of its request."""
    now = time.time_ns()
    info = messages.EgressInfo(
        egress_id=egress_id,
        room_id=room.sid if room else "",
        room_name=request.room_name,
        source_type=messages.EgressSourceType.EGRESS_SOURCE_TYPE_SDK,
        status=_Status.EGRESS_STARTING,
        started_at=now,
        updated_at=now,
    )
    getattr(info, FIELDS[type(request)]).CopyFrom(redacted(request))
    return info


def is_ended(info: messages.EgressInfo) -> bool:
    return info.status >= _Status.EGRESS_COMPLETE
