"""A participant goes to another room, in the middle of its call. specs/livekit.md §3.31 `room_moved`.

Its connections stay: what it publishes goes on under the same sids, and it is told once who is in the other room.
Clients that do not know this, and those whose rooms are on different shards of the engine, get a token for the other
room and are told to join anew, which their SDKs do by themselves.
"""

import logging
from collections.abc import Iterable

from livekit.protocol import rtc

from roomful.protocols.livekit import encode
from roomful.protocols.livekit.feed import Feed
from roomful.protocols.livekit.roster import updates
from roomful.protocols.livekit.session import Session
from roomful.rooms.errors import RoomError, RoomErrorCode
from roomful.rooms.events import Departure
from roomful.rooms.model import LeaveReason, ParticipantState
from roomful.rooms.participant import JoinRequest, Participant
from roomful.rooms.room import Room
from roomful.rooms.tracks import Track

MOVABLE_SINCE = 16
"""First protocol version whose clients know `room_moved`."""

logger = logging.getLogger(__name__)


def check(session: Session, target: Room, now: float) -> None:
    """Raise RoomError if the participant cannot be moved now."""
    if session.connection is None:
        raise RoomError(RoomErrorCode.FAILED_PRECONDITION, "its connection is lost at the moment")
    target.check_door(_request(session), now)


def can_be_carried(session: Session, target: Room) -> bool:
    """Say whether its connections can stay."""
    return session.protocol >= MOVABLE_SINCE and session.services.media.together(session.room.sid, target.sid)


def carry(session: Session, feed: Feed, now: float) -> None:
    """Move the participant, and its media, to the room of that feed. Raises RoomError, and has done nothing then."""
    room, participant, target = session.room, session.participant, feed.room
    request, grant = _request(session), session.grant_for(target.name)
    active, subscribed = participant.state is ParticipantState.ACTIVE, session.subscriptions.started
    tracks = list(participant.tracks.values())
    lost = [encode.vanished_info(other) for other in room.others(participant.sid)]

    arrived = target.join(request, now)
    session.leave_room(now)
    _leave(session, now)
    session.enter_room(feed, arrived, grant)
    target.confirm_join(arrived.sid)
    refused = _publish(session, tracks, now)
    if active:
        target.activate(arrived.sid, now)

    # Not all clients take those for gone whom they knew.
    for message in updates(lost):
        session.send(message)
    session.send(_room_moved(session, arrived, now))
    for sid in refused:
        session.send(rtc.SignalResponse(track_unpublished=rtc.TrackUnpublishedResponse(track_sid=sid)))
    feed.add(session, now)
    feed.data_tracks.begin(session)
    if session.hears_reliably:
        feed.tell_history(session)
    if subscribed:
        session.subscriptions.start(session.peers.open_subscriber(now), now)


def send_away(session: Session, target: Room, now: float) -> None:
    """Have the participant join the other room anew."""
    target.expect(session.participant.user_id, now)
    session.hand_token(session.grant_for(target.name), now)
    _leave(session, now)


def _leave(session: Session, now: float) -> None:
    departure = Departure(word="moved", closes=False)
    session.room.leave(session.participant.sid, LeaveReason.MIGRATION, now, departure=departure)


def _request(session: Session) -> JoinRequest:
    """How it enters: as what it is, with the rights it has, past the lobby."""
    participant = session.participant
    return JoinRequest(
        identity=participant.identity,
        user_id=participant.user_id,
        name=participant.name,
        metadata=participant.metadata,
        attributes=participant.attributes,
        permission=session.grant_for("").video.permission(),
        kind=participant.kind,
        protocol=participant.protocol,
        region=participant.region,
        client=participant.client,
        auto_subscribe=participant.auto_subscribe,
        passes_lobby=True,
        extra=participant.extra,
    )


def _publish(session: Session, tracks: Iterable[Track], now: float) -> list[str]:
    """Take the tracks along. Returns the sids of those that may not be published in this room."""
    room, media, refused = session.room, session.links.media, list[str]()
    for track in tracks:
        try:
            room.publish(session.participant.sid, track.spec(), now, sid=track.sid)
        except RoomError as error:
            logger.debug("track %s cannot come along: %s", track.sid, error)
            media.unpublish(track.sid)
            refused.append(track.sid)
            continue
        if track.published:
            media.move_track(track.sid, track.sid, room.sid)
            room.bind(track.sid, track.mime, track.mid, now, layers=track.layers)
            media.set_track_muted(track.sid, session.participant.tracks[track.sid].muted)
    return refused


def _room_moved(session: Session, participant: Participant, now: float) -> rtc.SignalResponse:
    feed = session.feed
    moved = rtc.RoomMovedResponse(
        room=encode.room_info(feed.room, session.services.settings.codecs),
        token=session.token_for(session.grant, now),
        participant=feed.roster.info(participant, participant.sid),
        other_participants=feed.roster.others(participant),
    )
    return rtc.SignalResponse(room_moved=moved)
