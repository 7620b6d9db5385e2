"""A media session that sends and receives in the same sections of one description. specs/nkmedia.md §9.

What it is for may change again and again: see `parts`. Its tracks rest in a room of the engine's that is nobody's.
"""

import logging
from collections.abc import Callable
from typing import Any

import msgspec

from roomful.media.api import Event, PendingTrack, TwoWayMedia
from roomful.media.descriptions import Description
from roomful.protocols.nkmedia.caller import Caller
from roomful.protocols.nkmedia.codes import Code, NkError, of_room_error
from roomful.protocols.nkmedia.commands import MediaCreate, Sdp
from roomful.protocols.nkmedia.fs.parts import REST, STREAM, Part
from roomful.protocols.nkmedia.media_session import MediaSession, read_description
from roomful.protocols.nkmedia.room_settings import FS, KMS
from roomful.protocols.nkmedia.services import Services
from roomful.rooms.errors import RoomError
from roomful.rooms.model import TrackKind

_CODECS = {TrackKind.AUDIO: "audio/opus", TrackKind.VIDEO: "video/vp8"}
"""What clients are asked to send, where they can."""

logger = logging.getLogger(__name__)


class Uplink(msgspec.Struct, frozen=True, kw_only=True):
    """What the client sends of one kind."""

    sid: str
    """While it is at rest."""
    mime: str
    mid: str


