"""Coming back: a new signal connection for a participant whose media is still there. specs/livekit.md §3.29."""

from typing import TYPE_CHECKING

from livekit.protocol import models, rtc

from roomful.protocols.livekit import encode, join
from roomful.protocols.livekit.roster import updates
from roomful.rooms.events import ParticipantLeft

if TYPE_CHECKING:
    from roomful.protocols.livekit.session import Session

TOLD_OF_DEPARTURES_SINCE = 9
"""First protocol version whose clients expect to hear of those who left meanwhile."""
RECONNECT_RESPONSE_BUG = (models.ClientInfo.SDK.JS, (1, 6, 3))
"""JS clients before this version stumble over the `reconnect` message."""


class Away:
    """What a participant misses while its signal connection is gone, and how it is told."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._heard_at = session.room.log.last
        """The room's last fact when the client was heard last: what came after it may not have reached it."""
        self.hang_up_after_next = False
        """Simulated: close the next resume right after its messages."""
        self._refusals = 0
        self._refuses_until = 0.0

    def on_request(self) -> None:
        """The client is there and reads."""
        self._heard_at = self._session.room.log.last

    def refuse_next(self, now: float) -> None:
        """Simulated: close the next three resumes within 5 s before any message."""
        self._refusals, self._refuses_until = 3, now + 5.0

    def refuses(self, now: float) -> bool:
        """Say whether this resume is one of those."""
        if self._refusals and now < self._refuses_until:
            self._refusals -= 1
            return True
        return False

    def come_back(self, now: float) -> None:
        """Send everything a client needs that resumes; if the log does not reach back that far it has to join anew."""
        session = self._session
        if not session.room.log.covers(self._heard_at):
            session.fail(now)
            return
        if not _stumbles(session.client):
            session.send(join.reconnect_response(session.client, session.services.settings, session.data.last_sequence))
        departed = self._departed() if session.protocol >= TOLD_OF_DEPARTURES_SINCE else []
        own = session.feed.roster.info(session.participant, session.participant.sid)
        everybody = [own, *session.feed.roster.others(session.participant)]
        for message in (*updates(departed), *updates(everybody)):
            session.send(message)
        session.send(session.feed.room_update())
        session.send_token(now)
        session.feed.demands.repeat(session.participant.sid)
        session.feed.data_tracks.repeat(session)
        session.peers.restart_ice(now)
        if self.hang_up_after_next:
            self.hang_up_after_next = False
            session.hang_up()

    def _departed(self) -> list[models.ParticipantInfo]:
        here = self._session.room.participants
        return [
            encode.departed_info(event.participant, event.reason)
            for event in self._session.room.log.since(self._heard_at)
            if isinstance(event, ParticipantLeft) and not event.participant.permission.hidden and event.sid not in here
        ]


def synchronise(session: "Session", state: rtc.SyncState, now: float) -> None:
    """Compare what the client believes with what is. Tracks it published and we do not know: it has to join anew."""
    data_tracks = session.feed.data_tracks
    if any(published.track.sid not in session.participant.tracks for published in state.publish_tracks) or (
        not data_tracks.knows(session, (published.info for published in state.publish_data_tracks))
    ):
        session.fail(now)
        return
    if state.HasField("data_subscription"):
        data_tracks.update(session, state.data_subscription)
    session.subscriptions.disable(state.track_sids_disabled, now)
    sids = [*state.subscription.track_sids]
    for tracks in state.subscription.participant_tracks:
        sids += tracks.track_sids
    change = session.room.subscribe if state.subscription.subscribe else session.room.unsubscribe
    known = [sid for sid in sids if sid in session.room.tracks]
    change(session.participant.sid, known, now)


def _stumbles(client: models.ClientInfo) -> bool:
    sdk, fixed = RECONNECT_RESPONSE_BUG
    numbers = client.version.split(".")[:3]
    if client.sdk != sdk or not all(number.isdecimal() and len(number) < 6 for number in numbers):
        return False
    return tuple(int(number) for number in numbers) < fixed
