"""Who is in a room and what they send, as its members are told. specs/monibuca-rooms.md §3.3, §3.5."""

from typing import TYPE_CHECKING

import msgspec

from roomful.extensions.views import user_view, users_of
from roomful.protocols.monibuca import encode
from roomful.protocols.monibuca.codes import left_because
from roomful.rooms import events
from roomful.rooms.extension import UserView
from roomful.rooms.model import MediaKind
from roomful.rooms.participant import MediaState, Participant
from roomful.rooms.roles import HOSTS, Role
from roomful.rooms.stream_paths import StreamPath

if TYPE_CHECKING:
    from roomful.protocols.monibuca.feed import Feed

COUNT_INTERVAL = 1.0
"""Seconds between two announcements of how many there are, where viewers are not told one by one."""
SAMPLE_SECONDS = 1.0
"""How long those who join a crowd are told of the same people."""
NEWEST_SHOWN = 100
"""Of a crowd."""
_NOTHING = MediaState()
_CHANGES = (
    events.ParticipantUpdated,
    events.TrackPublished,
    events.TrackMuted,
    events.TrackUnpublished,
    events.ForceMuted,
    events.ChatMuteAdded,
    events.ChatMuteRemoved,
)
"""What makes views of users differ."""


class Presence:
    """A part of the feed of a room."""

    def __init__(self, feed: "Feed") -> None:
        self._feed = feed
        self._room = feed.room
        self._media: dict[str, MediaState] = {}
        """Participant sid → what others were told last."""
        self._replaced: set[str] = set()
        """Identities whose next session follows at once."""
        self._counted_at = float("-inf")
        self._count_due = False
        self._crowd = b""
        """What those who join a crowd are told of the people in it; empty when that has to be said anew."""
        self._crowd_ids: frozenset[str] = frozenset()
        self._crowd_until = float("-inf")

    @property
    def is_crowded(self) -> bool:
        """So many are here that viewers are told as a number."""
        return self._room.users > self._feed.services.settings.presence_limit

    def on_time(self, now: float) -> None:
        """Say how many there are, if that has changed and it is time."""
        if self._count_due and now >= self._counted_at + COUNT_INTERVAL:
            self._count_due = False
            self._counted_at = now
            self._feed.broadcast("room_updated", now, {"changes": {"user_count": self._room.users}, "by": ""})

    def users(self, me: UserView, now: float) -> list[UserView] | msgspec.Raw:
        """Everybody whom who joins is told of, `me` included; of a crowd the hosts and the newest others.

        Many come at once where there is a crowd. They are told the same for a moment: the newest are a sample anyhow.
        """
        if not self.is_crowded:
            return [user_view(self._room, participants, now) for participants in users_of(self._room).values()]
        if not self._crowd or now >= self._crowd_until:
            sample = self._sample(now)
            self._crowd = msgspec.json.encode(sample)
            self._crowd_ids = frozenset(one.user_id for one in sample)
            self._crowd_until = now + SAMPLE_SECONDS
        if me.user_id in self._crowd_ids:
            return msgspec.Raw(self._crowd)
        return msgspec.Raw(b"%b,%b]" % (self._crowd.removesuffix(b"]"), msgspec.json.encode(me)))

    def _sample(self, now: float) -> list[UserView]:
        """Leaves a place for who joins after it was taken."""
        users = users_of(self._room).values()
        hosts = [one for one in users if one[0].role in HOSTS]
        others = [one for one in users if one[0].role not in HOSTS]
        return [user_view(self._room, one, now) for one in hosts + others[1 - NEWEST_SHOWN :]]

    def heed(self, event: events.RoomEvent) -> None:
        """Begin a new sample of the crowd when somebody in it has changed, or a host has come or gone."""
        match event:
            case events.ParticipantJoined(sid=sid):
                joined = self._room.participants.get(sid)
                is_news = joined is not None and joined.role in HOSTS
            case events.ParticipantLeft(participant=left):
                is_news = left.role in HOSTS
            case _:
                is_news = isinstance(event, _CHANGES)
        if is_news:
            self._crowd = b""

    def on_event(self, event: events.RoomEvent) -> None:
        match event:
            case events.ParticipantJoined():
                self._on_joined(event)
            case events.ParticipantLeft():
                self._on_left(event)
            case events.ParticipantUpdated():
                self._on_updated(event)
            case events.TrackPublished():
                self._on_published(event)
            case events.TrackMuted():
                publisher = self._room.participants.get(event.publisher)
                if publisher is not None:
                    self._tell_media(publisher, event.at)
            case events.TrackUnpublished():
                self._on_unpublished(event)
            case _:
                pass

    def _on_joined(self, event: events.ParticipantJoined) -> None:
        participant = self._room.participants.get(event.sid)
        replaced = event.identity in self._replaced
        self._replaced.discard(event.identity)
        if participant is None or _is_unseen(participant):
            return
        connections = self._room.of_user(participant.user_id)
        if replaced:
            view = user_view(self._room, connections, event.at)
            fields = {"user_id": view.user_id, "changes": view, "by": ""}
            self._feed.broadcast("user_updated", event.at, fields, but=event.sid)
        elif self.is_crowded and participant.role is Role.VIEWER:
            self._count_soon(event.at)
        elif len(connections) == 1:
            view = user_view(self._room, connections, event.at)
            self._feed.broadcast("user_joined", event.at, {"user": view}, but=event.sid)

    def _on_left(self, event: events.ParticipantLeft) -> None:
        self._media.pop(event.sid, None)
        left = event.participant
        session = self._feed.sessions.get(event.sid)
        if session is not None:
            session.on_removed(event)
        if event.replaced:
            self._replaced.add(event.identity)
        elif left.permission.hidden or left.announces or not self._room.is_open:
            pass
        elif self.is_crowded and left.role is Role.VIEWER:
            self._count_soon(event.at)
        elif not self._room.of_user(left.user_id):
            word = left_because(event.reason, event.departure)
            fields = {"user_id": left.user_id, "user_name": left.name, "reason": word}
            self._feed.broadcast("user_left", event.at, fields)

    def _count_soon(self, now: float) -> None:
        self._count_due = True
        self.on_time(now)

    def _on_updated(self, event: events.ParticipantUpdated) -> None:
        participant = self._room.participants.get(event.sid)
        if participant is None:
            return
        if participant.hidden:
            if "visibility" in event.changed:
                fields = {"user_id": participant.user_id, "user_name": participant.name, "reason": "leave"}
                self._feed.broadcast("user_left", event.at, fields, but=event.sid)
            return
        view = user_view(self._room, self._room.of_user(participant.user_id), event.at)
        if "visibility" in event.changed:
            self._feed.broadcast("user_joined", event.at, {"user": view}, but=event.sid)
            return
        self._tell_media(participant, event.at)
        changes = encode.user_changes(view, participant, event.changed)
        if changes:
            fields = {"user_id": view.user_id, "changes": changes, "by": event.by}
            self._feed.broadcast("user_updated", event.at, fields)

    # Streams, of any protocol

    def _on_published(self, event: events.TrackPublished) -> None:
        publisher = self._room.participants.get(event.publisher)
        track = self._room.tracks.get(event.sid)
        if publisher is None or track is None or _is_unseen(publisher):
            return
        path = StreamPath.of(self._room.name, publisher.user_id, track.source)
        fields = encode.stream_fields(publisher.user_id, path, track.media_kind)
        self._feed.broadcast("stream_published", event.at, fields, but=publisher.sid)
        self._tell_media(publisher, event.at)

    def _on_unpublished(self, event: events.TrackUnpublished) -> None:
        publisher = self._room.participants.get(event.publisher)
        if publisher is None or _is_unseen(publisher) or not self._room.is_open:
            return
        path = StreamPath.of(self._room.name, publisher.user_id, event.track.source)
        kind = MediaKind.of(event.track.kind, event.track.source)
        fields = encode.stream_fields(publisher.user_id, path, kind)
        self._feed.broadcast("stream_unpublished", event.at, fields, but=publisher.sid)
        self._tell_media(publisher, event.at)

    def _tell_media(self, participant: Participant, at: float) -> None:
        """Say what somebody sends, if that is news."""
        media = participant.media
        if not _is_unseen(participant) and self._media.get(participant.sid, _NOTHING) != media:
            self._media[participant.sid] = media
            self._feed.broadcast("media_state", at, encode.media_fields(participant.user_id, media))


def _is_unseen(participant: Participant) -> bool:
    """Say whether no client knows of it: announcements come in place of the streams that clients do know."""
    return participant.hidden or participant.announces
