"""A media session whose client gets from Janus what one publisher sends."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from roomful.media.descriptions import Description
from roomful.protocols.nkmedia.caller import Caller
from roomful.protocols.nkmedia.codes import Code, NkError
from roomful.protocols.nkmedia.commands import MediaCreate, Sdp
from roomful.protocols.nkmedia.janus.feeds import Feed, Stream, streams_of
from roomful.protocols.nkmedia.janus.link import VIDEOROOM, Handle
from roomful.protocols.nkmedia.janus.mirrors import Mirror
from roomful.protocols.nkmedia.janus.session import Attachment
from roomful.protocols.nkmedia.listener import Listener
from roomful.protocols.nkmedia.media_session import MediaSession
from roomful.protocols.nkmedia.pending import Outcome, Pending
from roomful.protocols.nkmedia.room_settings import JANUS
from roomful.protocols.nkmedia.services import Services
from roomful.protocols.nkmedia.steps import Steps, promised
from roomful.rooms.model import TrackKind
from roomful.rooms.room import Room
from roomful.rooms.subscriptions import desires
from roomful.rooms.tracks import Track

if TYPE_CHECKING:
    from roomful.protocols.nkmedia.janus.engine import JanusEngine


class JanusListener(Listener):
    """It has no peer of our own engine's."""

    backend = JANUS
    lost = Code.JANUS_SESSION_DOWN
    can_play = False

    def __init__(
        self,
        engine: "JanusEngine",
        services: Services,
        room: Room,
        caller: Caller,
        command: MediaCreate,
        session_id: str,
        on_stopped: Callable[[MediaSession, float], None],
        now: float,
        *,
        peer: str,
        publisher_sid: str,
        on_listening: Callable[[Listener], None],
    ) -> None:
        """As of `Listener`. Raises RoomError."""
        super().__init__(
            services,
            room,
            caller,
            command,
            session_id,
            on_stopped,
            now,
            peer=peer,
            publisher_sid=publisher_sid,
            on_listening=on_listening,
        )
        self._engine = engine
        self._attachment = Attachment(self, engine.client, services.clock, self._on_up)
        self._handle: Handle | None = None
        self._mirror: Mirror | None = None
        self._streams: list[Stream] = []
        """Sections of the offer."""
        self._carried: frozenset[str] = frozenset()
        """Mids of those that the publisher has something for."""
        self._sends: dict[str, bool] = {}
        """Mid → whether it is forwarded, as Janus has been told last; not there: it is."""
        self._is_switching = False
        self._trickles = False
        self._subscribed: set[str] = set()
        """Sids of tracks that the room has been asked for."""

    def begin(self, now: float) -> None:
        del now
        self._attachment.walk(self._listen())

    def open_media(self) -> None:
        self.room.confirm_join(self.participant.sid)

    def close_media(self) -> None:
        super().close_media()
        self._attachment.link.close()
        self._leave_mirror()

    def end(self, reason: NkError, now: float) -> None:
        if reason.code is Code.PUBLISHER_STOP and not self._engine.is_up:
            reason = NkError(Code.JANUS_SESSION_DOWN)  # which is why the publisher went
        super().end(reason, now)

    def pass_candidate(self, line: str) -> None:
        self._attachment.trickle(line)

    def take_answer(self, given: Sdp, now: float) -> None:
        self._trickles = given.trickle_ice and not self.command.no_answer_trickle_ice
        super().take_answer(given, now)

    def switch(self, peer: str, publisher_sid: str, now: float) -> Pending:
        """It is refused if what the other publisher sends has another codec (INVALID_PARAMETERS)."""
        del now
        if self._is_switching:
            raise NkError(Code.INVALID_STATE)
        return promised(self._switch(peer, publisher_sid))

    # At Janus

    def _listen(self) -> Steps[None]:
        feed, self._mirror = self._find(self.publisher_id, self.publisher_sid)
        yield feed.wait()
        handle = yield from self._attachment.open(VIDEOROOM)
        attached = yield handle.ask(
            "join",
            ptype="subscriber",
            room=self._engine.rooms.number(self.room),
            autoupdate=False,
            streams=[{"feed": feed.id}],
        )
        self._handle = handle
        self._streams = streams_of(attached.get("streams"))
        self._carried = frozenset(one.mid for one in self._streams)
        offer = Description.parse(attached["jsep"])
        self._mids = frozenset(mid for section in offer.sections for mid in section.values("mid"))
        self._consider()
        self.set_description("offer", attached["jsep"])

    def _switch(self, publisher_id: str, publisher_sid: str) -> Steps[Outcome]:
        before = self._mirror
        feed, mirror = self._find(publisher_id, publisher_sid)
        self._is_switching = True
        try:
            yield feed.wait()
            if self.stopped or self._handle is None:
                raise NkError(Code.SESSION_NOT_FOUND)
            pairs = paired(self._streams, feed)
            yield self._handle.ask("switch", streams=pairs)
            if self.stopped:
                raise NkError(Code.SESSION_NOT_FOUND)
        except NkError:
            if mirror is not None and mirror is not before:
                self._engine.mirrors.leave(mirror, self)
            raise
        finally:
            self._is_switching = False
        self._carried = frozenset(pair["sub_mid"] for pair in pairs)
        if before is not mirror:
            self._leave_mirror()
        self._mirror = mirror
        self.publisher_id, self.publisher_sid = publisher_id, publisher_sid
        self._consider()
        self.tell("type", {"type": self.type, **self.details()})
        self._on_listening(self)
        return self.details()

    def _find(self, publisher_id: str, publisher_sid: str) -> tuple[Feed, Mirror | None]:
        """Raises NkError (INVALID_PUBLISHER), RoomError, MediaError."""
        feed = self._engine.rooms.feed(self.room, publisher_id)
        if feed is not None:
            return feed, None
        tracks = self._published(publisher_sid)
        self._ask_room_for(tracks)
        wanted = [track for track in tracks if desires(self.room, self.participant, track)]
        if not wanted:
            raise NkError(Code.INVALID_PUBLISHER)
        mirror = self._engine.mirrors.listen(self.room, publisher_id, publisher_sid, wanted, self)
        return mirror.feed, mirror

    def _published(self, publisher_sid: str) -> list[Track]:
        publisher = self.room.participants.get(publisher_sid)
        return [] if publisher is None else [track for track in publisher.tracks.values() if track.published]

    def _ask_room_for(self, tracks: list[Track]) -> None:
        """The publisher's protocol may have to be told that somebody wants it, as LiveKit's has. Raises RoomError."""
        new = [track.sid for track in tracks if track.sid not in self._subscribed]
        self._subscribed.update(new)
        if new:
            self.room.subscribe(self.participant.sid, new, self._services.clock())

    def _leave_mirror(self) -> None:
        mirror, self._mirror = self._mirror, None
        if mirror is not None:
            self._engine.mirrors.leave(mirror, self)

    def _accept(self, answer: Description, now: float) -> None:
        del now
        if self._handle is not None:
            self._attachment.walk(self._start(self._handle, answer))
        early, self._early = self._early, []
        for candidate in early:
            self.pass_candidate(candidate)

    def _start(self, handle: Handle, answer: Description) -> Steps[None]:
        started = handle.ask("start", answer=answer.text(), trickle=self._trickles)
        self._attachment.described()
        yield started

    def _on_up(self) -> None:
        self.activate(self._services.clock())

    def _fill(self, now: float) -> None:
        """The publisher's tracks have changed. Sections stay with what Janus sends in them."""
        del now
        self._consider()

    def _consider(self) -> None:
        """Hold what the client may not have, or does not want, and forward what it may and wants."""
        tracks = self._published(self.publisher_sid)
        self._ask_room_for(tracks)
        wanted: dict[TrackKind, bool] = {}
        for kind in TrackKind:
            mine = [desires(self.room, self.participant, one) for one in tracks if one.kind is kind]
            wanted[kind] = not self._muted[kind] and (not mine or any(mine))
        if self._handle is None:
            return
        # A section that a switch found nothing for would go on with the publisher before.
        sends = {one.mid: wanted[one.kind] and one.mid in self._carried for one in self._streams}
        changed = [{"mid": mid, "send": on} for mid, on in sends.items() if on is not self._sends.get(mid, True)]
        self._sends = sends
        if changed:
            self._attachment.walk(_configured(self._handle, changed))


def paired(streams: list[Stream], feed: Feed) -> list[dict[str, Any]]:
    """What `switch` takes: the first sound for the first sound, and so on. Raises NkError (INVALID_PARAMETERS)."""
    pairs: list[dict[str, Any]] = []
    for kind in TrackKind:
        mine = [one for one in streams if one.kind is kind]
        for old, new in zip(mine, (one for one in feed.streams if one.kind is kind), strict=False):
            if old.codec and new.codec and old.codec != new.codec:
                raise NkError(Code.INVALID_PARAMETERS)
            pairs.append({"feed": feed.id, "mid": new.mid, "sub_mid": old.mid})
    if not pairs:
        raise NkError(Code.INVALID_PUBLISHER)
    return pairs


def _configured(handle: Handle, streams: list[dict[str, Any]]) -> Steps[None]:
    yield handle.ask("configure", streams=streams)
