"""What the server sees happen in rooms: visits from joining to leaving, and events with their outcome."""

from functools import partial

import msgspec

from roomful.reporting.clients import device_of
from roomful.reporting.messages import LeaveRoomReport, merged
from roomful.reporting.writer import ReportWriter
from roomful.rooms import events
from roomful.rooms.model import LeaveReason, MediaKind
from roomful.rooms.participant import Participant, ParticipantSnapshot
from roomful.rooms.room import Room
from roomful.storage.reports import StoredKv, StoredLeave

OWN_REPORT_WITHIN = 5.0
"""Seconds that a client has to report its own leaving, which knows more; then the server's record counts."""
SERVER = "server"
_FAILURES = frozenset({LeaveReason.JOIN_FAILURE, LeaveReason.MEDIA_FAILURE, LeaveReason.CONNECTION_TIMEOUT})


def milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


class Visit:
    """One participant, while it is there."""

    def __init__(self, joined_at: float) -> None:
        self.joined_at = joined_at
        self.reconnects = 0
        self.published: dict[str, float] = {}
        """Sid of each track that is published → since when."""
        self.publishing_since: float | None = None
        self.publish_seconds = 0.0
        self.said: LeaveRoomReport | None = None
        """What its client says of the visit."""

    def publish(self, sid: str, now: float) -> None:
        self.published[sid] = now
        if self.publishing_since is None:
            self.publishing_since = now

    def unpublish(self, sid: str, now: float) -> float:
        """Return for how many seconds the track was there."""
        since = self.published.pop(sid, now)
        if not self.published and self.publishing_since is not None:
            self.publish_seconds += now - self.publishing_since
            self.publishing_since = None
        return now - since

    def published_for(self, now: float) -> float:
        """Seconds for which anything was published until now."""
        return self.publish_seconds + (0.0 if self.publishing_since is None else now - self.publishing_since)


