"""All connections of one session: which of them a signal is about. specs/room-signals.md §7.1."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence

from roomful.media.api import MediaApi, MediaError
from roomful.media.descriptions import BadDescription, Description
from roomful.protocols.room_signals.codes import Code, SignalError, invalid
from roomful.protocols.room_signals.media.candidates import Candidate, read_candidate
from roomful.protocols.room_signals.media.downlink import Downlink
from roomful.protocols.room_signals.media.reply import Reply
from roomful.protocols.room_signals.media.uplink import Uplink
from roomful.rooms.events import (
    MixerChanged,
    ParticipantLeft,
    ParticipantUpdated,
    RoomEvent,
    SubscriptionPermissionChanged,
    SubscriptionsChanged,
    TrackPublished,
    TrackUnpublished,
)
from roomful.rooms.model import TrackKind
from roomful.rooms.participant import Participant
from roomful.rooms.room import Room
from roomful.rooms.tracks import Track

MAX_DOWNLINKS = 64
"""Publishers that one session receives at the same time."""
MAX_REMEMBERED = 64
"""Media ids of closed downlinks that are still known, so that a late answer learns why it is late."""

_RIGHTS = ("permission", "visibility")
"""Changes of a participant that may change who receives what."""
_GONE = SignalError(Code.USER_LEFT, "the publisher is gone")


class Links:
    """See the module. Everything raises MediaError when the engine has too much to do."""

    def __init__(
        self,
        media: MediaApi,
        room: Room,
        participant: Participant,
        clock: Callable[[], float],
        watch_again: Callable[[str], None],
        *,
        audio_only: bool = False,
    ) -> None:
        """`watch_again` is called with the sid of a publisher that sends more than its downlink has.

        `audio_only`: pictures of others are not received.
        """
        self.uplink: Uplink | None = None
        self.downlinks: dict[str, Downlink] = {}
        """By sid of the publisher."""
        self._media = media
        self._room = room
        self._participant = participant
        self._clock = clock
        self._watch_again = watch_again
        self._audio_only = audio_only
        self._outgrown: set[str] = set()
        """Sids of publishers whose downlink lacks a track."""
        self._closed_mids: deque[str] = deque(maxlen=MAX_REMEMBERED)

    @property
    def has_uplink(self) -> bool:
        return self._uplink is not None

    @property
    def _uplink(self) -> Uplink | None:
        """The one there is, if it has not ended by itself."""
        return self.uplink if self.uplink is not None and not self.uplink.closed else None

    def offer(self, sdp: str, *, restarting: bool, make: Callable[[], Uplink], now: float, reply: Reply) -> None:
        """Start or restart the uplink. Raises SignalError."""
        uplink = self._uplink
        if uplink is not None and uplink.is_up and not restarting:
            raise invalid("the uplink exists: restart it with op.restarting")
        if uplink is None or not restarting or not uplink.is_restarted_by(sdp):
            if uplink is not None:
                uplink.close(now)
            uplink = self.uplink = make()
        try:
            uplink.offer(sdp, now, reply)
        except (SignalError, MediaError):
            if not uplink.is_up:
                uplink.close(now)
            raise

    def watch(self, publisher: Participant, now: float, reply: Reply) -> bool:
        """Make a downlink. Returns False if the publisher has nothing that this session may receive."""
        tracks = [one for one in publisher.tracks.values() if one.published and self._may_receive(one)]
        if not tracks or not self._participant.permission.can_subscribe:
            return False
        self._close_downlink(publisher.sid, now)
        if len(self.downlinks) >= MAX_DOWNLINKS:
            raise invalid(f"a session receives at most {MAX_DOWNLINKS} publishers at the same time")
        downlink = Downlink(self._media, self._room, self._participant, publisher, tracks, self._clock)
        self.downlinks[publisher.sid] = downlink
        downlink.offer(now, reply)
        return True

    def answer(self, sdp: str, publishers: Sequence[Participant] | None) -> None:
        """Complete a downlink. `publishers` is whom `to` names; None without `to`. Raises SignalError."""
        if publishers is not None:
            named = [one for one in self._open() if any(one.publisher_sid == other.sid for other in publishers)]
            if not named:
                raise invalid("no offer waits for this answer") if publishers else _GONE
        else:
            named = [self._by_first_mid(sdp)]
        named[0].answer(sdp)

    def add_candidate(self, sdp: str, publishers: Sequence[Participant] | None) -> None:
        """Give a candidate to the connection it is for; if there is none, it is dropped. Raises SignalError."""
        candidate = read_candidate(sdp)
        link = self._named(publishers) if publishers is not None else self._of_candidate(candidate)
        if link is not None:
            link.add_candidate(candidate)

    def select_layer(self, publishers: Sequence[Participant], max_spatial: int) -> None:
        """Raises SignalError."""
        named = [self.downlinks[one.sid] for one in publishers if one.sid in self.downlinks]
        if not named:
            raise SignalError(Code.USER_LEFT, "nothing is received from there")
        for downlink in named:
            downlink.select_layer(max_spatial)

    def on_room_event(self, event: RoomEvent, now: float) -> None:
        if self.uplink is not None:
            self.uplink.on_room_event(event)
        match event:
            case ParticipantLeft():
                self._close_downlink(event.sid, now)
            case TrackUnpublished() if event.publisher in self.downlinks:
                publisher = self._room.participants.get(event.publisher)
                if publisher is None or not publisher.is_publisher:
                    self._close_downlink(event.publisher, now)
            case TrackPublished() if event.publisher in self.downlinks:
                track = self._room.tracks.get(event.sid)
                if track is not None and self._may_receive(track):
                    self._outgrown.add(event.publisher)
            case ParticipantUpdated() if event.changed.isdisjoint(_RIGHTS):
                pass
            case SubscriptionsChanged() if event.subscriber != self._participant.sid:
                pass
            case ParticipantUpdated() | SubscriptionsChanged() | SubscriptionPermissionChanged() | MixerChanged():
                for downlink in self.downlinks.values():
                    downlink.consider()
            case _:
                pass

    def tick(self, now: float) -> None:
        if self.uplink is not None:
            self.uplink.tick(now)
        for downlink in list(self.downlinks.values()):
            downlink.tick(now)
            if downlink.closed:
                self._close_downlink(downlink.publisher_sid, now)
        # Only now, because tracks come in twos: the microphone, and the camera a moment later.
        outgrown, self._outgrown = self._outgrown, set()
        for publisher_sid in outgrown & self.downlinks.keys():
            self._close_downlink(publisher_sid, now)
            self._watch_again(publisher_sid)

    def close(self, now: float) -> None:
        """End all connections."""
        if self.uplink is not None:
            self.uplink.close(now)
        for sid in list(self.downlinks):
            self._close_downlink(sid, now)

    def _may_receive(self, track: Track) -> bool:
        return track.is_for(self._participant.sid) and not (self._audio_only and track.kind is TrackKind.VIDEO)

    def _close_downlink(self, publisher_sid: str, now: float) -> None:
        downlink = self.downlinks.pop(publisher_sid, None)
        if downlink is not None:
            self._closed_mids.extend(downlink.mids)
            downlink.close(now)

    def _open(self) -> Iterator[Downlink]:
        """Offers without an answer, oldest first."""
        return (one for one in self.downlinks.values() if not one.answered and not one.closed)

    def _by_first_mid(self, sdp: str) -> Downlink:
        try:
            mid = Description.parse(sdp).value("mid")
        except BadDescription as error:
            raise invalid(str(error)) from None
        unanswered = list(self._open())
        matching = [one for one in unanswered if mid in one.mids]
        if matching:
            return matching[0]
        if mid in self._closed_mids:
            raise _GONE
        if len(unanswered) == 1:
            return unanswered[0]
        raise invalid("no offer waits for this answer")

    def _named(self, publishers: Sequence[Participant]) -> Uplink | Downlink | None:
        if any(one.sid == self._participant.sid for one in publishers):
            return self._uplink
        return next((self.downlinks[one.sid] for one in publishers if one.sid in self.downlinks), None)

    def _of_candidate(self, candidate: Candidate) -> Uplink | Downlink | None:
        uplink = self._uplink
        downlinks = [one for one in self.downlinks.values() if not one.closed]
        links: list[Uplink | Downlink] = [*downlinks, *([] if uplink is None else [uplink])]
        of_mid = [link for link in links if candidate.mid in link.mids]
        of_ufrag = [link for link in links if candidate.ufrag and candidate.ufrag == link.ufrag]
        # Browsers number the sections of each of their own offers from 0: such a mid is the uplink's.
        return next(iter(of_mid or of_ufrag or (links if len(links) == 1 else [])), uplink)
