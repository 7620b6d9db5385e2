"""Forwarded participants: one that is in a room appears in others too, with its tracks. specs/livekit.md §1.3.

In the other room a stand-in has the same identity, name, metadata and attributes, and the same tracks under the same
sids: it follows what happens to the original. It receives nothing. It goes when the original does, or when it is
removed. A track that is muted there by somebody is taken away there, because its sender goes on.
"""

import logging
from collections import Counter
from collections.abc import Callable

from roomful.media.api import MovableMedia
from roomful.protocols.livekit.sessions import Sessions
from roomful.protocols.livekit.vocabulary import FORWARDED
from roomful.rooms import events
from roomful.rooms.errors import RoomError, RoomErrorCode
from roomful.rooms.model import LeaveReason, TrackSource
from roomful.rooms.participant import JoinRequest, Participant
from roomful.rooms.permissions import Permission
from roomful.rooms.roles import Role
from roomful.rooms.room import Room
from roomful.rooms.tracks import Track

logger = logging.getLogger(__name__)


class Forwards:
    """All forwarded participants of the server."""

    def __init__(self, media: MovableMedia, sessions: Sessions, clock: Callable[[], float]) -> None:
        self._media = media
        self._sessions = sessions
        self._clock = clock
        self._shared: Counter[str] = Counter()
        """Track sid → rooms it is forwarded to."""
        self._forwards: dict[tuple[str, str], Forward] = {}
        """By sids of the participant and the room it is forwarded to."""

    def __len__(self) -> int:
        return len(self._forwards)

    def start(self, room: Room, participant: Participant, target: Room, now: float) -> None:
        """Forward a participant; a second time changes nothing. Raises RoomError."""
        if (participant.sid, target.sid) in self._forwards:
            return
        if participant.protocol == FORWARDED:
            raise RoomError(RoomErrorCode.FAILED_PRECONDITION, "it is forwarded itself: ask in the room that it is in")
        if target.find(participant.identity) is not None:
            raise RoomError(RoomErrorCode.ALREADY_EXISTS, "somebody of this identity is in the destination room")
        if not self._media.together(room.sid, target.sid):
            raise RoomError(RoomErrorCode.FAILED_PRECONDITION, "the rooms are on different shards of the media engine")
        request = _request(participant)
        target.check_door(request, now)
        stand_in = target.join(request, now)
        target.confirm_join(stand_in.sid)
        target.activate(stand_in.sid, now)
        forward = Forward(self, room, participant, target, stand_in)
        self._forwards[participant.sid, target.sid] = forward
        forward.begin(now)

    def now(self) -> float:
        return self._clock()

    def share(self, room: Room, track_sid: str, target: Room) -> None:
        self._shared[track_sid] += 1
        self._media.share_track(track_sid)
        self._want(room, track_sid, target, wanted=True)

    def withdraw(self, room: Room, track_sid: str, target: Room) -> None:
        self._want(room, track_sid, target, wanted=False)
        self._media.withdraw_track(track_sid, target.sid)
        self._shared[track_sid] -= 1
        if not self._shared[track_sid]:
            del self._shared[track_sid]
            self._media.unshare_track(track_sid)

    def ended(self, forward: "Forward") -> None:
        self._forwards.pop((forward.participant.sid, forward.target.sid), None)

    def _want(self, room: Room, track_sid: str, target: Room, *, wanted: bool) -> None:
        """Have the sender send all layers: what is looked at in the other room is not known here."""
        feed = self._sessions.feed_of(room)
        if feed is not None:
            feed.demands.want_whole([track_sid], f"forwarded to {target.sid}", wanted, self._clock())


