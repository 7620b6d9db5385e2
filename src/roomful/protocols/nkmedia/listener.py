"""A media session that receives what one publisher sends, of whatever protocol. specs/nkmedia.md §9.4.

Its client is offered once, with a section for each track that there is then, and hears of no other offer. Sections
carry one track after another all the same: those of a publisher that comes back with its camera, and those of another
publisher that the session is switched to. What the client was offered names no SSRCs, so that it tells tracks apart by
section (RFC 9143), and the engine alone is given an offer, made of the client's own answer.

Nobody sees it in the room but those who speak this protocol: one person has one such session for each other.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from roomful.media.api import Event
from roomful.media.descriptions import Description, Section, without_streams
from roomful.protocols.nkmedia.caller import Caller
from roomful.protocols.nkmedia.codes import Code, NkError
from roomful.protocols.nkmedia.commands import MediaCreate, Sdp
from roomful.protocols.nkmedia.media_session import MediaSession, read_description
from roomful.protocols.nkmedia.pending import Result
from roomful.protocols.nkmedia.room_session import RoomSession
from roomful.protocols.nkmedia.services import Services
from roomful.rooms.events import (
    MixerChanged,
    ParticipantUpdated,
    RoomEvent,
    SubscriptionPermissionChanged,
    TrackPublished,
    TrackUnpublished,
)
from roomful.rooms.model import TrackKind
from roomful.rooms.permissions import Permission
from roomful.rooms.room import Room
from roomful.rooms.subscriptions import desires
from roomful.rooms.tracks import Track

MAX_SPATIAL = 2


class Listener(RoomSession):
    """See the module."""

    type = "listen"
    can_play = True
    """Whether it can be played something in place of the publisher."""

    def __init__(
        self,
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
        on_listening: Callable[["Listener"], None],
    ) -> None:
        """`peer` is the publisher's session id. `on_listening` is called once, with the answer. Raises RoomError."""
        permission = Permission(can_publish=False, can_publish_data=False, hidden=True)
        super().__init__(services, room, caller, command, session_id, permission, on_stopped, now)
        self.publisher_id = peer
        self.publisher_sid = publisher_sid
        self._guest_sid = ""
        """Who plays something in place of the publisher; empty: nobody."""
        self._on_listening = on_listening
        self._forwarded: dict[str, bool] = {}
        """Sid of each track → whether it is forwarded now."""
        self._muted = {
            TrackKind.AUDIO: command.mute_audio or not command.use_audio,
            TrackKind.VIDEO: command.mute_video or not command.use_video,
        }
        self._mids: frozenset[str] = frozenset()
        self._request = 0
        self._answer = Description((), ())
        self._is_accepted = False
        """The engine has the answer."""
        self._early: list[str] = []
        """Candidates from before the answer."""

    def details(self) -> dict[str, Any]:
        return {"room_id": self.room.name, "publisher_id": self.publisher_id}

    def begin(self, now: float) -> None:
        """Make the offer. Raises NkError (INVALID_PUBLISHER), RoomError, MediaError."""
        for track in self._tracks_of(self.publisher_sid, now):
            self._subscribe(track)
        if not self._forwarded:
            raise NkError(Code.INVALID_PUBLISHER)
        self._request = self._media.next_request()
        self._media.create_offer(self.peer, self._request)

    def take_answer(self, given: Sdp, now: float) -> None:
        """Raises NkError, MediaError."""
        if self.answer is not None:
            raise NkError(Code.ANSWER_ALREADY_SET)
        if self.offer is None:
            raise NkError(Code.OFFER_NOT_SET)
        answer = read_description(given)
        if not {mid for section in answer.sections for mid in section.values("mid")} <= self._mids:
            raise NkError(Code.INVALID_SDP)
        self._answer = answer
        if given.trickle_ice and self.command.no_answer_trickle_ice:
            self.gather(now)
            early, self._early = self._early, []
            for candidate in early:
                super().add_candidate(candidate)
        else:
            self._accept(answer, now)
        self.set_description("answer", given.sdp)
        self._on_listening(self)

    def switch(self, peer: str, publisher_sid: str, now: float) -> Result:
        """Listen to another publisher of the room, in the same sections; kinds that have none are left out.

        The outcome is `details`.

        Raises NkError: INVALID_PUBLISHER, it has nothing for this session; INVALID_PARAMETERS, the client cannot
        decode it; INVALID_STATE, its candidates are still waited for. RoomError, MediaError.
        """
        if not self._is_accepted:
            raise NkError(Code.INVALID_STATE)
        chosen = self._fitting(self._tracks_of(publisher_sid, now), self._places())
        if not chosen:
            raise NkError(Code.INVALID_PUBLISHER)
        if not all(self._decodes(track) for track in chosen):
            raise NkError(Code.INVALID_PARAMETERS)
        for sid in [sid for sid in self._forwarded if sid not in {track.sid for track in chosen}]:
            self._drop(sid)
        self.type, self._guest_sid = "listen", ""
        self.publisher_id, self.publisher_sid = peer, publisher_sid
        self._carry(chosen)
        self.tell("type", {"type": self.type, **self.details()})
        self._on_listening(self)
        return self.details()

    def play(self, guest_sid: str, now: float) -> None:
        """Carry what this guest publishes, or comes to publish, in place of the publisher's tracks; empty: those again.

        Raises RoomError, MediaError.
        """
        self.type = "play" if guest_sid else "listen"
        self._guest_sid = guest_sid
        for sid in list(self._forwarded):
            self._drop(sid)
        self.tell("type", {"type": self.type, **self.details()})
        self._fill(now)

    def gathered(self, now: float) -> None:
        self._accept(self.with_candidates(self._answer), now)

    def add_candidate(self, candidate: str) -> None:
        if self.answer is None:
            self._early = [*self._early, candidate][:16]
        else:
            super().add_candidate(candidate)

    def end_candidates(self, now: float) -> None:
        if self.answer is not None:
            super().end_candidates(now)

    def mute(self, *, audio: bool | None, video: bool | None, now: float) -> None:
        del now
        for kind, muted in ((TrackKind.AUDIO, audio), (TrackKind.VIDEO, video)):
            self._muted[kind] = self._muted[kind] if muted is None else muted
        self._consider()

    def on_media_event(self, event: Event, now: float) -> None:
        del now
        match event:
            case Event.Offered() if event.request == self._request:
                if not event.sdp:
                    raise NkError(Code.INVALID_PUBLISHER)
                self._mids = frozenset(event.mid_to_track)
                self.set_description("offer", without_streams(event.sdp))
            case Event.SubscriptionFailed():
                self._forwarded.pop(event.track, None)
            case _:
                pass

    def on_room_event(self, event: RoomEvent) -> None:
        match event:
            case SubscriptionPermissionChanged() | MixerChanged() | ParticipantUpdated():
                self._consider()
            case TrackPublished() if event.publisher == (self._guest_sid or self.publisher_sid):
                self._fill(event.at)
            case TrackUnpublished() if self._forwarded.pop(event.sid, None) is not None:
                self._fill(event.at)
            case _:
                pass

    def _accept(self, answer: Description, now: float) -> None:
        self._is_accepted = True
        self._media.accept_answer(self.peer, self._request, answer.text())
        early, self._early = self._early, []
        for candidate in early:
            super().add_candidate(candidate)
        self._fill(now)

    # Sections and what they carry

    def _tracks_of(self, publisher_sid: str, now: float) -> list[Track]:
        """What somebody publishes and this session may have; sound first. Raises RoomError."""
        publisher = self.room.participant(publisher_sid)
        tracks = sorted(publisher.tracks.values(), key=lambda track: track.kind)
        # The publisher's protocol may have to be told that somebody wants it, as LiveKit's has.
        self.room.subscribe(self.participant.sid, [track.sid for track in tracks if track.published], now)
        return [track for track in tracks if desires(self.room, self.participant, track)]

    def _places(self) -> "Counter[TrackKind]":
        """How many sections of each kind the client has accepted."""
        return Counter(one.kind for one in self._answer.sections if one.kind is not None and one.receives)

    def _fitting(self, tracks: Iterable[Track], places: "Counter[TrackKind]") -> list[Track]:
        """As many of the tracks as there are places for."""
        chosen: list[Track] = []
        for track in tracks:
            if places[track.kind] > 0:
                places[track.kind] -= 1
                chosen.append(track)
        return chosen

    def _decodes(self, track: Track) -> bool:
        codecs = {codec for one in self._answer.sections if one.kind is track.kind for codec in one.codecs}
        return track.mime.lower().replace("audio/red", "audio/opus") in codecs

    def _fill(self, now: float) -> None:
        """Give sections that carry nothing to tracks that have come since. Raises RoomError, MediaError."""
        if not self._is_accepted:
            return
        places = self._places()
        places.subtract(self.room.tracks[sid].kind for sid in self._forwarded if sid in self.room.tracks)
        source = self._guest_sid or self.publisher_sid
        new = [one for one in self._tracks_of(source, now) if one.sid not in self._forwarded]
        self._carry([track for track in self._fitting(new, places) if self._decodes(track)])

    def _carry(self, tracks: Iterable[Track]) -> None:
        """Subscribe to tracks that have a section free, without a word to the client. Raises MediaError."""
        fresh = [track for track in tracks if track.sid not in self._forwarded]
        for track in fresh:
            self._subscribe(track)
        if fresh:
            self._media.accept_offer(self.peer, self._media.next_request(), _as_offer(self._answer).text(), [])

    def _drop(self, sid: str) -> None:
        del self._forwarded[sid]
        self._media.unsubscribe(self.peer, sid)

    def _subscribe(self, track: Track) -> None:
        self._forwarded[track.sid] = wanted = not self._muted[track.kind]
        self._media.subscribe(self.peer, track.sid, f"{track.publisher}|{track.sid}")
        self._media.set_subscription(self.peer, track.sid, enabled=wanted, max_spatial=MAX_SPATIAL)

    def _consider(self) -> None:
        """Hold what the client may not have, or does not want, and forward what it may and wants."""
        for sid, before in self._forwarded.items():
            track = self.room.tracks.get(sid)
            wanted = track is not None and self._wants(track)
            if wanted is not before:
                self._forwarded[sid] = wanted
                self._media.set_subscription(self.peer, sid, enabled=wanted, max_spatial=MAX_SPATIAL)

    def _wants(self, track: Track) -> bool:
        return desires(self.room, self.participant, track) and not self._muted[track.kind]


def _as_offer(answer: Description) -> Description:
    """What a client that answered so would offer if it were asked again: the same sections on the same transport."""

    def again(lines: tuple[str, ...]) -> tuple[str, ...]:
        return tuple("a=setup:actpass" if line.startswith("a=setup:") else line for line in lines)

    sections = tuple(Section(again(section.without_candidates().lines)) for section in answer.sections)
    return Description(again(answer.session), sections)
