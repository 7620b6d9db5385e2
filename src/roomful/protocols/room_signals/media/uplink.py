"""The connection on which one session publishes. specs/room-signals.md §7.2.

The tracks of an offer are announced in the room at once and published when the connection is up: then `publish` is
true, and the ack of the offer has been sent before.
"""

import logging
from collections.abc import Callable, Collection

from roomful.media.api import Event, MediaApi, MediaError, PendingTrack
from roomful.media.descriptions import BadDescription, Description
from roomful.media.layers import with_ssrcs
from roomful.media.offered import offered_tracks
from roomful.protocols.room_signals.codes import Code, SignalError, invalid
from roomful.protocols.room_signals.media.candidates import MAX_PER_CONNECTION, Candidate
from roomful.protocols.room_signals.media.reply import SILENCE_ALLOWED, Reply, broken, close_peer
from roomful.rooms.errors import RoomError
from roomful.rooms.events import RoomEvent, TrackMuted, TrackUnpublished, TrackWithdrawn
from roomful.rooms.model import TrackKind, UnpublishReason
from roomful.rooms.participant import Participant
from roomful.rooms.room import Room

logger = logging.getLogger(__name__)


class Uplink:
    """See the module. It is one connection: another offer that is no restart makes another uplink."""

    def __init__(
        self,
        media: MediaApi,
        room: Room,
        participant: Participant,
        clock: Callable[[], float],
        *,
        codecs: Collection[str],
        screen: bool,
        audio_only: bool,
    ) -> None:
        """`clock` is unix seconds. `codecs`: MIME types that may be published; empty means all.

        `screen`: what is sent is a shared screen. `audio_only`: sections with video are refused.
        """
        self.peer = media.next_peer()
        self.is_up = False
        self.closed = False
        self.ufrag = ""
        """The client's."""
        self.mids: frozenset[str] = frozenset()
        self._offer = Description((), ())
        self._media = media
        self._room = room
        self._participant = participant
        self._clock = clock
        self._codecs = codecs
        self._screen = screen
        self._audio_only = audio_only
        self._own: dict[str, str] = {}
        """Sid of a track → mid of its section."""
        self._pending: list[PendingTrack] = []
        self._bound: list[Event.TrackBound] = []
        """Tracks that are published as soon as the connection is up."""
        self._waiting: tuple[int, Reply] | None = None
        self._silent_since: float | None = None
        self._candidates = 0
        media.attach(self.peer, self._on_event)
        media.open_peer(room.sid, self.peer, participant=participant.sid)

    # What the client says

    def is_restarted_by(self, sdp: str) -> bool:
        """Say whether the offer is for this very connection: it has the same DTLS fingerprint."""
        try:
            return Description.parse(sdp).value("fingerprint") == self._offer.value("fingerprint")
        except BadDescription:
            return True  # and is refused for what it is

    def offer(self, sdp: str, now: float, reply: Reply) -> None:
        """Take an offer. Raises SignalError, MediaError."""
        offer = read_offer(sdp, audio_only=self._audio_only)
        if self._waiting is not None:
            raise invalid("the offer before has not been answered yet")
        for one in offered_tracks(offer, self._codecs, screen=self._screen, stream="signals"):
            if one.mid in self._own.values():
                continue
            try:
                track = self._room.publish(self._participant.sid, one.spec, now)
            except RoomError as error:
                raise SignalError(Code.PERMISSION_NOT_FOUND, error.message) from None
            self._own[track.sid] = one.mid
            self._pending.append(one.pending(track.sid))
        self.ufrag = offer.value("ice-ufrag")
        self.mids = frozenset(mid for section in offer.sections for mid in section.values("mid"))
        self._offer = offer
        request = self._media.next_request()
        self._media.accept_offer(self.peer, request, offer.text(), self._pending)
        self._waiting = request, reply

    def add_candidate(self, candidate: Candidate) -> None:
        """Raises MediaError."""
        if self._candidates < MAX_PER_CONNECTION:
            self._candidates += 1
            self._media.add_candidate(self.peer, candidate.text)

    # What happens

    def on_room_event(self, event: RoomEvent) -> None:
        match event:
            case TrackMuted() if event.sid in self._own:
                # What the client itself says that it has switched off is its own affair: what arrives is forwarded.
                self._media.set_track_muted(event.sid, event.muted and event.by != self._participant.sid)
            case TrackUnpublished() | TrackWithdrawn() if event.sid in self._own:
                del self._own[event.sid]
                if event.reason is not UnpublishReason.PUBLISHER_LEFT and not self.closed:
                    self._media.unpublish(event.sid)
                if not self._own and self._waiting is None:  # its right to publish was taken: it may get it again
                    self.close(event.at)
            case _:
                pass

    def tick(self, now: float) -> None:
        """Close it if nothing has been heard of the client for too long."""
        if self._silent_since is not None and now >= self._silent_since + SILENCE_ALLOWED:
            self.close(now)

    def close(self, now: float) -> None:
        """End it, and take its tracks away. Calling it again does nothing."""
        if self.closed:
            return
        self.closed, self.is_up = True, False
        self._media.detach(self.peer)
        if self._waiting is not None:
            _, reply = self._waiting
            self._waiting = None
            reply(broken("the connection was closed"))
        if self._room.is_open:
            for sid in list(self._own):
                self._room.unpublish(sid, now)
        close_peer(self._media, self.peer)

    def _on_event(self, event: Event) -> None:
        now = self._clock()
        try:
            self._handle(event, now)
        except RoomError as error:  # it came too late
            logger.debug("%s of %s: %s", type(event).__name__, self._participant.sid, error)
        except MediaError as error:
            logger.warning("the uplink of %s is closed: %s", self._participant.sid, error)
            self.close(now)

    def _handle(self, event: Event, now: float) -> None:
        match event:
            case Event.TrackBound():
                self._on_bound(event, now)
            case Event.Answered():
                self._on_answered(event, now)
            case Event.NegotiationFailed():
                self._fail(event.request, invalid(f"the offer cannot be used: {event.reason}"), now)
            case Event.TrackLayers():
                track = self._room.tracks.get(event.track)
                if track is not None:
                    self._room.set_layers(track.sid, with_ssrcs(track.layers, event.layers), now)
            case Event.TrackUnbound():
                self._room.unpublish(event.track, now)
            case Event.PeerState():
                self._on_state(event.state, now)
            case _:
                pass

    def _on_bound(self, event: Event.TrackBound, now: float) -> None:
        self._pending = [track for track in self._pending if track.sid != event.track]
        if event.track not in self._room.tracks:
            self._media.unpublish(event.track)
        elif not event.mime or (self._codecs and event.mime.lower() not in self._codecs):
            self._room.unpublish(event.track, now)
        elif self.is_up:
            self._publish(event, now)
        else:
            self._bound.append(event)

    def _publish(self, event: Event.TrackBound, now: float) -> None:
        track = self._room.tracks.get(event.track)
        if track is None:
            return
        self._room.bind(event.track, event.mime, event.mid, now)
        if track.muted and track.muted_by != self._participant.sid:
            self._media.set_track_muted(track.sid, muted=True)

    def _on_answered(self, event: Event.Answered, now: float) -> None:
        if self._waiting is None or event.request != self._waiting[0]:
            return
        if not self._own:
            self._fail(event.request, invalid("nothing in the offer can be published here"), now)
            return
        _, reply = self._waiting
        self._waiting = None
        reply(Description.parse(event.sdp).refusing_by_name(self._offer).text())

    def _fail(self, request: int, error: SignalError, now: float) -> None:
        if self._waiting is None or request != self._waiting[0]:
            return
        _, reply = self._waiting
        self._waiting = None
        reply(error)
        if not self.is_up:
            self.close(now)

    def _on_state(self, state: str, now: float) -> None:
        match state:
            case "connected":
                self._silent_since = None
                self.is_up = True
                self._room.activate(self._participant.sid, now)
                bound, self._bound = self._bound, []
                for event in bound:
                    self._publish(event, now)
            case "disconnected":
                self._silent_since = now
            case _:
                self.close(now)


def read_offer(sdp: str, *, audio_only: bool) -> Description:
    """The offer as it goes to the engine. Raises SignalError for one that cannot be answered."""
    try:
        offer = Description.parse(sdp)
    except BadDescription as error:
        raise invalid(str(error)) from None
    if len(offer.sections) > 1 and not any(line.startswith("a=group:BUNDLE ") for line in offer.session):
        raise invalid("the sections of the offer have to be bundled (RFC 9143)")
    if not any(section.sends for section in offer.sections):
        raise invalid("the offer sends neither audio nor video")
    if audio_only:
        offer = offer.refusing(TrackKind.VIDEO)
    return offer.with_track_ids()