class TwoWaySession(MediaSession):
    """See the module."""

    lost = Code.FS_CHANNEL_STOP

    def __init__(
        self,
        services: Services,
        caller: Caller,
        command: MediaCreate,
        session_id: str,
        on_stopped: Callable[[MediaSession, float], None],
        now: float,
    ) -> None:
        super().__init__(services, caller, command, session_id, on_stopped, now)
        self.type = command.type
        self.backend = KMS if command.type == "play" else FS
        self.uplinks: dict[TrackKind, Uplink] = {}
        self.part: Part | None = None
        """What it does; none before it is connected."""
        self._next: Part | None = None
        """What it is to do then."""
        self.muted = {
            TrackKind.AUDIO: command.mute_audio or not command.use_audio,
            TrackKind.VIDEO: command.mute_video or not command.use_video,
        }
        self._request = 0
        self._description = Description((), ())
        """Of the client."""

    @property
    def media(self) -> TwoWayMedia:
        return self._media

    def details(self) -> dict[str, Any]:
        part = self.part or self._next
        return {} if part is None else part.details()

    def open_media(self) -> None:
        self._media.open_peer(REST, self.peer, two_way=True)
        self.limit(self.command.bitrate)

    def limit(self, bitrate: int) -> None:
        self._media.limit_peer(self.peer, bitrate or None)

    # What it is for

    def plan(self, part: Part) -> None:
        """What it is for, once it is connected."""
        self._next, self.type = part, part.type

    def become(self, part: Part, now: float) -> None:
        """Do something else from now on. What goes wrong in it ends the session."""
        if self.stopped:
            return
        before, connected = self.part or self._next, self.part is not None
        self.part = None
        self.plan(part)
        if before is not None:
            self.guard(lambda: before.leave(now), now)
        if self.stopped:
            return
        if connected:
            self.guard(lambda: self._enter(part, now), now)
        else:
            self.tell("type", {"type": part.type, **part.details()})

    def activate(self, now: float) -> None:
        if self.part is None and self._next is not None:
            self._enter(self._next, now)

    def leave(self, now: float) -> None:
        part, self.part, self._next = self.part or self._next, None, None
        if part is not None:
            self.guard(lambda: part.leave(now), now)

    def _enter(self, part: Part, now: float) -> None:
        self.part = part
        self.tell("type", {"type": part.type, **part.details()})
        try:
            part.enter(now)
        except RoomError as error:
            logger.info("media session %s cannot become %s: %s", self.id, part.type, error)
            self.stop(of_room_error(error).code, now)

    # Its media

    def receive(self, sender: "TwoWaySession") -> None:
        """Send to the client what another one sends. Raises MediaError."""
        for uplink in sender.uplinks.values():
            self._media.subscribe(self.peer, uplink.sid, STREAM)

    def receive_no_more(self, sender: "TwoWaySession") -> None:
        """Raises MediaError."""
        for uplink in sender.uplinks.values():
            self._media.unsubscribe(self.peer, uplink.sid)

    def receive_track(self, sid: str) -> None:
        """Send a track of the server's own to the client. What goes wrong ends the session."""
        self.guard(lambda: self._media.subscribe(self.peer, sid, STREAM), self._services.clock())

    def receive_track_no_more(self, sid: str) -> None:
        self.guard(lambda: self._media.unsubscribe(self.peer, sid), self._services.clock())

    def hold(self, kind: TrackKind, muted: bool) -> None:
        """Of a track that is at rest. Raises MediaError."""
        if kind in self.uplinks:
            self._media.set_track_muted(self.uplinks[kind].sid, muted)

    def mute(self, *, audio: bool | None, video: bool | None, now: float) -> None:
        for kind, muted in ((TrackKind.AUDIO, audio), (TrackKind.VIDEO, video)):
            part = self.part or self._next
            if muted is not None and part is not None:
                part.mute(kind, muted, now)
                self.muted[kind] = muted

    def on_media_event(self, event: Event, now: float) -> None:
        match event:
            case Event.TrackBound():
                kind = next(kind for kind in TrackKind if event.track == self._sid(kind))
                self.uplinks[kind] = Uplink(sid=event.track, mime=event.mime, mid=event.mid)
                if self.muted[kind]:
                    self.hold(kind, muted=True)
            case Event.Answered() if event.request == self._request:
                self.set_description("answer", event.sdp)
            case Event.Offered() if event.request == self._request:
                self.set_description("offer", event.sdp)
            case _ if self.part is not None:
                self.part.on_media_event(event, now)
            case _:
                pass

    # Its description

    def begin(self, now: float) -> None:
        """Take the client's offer, or make one. Raises NkError, MediaError."""
        given = self.command.offer
        if given is None:
            self._request = self._media.next_request()
            self._media.create_offer(self.peer, self._request)
            return
        self._description = usable(given)
        self.set_description("offer", given.sdp)
        if given.trickle_ice:
            self.gather(now)
        else:
            self._negotiate(self._description)

    def take_answer(self, given: Sdp, now: float) -> None:
        if not self.is_offerer:
            super().take_answer(given, now)
        if self.answer is not None or self._description.sections:
            raise NkError(Code.ANSWER_ALREADY_SET)
        if self.offer is None:
            raise NkError(Code.OFFER_NOT_SET)
        self._description = usable(given)
        if given.trickle_ice:
            self.gather(now)
        else:
            self._negotiate(self._description)

    def gathered(self, now: float) -> None:
        self._negotiate(self.with_candidates(self._description))

    def _negotiate(self, description: Description) -> None:
        description = description.with_track_ids()
        pending = self._pending(description)
        if self.is_offerer:
            self._media.accept_answer(self.peer, self._request, description.text(), pending)
            self.set_description("answer", description.text())
        else:
            self._request = self._media.next_request()
            self._media.accept_offer(self.peer, self._request, description.text(), pending)

    def _pending(self, description: Description) -> list[PendingTrack]:
        """The first section of each kind in which the client sends."""
        found: dict[TrackKind, PendingTrack] = {}
        for section in description.sections:
            kind = section.kind
            if kind is not None and kind not in found and section.sends:
                sid, cid = self._sid(kind), section.track_id or ""
                found[kind] = PendingTrack(sid=sid, cid=cid, kind=kind.value, mime=_CODECS[kind])
        return list(found.values())

    def _sid(self, kind: TrackKind) -> str:
        return f"{self.id}/{kind}"


def usable(given: Sdp) -> Description:
    """A description with media in one direction at least. Raises NkError."""
    description = read_description(given)
    if not any(section.sends or section.receives for section in description.sections):
        raise NkError(Code.INVALID_SDP)
    return description