class Visits:
    """Follows all rooms."""

    def __init__(self, writer: ReportWriter) -> None:
        self._writer = writer
        self._visits: dict[str, Visit] = {}
        """By participant sid."""
        self._leaving: dict[str, tuple[float, StoredLeave]] = {}
        """By participant sid: what is written at that time unless the client says it better."""

    def on_opened(self, room: Room) -> None:
        room.observers.add(partial(self._on_event, room))

    def say(self, session_id: str, said: LeaveRoomReport) -> None:
        """A client reports its visit, at the end of it."""
        visit = self._visits.get(session_id)
        if visit is not None:
            visit.said = said

    def say_late(self, room_id: str, user_id: str, said: LeaveRoomReport) -> bool:
        """Somebody reports who has just left; returns whether anything was known of it. Once."""
        for session_id, (_, row) in self._leaving.items():
            if (row.room_id, row.user_id) == (room_id, user_id):
                del self._leaving[session_id]
                self._writer.leave(merged(row, said))
                return True
        return False

    def present(self, room: Room, now: float) -> list[StoredLeave]:
        """The visits so far of those who are there, without a reason for leaving."""
        there = ((participant, self._visits.get(participant.sid)) for participant in room.participants.values())
        return [self._recorded(room, who, visit, now, "") for who, visit in there if visit is not None]

    def is_here(self, session_id: str) -> bool:
        return session_id in self._visits

    def tick(self, now: float) -> None:
        """Write the records of those who have not said themselves that they left."""
        for session_id, (due, row) in list(self._leaving.items()):
            if due > now:
                break
            del self._leaving[session_id]
            self._writer.leave(row)

    def close(self) -> None:
        self.tick(float("inf"))

    def _on_event(self, room: Room, event: events.RoomEvent) -> None:
        match event:
            case events.ParticipantJoined():
                self._joined(room, event)
            case events.ParticipantActive():
                self._active(room, event)
            case events.UserAway():
                self._away(room, event)
            case events.TrackPublished():
                self._published(room, event)
            case events.TrackUnpublished():
                self._unpublished(room, event)
            case events.SubscriptionsChanged():
                self._subscriptions(room, event)
            case events.SubscriptionExpired():
                self._expired(room, event)
            case events.ChatSent():
                self._kv(room, event.message.sender, event.at, "chat_send")
            case events.ParticipantLeft():
                self._left(room, event)
            case _:
                pass

    def _joined(self, room: Room, event: events.ParticipantJoined) -> None:
        participant = room.participants.get(event.sid)
        if participant is None or not participant.is_member:
            return
        self._visits[event.sid] = Visit(event.at)
        value = {"protocol": event.protocol, "kind": str(event.kind)}
        self._kv(room, event.sid, event.at, "join_room", value=value)

    def _active(self, room: Room, event: events.ParticipantActive) -> None:
        visit = self._visits.get(event.sid)
        if visit is not None:
            self._kv(room, event.sid, event.at, "ice_connected", latency=event.at - visit.joined_at)

    def _away(self, room: Room, event: events.UserAway) -> None:
        visit = self._visits.get(event.sid)
        if visit is not None and not event.away:
            visit.reconnects += 1
            self._kv(room, event.sid, event.at, "ws_reconnect")

    def _published(self, room: Room, event: events.TrackPublished) -> None:
        visit, track = self._visits.get(event.publisher), room.tracks.get(event.sid)
        if visit is None or track is None:
            return
        visit.publish(event.sid, event.at)
        name = "screen_share" if track.media_kind is MediaKind.SCREEN else "publish"
        value = {"track": event.sid, "kind": str(track.kind), "source": str(track.source), "codec": track.mime}
        self._kv(room, event.publisher, event.at, name, value=value)

    def _unpublished(self, room: Room, event: events.TrackUnpublished) -> None:
        visit = self._visits.get(event.publisher)
        if visit is not None:
            seconds = visit.unpublish(event.sid, event.at)
            value = {"track": event.sid, "kind": str(event.track.kind), "duration": round(seconds, 3)}
            self._kv(room, event.publisher, event.at, "unpublish", value=value, message=str(event.reason))

    def _subscriptions(self, room: Room, event: events.SubscriptionsChanged) -> None:
        name = "subscribe" if event.subscribed else "unsubscribe"
        self._kv(room, event.subscriber, event.at, name, value={"tracks": list(event.tracks)})

    def _expired(self, room: Room, event: events.SubscriptionExpired) -> None:
        message = "the track never appeared"
        value = {"tracks": [event.track]}
        self._kv(room, event.subscriber, event.at, "subscribe", success=False, value=value, message=message)

    def _left(self, room: Room, event: events.ParticipantLeft) -> None:
        visit = self._visits.pop(event.sid, None)
        if visit is None:
            return
        for track in list(visit.published):
            visit.unpublish(track, event.at)
        reason = event.departure.word if event.departure is not None else str(event.reason)
        was = event.participant
        at = milliseconds(event.at)
        if event.reason in _FAILURES and was.active_at is None:
            self._write(room, was, at, "ice_failed", success=False)
        self._write(room, was, at, "leave_room", value={"reason": reason})
        row = self._recorded(room, was, visit, event.at, reason)
        if visit.said is not None:
            self._writer.leave(merged(row, visit.said))
        else:
            self._leaving[event.sid] = (event.at + OWN_REPORT_WITHIN, row)

    def _recorded(
        self, room: Room, who: Participant | ParticipantSnapshot, visit: Visit, now: float, reason: str
    ) -> StoredLeave:
        return StoredLeave(
            id=self._writer.next_id(),
            room_id=room.name,
            room_type=room.options.type,
            user_id=who.user_id,
            user_name=who.name,
            role=str(who.role),
            session_id=who.sid,
            joined_at=milliseconds(visit.joined_at),
            left_at=milliseconds(now),
            duration=round(now - visit.joined_at, 3),
            leave_reason=reason,
            source=SERVER,
            join_source=who.protocol,
            ip=who.client.get("address", ""),
            reconnects=visit.reconnects,
            publish_duration=round(visit.published_for(now), 3),
            **device_of(who.client),
        )

    def _kv(
        self,
        room: Room,
        sid: str,
        at: float,
        event: str,
        *,
        success: bool = True,
        latency: float | None = None,
        value: object = None,
        message: str = "",
    ) -> None:
        """`at` and `latency` in seconds."""
        participant = room.participants.get(sid)
        if participant is not None and sid in self._visits:
            self._write(
                room,
                participant,
                milliseconds(at),
                event,
                success=success,
                latency_ms=None if latency is None else round(latency * 1000, 1),
                value=value,
                message=message,
            )

    def _write(
        self,
        room: Room,
        who: Participant | ParticipantSnapshot,
        ts: int,
        event: str,
        *,
        success: bool = True,
        latency_ms: float | None = None,
        value: object = None,
        message: str = "",
    ) -> None:
        self._writer.kv(
            StoredKv(
                id=self._writer.next_id(),
                room_id=room.name,
                user_id=who.user_id,
                session_id=who.sid,
                event=event,
                ts=ts,
                source=SERVER,
                success=success,
                latency_ms=latency_ms,
                message=message,
                value=msgspec.json.encode(value).decode(),
                sdk_version=device_of(who.client)["sdk_version"],
            )
        )
