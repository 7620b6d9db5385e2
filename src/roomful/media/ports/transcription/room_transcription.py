"""The transcription of one room, from the wish to its end. It runs beside the room and never holds it up."""

import logging
import time

import msgspec

from roomful.media.ports.frames_out import FramesOutApi
from roomful.media.ports.recording import TRANSCRIBER, Ending, Everything, Phase, RoomRecording
from roomful.media.ports.recording.workers import CannotStart, OnKeyframeWanted, OnStatus, Worker
from roomful.media.ports.transcriber import (
    Lost,
    Service,
    Status,
    Text,
    Transcriber,
    TranscriberFailed,
    TranscriptionPlan,
)
from roomful.media.ports.transcription.audience import Audience
from roomful.rooms.events import RoomEvent
from roomful.rooms.ids import new_id
from roomful.rooms.room import Room
from roomful.rooms.transcripts import Transcription, TranscriptSegment

log = logging.getLogger(__name__)

INTERIM_KEPT = 200
"""Interim texts that a final one has not followed yet."""


class TranscriptionInfo(msgspec.Struct, frozen=True, kw_only=True):
    """How it is going, as the API tells."""

    room: str
    state: str
    """A `Phase`; `waiting` is for somebody to come."""
    service: Service = Service.UNUSED
    service_error: str = ""
    failed_attempts: int = 0
    transcribed: int = 0
    lost: int = 0
    waiting: int = 0
    """Utterances."""
    unreadable: list[str] = []
    """Sids of tracks that are end-to-end encrypted."""
    error: str = ""


class RoomTranscription:
    """Begins with `begin`. What is said becomes events of the room. It can be begun once."""

    def __init__(self, media: FramesOutApi, room: Room, plan: TranscriptionPlan) -> None:
        self.room = room
        self._plan = plan
        self._audience = Audience(room)
        self._interim: dict[str, TranscriptSegment] = {}
        self._recording = RoomRecording(
            media,
            room,
            new_id("TX_"),
            Everything(video=False, until_empty=False),
            self._launch,
            self._on_change,
            guise=TRANSCRIBER,
            eager=True,
        )

    @property
    def info(self) -> TranscriptionInfo:
        recording, status = self._recording, self._recording.status
        known = {} if not isinstance(status, Status) else {name: getattr(status, name) for name in _FROM_STATUS}
        return TranscriptionInfo(
            room=self.room.name,
            state=recording.phase.value,
            unreadable=sorted(recording.unreadable),
            error=recording.error or (status.error if isinstance(status, Status) else ""),
            **known,
        )

    @property
    def broke_down(self) -> bool:
        """It has ended although nobody wanted it to."""
        return self._recording.phase is Phase.FAILED and self._recording.ending is Ending.WORKER

    def begin(self) -> None:
        self.room.observers.add(self._on_event)
        self._recording.begin()
        self._tell()

    def stop(self) -> None:
        """End it. What was said until now still becomes text; `finished` waits for that."""
        self._recording.stop()

    async def finished(self, within: float | None) -> None:
        """Wait for the end, at most so many seconds. Raises TimeoutError."""
        await self._recording.finished(within)

    async def abandon(self) -> None:
        """Wait no longer."""
        await self._recording.abandon()

    async def _launch(self, on_status: OnStatus, on_keyframe_wanted: OnKeyframeWanted) -> Worker:
        try:
            transcriber = await Transcriber.start(self._plan, on_status=on_status)
        except TranscriberFailed as failure:
            raise CannotStart(str(failure)) from failure
        except OSError as error:  # no more processes or descriptors
            raise CannotStart(f"no worker can be started: {error}") from error
        transcriber.on_result = self._on_result
        return transcriber

    def _on_event(self, event: RoomEvent) -> None:
        self._audience.on_event(event)

    def _on_change(self, _: RoomRecording) -> None:
        self._tell()
        if self._recording.phase.final:
            self.room.observers.discard(self._on_event)

    def _tell(self) -> None:
        info, phase = self.info, self._recording.phase
        trouble = info.error or (info.service_error if info.service is Service.FAILING else "")
        news = self.room.set_transcription(Transcription(running=not phase.final, trouble=trouble), time.time())
        if news and trouble:
            log.warning("a transcription is in trouble", extra={"room": self.room.name, "reason": trouble})

    def _on_result(self, result: Text | Lost) -> None:
        match result:
            case Text():
                self._add(self._segment(result), final=result.final)
            case Lost():
                # Once the trouble was told, that it goes on is no news.
                log.info(
                    "something said is not transcribed",
                    extra={"room": self.room.name, "track": result.track, "reason": result.why},
                )
                interim = self._interim.pop(result.id, None)
                if interim is not None:
                    # Who saw it begin must see it end: what is there is better than nothing.
                    self._add(interim, final=True)

    def _add(self, segment: TranscriptSegment, *, final: bool) -> None:
        self._interim.pop(segment.id, None)
        if not final:
            self._interim[segment.id] = segment
            if len(self._interim) > INTERIM_KEPT:
                del self._interim[next(iter(self._interim))]
        self.room.add_transcript(segment, time.time(), final=final)

    def _segment(self, text: Text) -> TranscriptSegment:
        speaker = self.room.participants.get(text.participant)
        return TranscriptSegment(
            id=text.id,
            track=text.track,
            speaker=text.participant,
            identity=text.identity,
            name=speaker.name if speaker is not None else "",
            text=text.text,
            language=text.language,
            start=text.start_ns / 1e9,
            end=text.end_ns / 1e9,
            hearers=self._audience.hearers(text.track, text.participant),
        )


_FROM_STATUS = ("service", "service_error", "failed_attempts", "transcribed", "lost", "waiting")
