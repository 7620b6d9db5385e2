"""What each request of a client does. specs/livekit.md §3.9."""

from typing import TYPE_CHECKING

from livekit.protocol import rtc

from roomful.protocols.livekit.candidates import BadCandidate
from roomful.protocols.livekit.codes import client_reason
from roomful.protocols.livekit.responses import TELLS_SUCCESS_SINCE, Reason, Refused, refusal_of, response_to
from roomful.protocols.livekit.resume import synchronise
from roomful.protocols.livekit.simulate import simulate
from roomful.rooms.errors import RoomError
from roomful.rooms.subscriptions import SubscriptionPermission, TrackGrant

if TYPE_CHECKING:
    from roomful.protocols.livekit.session import Session

MAX_GRANTS = 10_000
"""Lines of one subscription permission."""


def handle(session: "Session", request: rtc.SignalRequest, now: float) -> None:
    """Do what the request says. Refusals are answered; unknown requests are ignored. Raises MediaError."""
    try:
        _handle(session, request, now)
    except RoomError as error:
        session.send(refusal_of(request, error))
    except Refused as error:
        session.send(response_to(request, error.reason, str(error)))
    except BadCandidate as error:
        session.send(response_to(request, Reason.UNCLASSIFIED_ERROR, str(error)))


def _handle(session: "Session", request: rtc.SignalRequest, now: float) -> None:
    match request.WhichOneof("message"):
        case "offer":
            session.peers.on_offer(request.offer, now)
        case "answer":
            session.peers.on_answer(request.answer, now)
        case "trickle":
            session.peers.on_trickle(request.trickle)
        case "add_track":
            session.publications.announce(request.add_track, now)
        case "mute":
            session.publications.mute(request.mute, now)
        case "subscription":
            update_subscription(session, request.subscription, now)
        case "track_setting":
            session.subscriptions.update_settings(request.track_setting, now)
        case "leave":
            session.leave(client_reason(request.leave.reason), now)
        case "subscription_permission":
            _permit(session, request.subscription_permission, now)
        case "sync_state":
            synchronise(session, request.sync_state, now)
        case "simulate":
            simulate(session, request.simulate, now)
        case "ping":
            session.send(rtc.SignalResponse(pong=_milliseconds(now)))
        case "ping_req":
            pong = rtc.Pong(last_ping_timestamp=request.ping_req.timestamp, timestamp=_milliseconds(now))
            session.send(rtc.SignalResponse(pong_resp=pong))
        case "update_metadata":
            _update_metadata(session, request, now)
        case "update_audio_track":
            session.publications.set_audio_features(request.update_audio_track, now)
        case "update_video_track":
            session.publications.set_video_size(request.update_video_track, now)
        case "publish_data_track_request":
            session.feed.data_tracks.publish(session, request.publish_data_track_request)
        case "unpublish_data_track_request":
            session.feed.data_tracks.unpublish(session, request.unpublish_data_track_request)
        case "update_data_subscription":
            session.feed.data_tracks.update(session, request.update_data_subscription)
        case "store_data_blob_request":
            session.feed.data_blobs.store(session, request.store_data_blob_request)
        case "get_data_blob_request":
            session.feed.data_blobs.get(session, request.get_data_blob_request)
        case _:
            pass


def update_subscription(session: "Session", update: rtc.UpdateSubscription, now: float) -> None:
    """Subscribe to tracks or turn them down."""
    sids = [*update.track_sids]
    for tracks in update.participant_tracks:
        sids += tracks.track_sids
    change = session.room.subscribe if update.subscribe else session.room.unsubscribe
    change(session.participant.sid, sids, now)


def _permit(session: "Session", request: rtc.SubscriptionPermission, now: float) -> None:
    grants = tuple(
        TrackGrant(
            participant_sid=permission.participant_sid,
            identity=permission.participant_identity,
            all_tracks=permission.all_tracks,
            track_sids=frozenset(permission.track_sids),
        )
        for permission in request.track_permissions[:MAX_GRANTS]
    )
    permission = SubscriptionPermission(all_participants=request.all_participants, grants=grants)
    session.room.set_subscription_permission(session.participant.sid, permission, now)


def _update_metadata(session: "Session", request: rtc.SignalRequest, now: float) -> None:
    """Change the participant's own name, metadata or attributes; empty text leaves as is."""
    update = request.update_metadata
    session.room.update_participant(
        session.participant.sid,
        now,
        name=update.name or None,
        metadata=update.metadata or None,
        attributes=dict(update.attributes) or None,
        by_itself=True,
    )
    if session.protocol >= TELLS_SUCCESS_SINCE:
        session.send(response_to(request, Reason.OK))


def _milliseconds(now: float) -> int:
    return int(now * 1000)