class Forward:
    """One participant in one other room, from `begin` to the end of either."""

    def __init__(
        self, forwarding: Forwards, room: Room, participant: Participant, target: Room, stand_in: Participant
    ) -> None:
        self.participant = participant
        self.target = target
        self._forwarding = forwarding
        self._room = room
        self._stand_in = stand_in
        self._tracks: set[str] = set()
        """Sids of those that are forwarded now."""

    def begin(self, now: float) -> None:
        self._room.observers.add(self._on_event)
        self.target.observers.add(self._on_target)
        for track in list(self.participant.tracks.values()):
            if track.published:
                self._add(track, now)

    def _on_event(self, event: events.RoomEvent) -> None:
        """Something happened in the participant's own room."""
        match event:
            case events.ParticipantLeft() if event.sid == self.participant.sid:
                self._end(event.at)
            case events.ParticipantUpdated() if event.sid == self.participant.sid:
                self._update(event.at)
            case events.TrackPublished() if event.publisher == self.participant.sid:
                track = self._room.tracks.get(event.sid)
                if track is not None:
                    self._add(track, event.at)
            case events.TrackUnpublished() if event.sid in self._tracks:
                self._drop(event.sid, event.at)
            case events.TrackMuted() if event.sid in self._tracks:
                self.target.mute(event.sid, event.muted, self._stand_in.sid, event.at)
            case events.TrackUpdated() if event.sid in self._tracks:
                self._update_track(event.sid, event.at)
            case events.SpeakersChanged():
                self._tell_speaking(event)
            case events.RoomClosing():
                self._end(event.at)
            case _:
                pass

    def _on_target(self, event: events.RoomEvent) -> None:
        """Something happened in the room that it is forwarded to."""
        match event:
            case events.ParticipantLeft() if event.sid == self._stand_in.sid:
                self._end(event.at)
            case events.TrackMuted() if event.sid in self._tracks and event.muted and event.by != self._stand_in.sid:
                self._drop(event.sid, event.at)
            case events.RoomClosing():
                self._end(event.at)
            case _:
                pass

    def _add(self, track: Track, now: float) -> None:
        if track.only_for or track.sid in self._tracks:
            return
        try:
            self.target.publish(self._stand_in.sid, track.spec(), now, sid=track.sid)
        except RoomError as error:
            logger.debug("track %s is not forwarded: %s", track.sid, error)
            return
        self._tracks.add(track.sid)
        self._forwarding.share(self._room, track.sid, self.target)
        self.target.bind(track.sid, track.mime, track.mid, now, layers=track.layers)

    def _drop(self, track_sid: str, now: float) -> None:
        self._tracks.discard(track_sid)
        self.target.unpublish(track_sid, now)
        self._forwarding.withdraw(self._room, track_sid, self.target)

    def _update(self, now: float) -> None:
        gone = dict.fromkeys(self._stand_in.attributes, "")
        self.target.update_participant(
            self._stand_in.sid,
            now,
            name=self.participant.name,
            metadata=self.participant.metadata,
            attributes=gone | self.participant.attributes,
            permission=_permission(self.participant),
        )

    def _update_track(self, track_sid: str, now: float) -> None:
        track = self._room.tracks.get(track_sid)
        if track is not None:
            self.target.update_track(
                track_sid,
                now,
                width=track.width,
                height=track.height,
                simulcast=track.simulcast,
                layers=track.layers,
                audio_features=track.audio_features,
                announcement=track.announcement,
            )

    def _tell_speaking(self, event: events.SpeakersChanged) -> None:
        level = next((speaker.level for speaker in event.speakers if speaker.sid == self.participant.sid), None)
        tracks = [self.target.tracks[sid] for sid in self._tracks if sid in self.target.tracks]
        microphone = next((track.sid for track in tracks if track.source is TrackSource.MICROPHONE), None)
        if level is not None and microphone is not None:
            self.target.set_speakers([(microphone, level)], event.at)

    def _end(self, now: float) -> None:
        self._room.observers.discard(self._on_event)
        self.target.observers.discard(self._on_target)
        self._forwarding.ended(self)
        for track_sid in list(self._tracks):
            self._drop(track_sid, now)
        self.target.leave(self._stand_in.sid, LeaveReason.CLIENT_INITIATED, now)


def _request(participant: Participant) -> JoinRequest:
    return JoinRequest(
        identity=participant.identity,
        user_id=participant.user_id,
        name=participant.name,
        metadata=participant.metadata,
        attributes=participant.attributes,
        permission=_permission(participant),
        kind=participant.kind,
        protocol=FORWARDED,
        region=participant.region,
        client=participant.client,
        auto_subscribe=False,
        role=Role.MEMBER,
        passes_lobby=True,
    )


def _permission(participant: Participant) -> Permission:
    """It sends what the original sends, and nothing else."""
    return Permission(can_subscribe=False, can_publish_data=False, hidden=participant.hidden)
