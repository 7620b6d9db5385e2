"""One participant that speaks LiveKit, from its join to its departure, over any number of signal connections.

No I/O and no clock: requests, events and the time come in by calls, messages go out to the `Connection`.
specs/livekit.md §3.
"""

import logging
from collections.abc import Callable

import msgspec
from livekit.protocol import models, rtc

from roomful.auth.grants import Grant
from roomful.media.api import Event, MediaError
from roomful.protocols.livekit import join, refresh
from roomful.protocols.livekit.alarm import Alarm
from roomful.protocols.livekit.careful_media import CarefulMedia
from roomful.protocols.livekit.codes import Action, CloseCode, leave_message
from roomful.protocols.livekit.connect import ConnectRequest
from roomful.protocols.livekit.data import DATA_TRACK, RELIABLE
from roomful.protocols.livekit.fallback import SIGNAL_HEALTHY
from roomful.protocols.livekit.feed import Feed
from roomful.protocols.livekit.frames import Frame
from roomful.protocols.livekit.layers import Choice
from roomful.protocols.livekit.links import Connection, Links, Services
from roomful.protocols.livekit.liveness import Liveness, Verdict
from roomful.protocols.livekit.peers import PeerConnections
from roomful.protocols.livekit.publishing import Publications
from roomful.protocols.livekit.quality import Meter
from roomful.protocols.livekit.requests import handle
from roomful.protocols.livekit.resume import Away
from roomful.protocols.livekit.room_messages import RoomMessages
from roomful.protocols.livekit.sending import DataSender
from roomful.protocols.livekit.subscribing import Subscriptions
from roomful.rooms.errors import RoomError
from roomful.rooms.model import LeaveReason, Quality, TrackKind, UnpublishReason
from roomful.rooms.participant import Participant

logger = logging.getLogger(__name__)


class Session:
    """See the module. `end` is the one way out; the room's `ParticipantLeft` calls it, whoever caused that."""

    def __init__(
        self,
        services: Services,
        feed: Feed,
        participant: Participant,
        connect: ConnectRequest,
        grant: Grant,
        clock: Callable[[], float],
        on_end: Callable[["Session"], None],
    ) -> None:
        """`clock` dates the engine's events. `on_end` is called once, when the session has ended."""
        self.services = services
        self.feed = feed
        self.room = feed.room
        self.participant = participant
        self.single = connect.single
        self.client = connect.client
        self.grant = grant
        self.connection: Connection | None = None
        self.channels: set[str] = set()
        """Labels of the open data channels that data goes down on."""
        self.subscribes_to_data = connect.auto_subscribe_data_tracks
        """It gets every data track without asking."""
        self.ended = False
        self._heard_at = 0.0
        """When the client last said something."""
        self._up_at: float | None = None
        """When its media last came up."""
        self._clock = clock
        self._on_end = on_end
        media = CarefulMedia(services.media, self._on_trouble)
        only = feed.fallback.of(participant.identity)
        links = Links(self.room, participant, media, services.timers, self.send, only)
        self.links = links
        self.publications = Publications(links, services.settings.codecs)
        self.subscriptions = Subscriptions(links, adaptive_stream=connect.adaptive_stream, on_choice=self._on_choice)
        self._subscriber_primary = join.subscriber_is_primary(
            connect.client, participant.permission, single=connect.single
        )
        self.peers = PeerConnections(
            links,
            single=connect.single,
            subscriber_primary=self._subscriber_primary,
            full_ice=connect.full_ice,
            allow_pause=services.settings.allow_pause if connect.allow_pause is None else connect.allow_pause,
            handler=self._on_media_event,
            pending=self.publications.pending,
            subscribed=lambda: list(self.subscriptions.tracks),
            fail=self.fail,
        )
        self.away = Away(self)
        self.messages = self._room_messages()
        self.data = DataSender(links, self.messages, services.calls, services.report)
        self._liveness = Liveness(self.peers.primary)
        self._liveness_alarm = Alarm(services.timers, self._on_liveness_due)
        self._token_alarm = Alarm(services.timers, self.send_token)
        self._meter = Meter()
        self._farewell: Action | None = None

    @property
    def protocol(self) -> int:
        """Protocol version of the client."""
        return self.client.protocol

    @property
    def data_peer(self) -> int:
        return self.peers.primary

    @property
    def can_resume(self) -> bool:
        return not self.ended and self._liveness.can_resume

    @property
    def hears_reliably(self) -> bool:
        """The data channel is open that loses nothing."""
        return RELIABLE in self.channels and not self.ended

    def hears_of(self, participant_sid: str) -> bool:
        """Say whether this client is told how a participant speaks and is connected: those it follows, and itself.

        In a mix it follows all.
        """
        if participant_sid == self.participant.sid:
            return True
        other = self.room.participants.get(participant_sid)
        if other is None or other.hidden:
            return False
        return bool(self.room.mixer) or self.subscriptions.follows(participant_sid)

    def send(self, message: rtc.SignalResponse) -> None:
        """Send to the client, if it is connected; a resume makes up for what is missed."""
        self.send_frame(Frame(message))

    def send_frame(self, frame: Frame) -> None:
        if self.connection is not None:
            self.connection.send(frame)

    def _room_messages(self) -> RoomMessages:
        return RoomMessages(self.links, self.services.dialogue, self.send_packet, lambda: self.hears_reliably)

    def send_packet(self, packet: bytes) -> None:
        """Send a data packet that is for this client alone, if it hears it."""
        if self.hears_reliably:
            self.feed.send_data([self.data_peer], RELIABLE, packet)

    # Coming

    def start(self, connection: Connection, connect: ConnectRequest, now: float) -> None:
        """The first connection: tell the client everything, and begin with what it brought along."""
        self.connection = connection
        self.peers.connected(True)
        self.send(
            join.join_response(
                self.feed,
                self.participant,
                self.client,
                subscriber_primary=self._subscriber_primary,
                now=now,
                only=self.links.only,
            )
        )
        self.room.confirm_join(self.participant.sid)
        if self.single:
            self.subscriptions.start(self.peers.open_subscriber(now), now)
        self.send_token(now)
        if self._subscriber_primary:
            self.peers.open_subscriber(now)
        for request in connect.add_tracks:
            self.publications.announce(request, now)
        if connect.offer is not None:
            self.peers.on_offer(connect.offer, now)

    def receive(self, request: rtc.SignalRequest, now: float) -> None:
        """Do what the client asks. Never raises for what a client sends."""
        if not self.ended:
            self._heard_at = now
            self.away.on_request()
            handle(self, request, now)

    def take_over(self, connection: Connection, client: models.ClientInfo, grant: Grant, now: float) -> None:
        """A new connection resumes the session; an old one that is still open is closed. specs/livekit.md §3.29."""
        if self.away.refuses(now):
            connection.close(CloseCode.NORMAL)
            return
        previous, self.connection = self.connection, connection
        if previous is not None:
            previous.close(CloseCode.NORMAL)
        self.client = client
        self.grant = grant
        self.peers.connected(True)
        self.room.note_connection(self.participant.sid, connected=True)
        self._liveness.on_resumed(now)
        self._rearm_liveness()
        self.away.come_back(now)

    def send_token(self, now: float) -> None:
        """Give the client a fresh token; another follows in a while."""
        self.hand_token(refresh.refreshed(self.grant, self.participant), now)

    def hand_token(self, grant: Grant, now: float) -> None:
        """Give the client a token with this grant, and another in a while."""
        self.send(rtc.SignalResponse(refresh_token=self.token_for(grant, now)))
        self._token_alarm.set(now + refresh.INTERVAL)

    def grant_for(self, room: str) -> Grant:
        """What it may do now, for another room."""
        grant = refresh.refreshed(self.grant, self.participant)
        video = msgspec.structs.replace(grant.video, room=room, room_join=True)
        return msgspec.structs.replace(grant, video=video, room_config=None, room_preset="")

    # To another room

    def leave_room(self, now: float) -> None:
        """The participant is going to be in another room: nothing of this one is for it any more."""
        self.subscriptions.leave_room(now)
        self.feed.discard(self)

    def enter_room(self, feed: Feed, participant: Participant, grant: Grant) -> None:
        """Go on as a participant of another room, with the same connections."""
        self.services.calls.moved(self.participant.sid, participant.sid)
        self.feed, self.room, self.participant, self.grant = feed, feed.room, participant, grant
        self.links.room, self.links.participant = feed.room, participant
        self.away = Away(self)
        self.messages = self._room_messages()
        self.data.enter_room(self.messages)
        self.peers.move()

    def token_for(self, grant: Grant, now: float) -> str:
        """A fresh token with this grant."""
        return self.services.mint(grant, refresh.lifetime(self.grant, now), now)

    # Going

    def on_signal_lost(self, connection: Connection, now: float) -> None:
        """A signal connection has ended without a good-bye. That is no departure while media flows."""
        if connection is not self.connection:
            return
        self.connection = None
        self.peers.connected(False)
        self.room.note_connection(self.participant.sid, connected=False)
        self._act(self._liveness.on_signal_lost(), now)

    def leave(self, reason: LeaveReason, now: float, action: Action | None = None) -> None:
        """Take the participant out of the room. `action`: what its client is told to do, instead of what is usual."""
        self._farewell = action
        self.room.leave(self.participant.sid, reason, now)

    def fail(self, now: float) -> None:
        """Client and server no longer agree: the client has to join anew."""
        self.leave(LeaveReason.STATE_MISMATCH, now)

    def drop(self, now: float) -> None:
        """Lose the participant without a word, as a crashing node would."""
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.close(CloseCode.NORMAL)
        self.leave(LeaveReason.STATE_MISMATCH, now)

    def end(self, reason: LeaveReason, now: float) -> None:
        """The participant has left, or the room closes: say good-bye and let go of everything."""
        if self.ended:
            return
        self.ended = True
        self.hang_up(leave_message(reason, self.protocol, self._farewell))
        self.feed.discard(self)
        for alarm in (self._token_alarm, self._liveness_alarm):
            alarm.set(None)
        self.subscriptions.stop(now)
        self.services.calls.left(self.participant.sid)
        self.peers.close()
        self._on_end(self)

    def hang_up(self, message: rtc.SignalResponse | None = None) -> None:
        """Close the signal connection, after a last message."""
        connection, self.connection = self.connection, None
        self.peers.connected(False)
        if connection is not None:
            if message is not None:
                connection.send(Frame(message))
            connection.close(CloseCode.NORMAL)

    # What the room says about this participant

    def on_own_change(self, changed: frozenset[str], now: float) -> None:
        """Its name, metadata, attributes or permission changed."""
        if "permission" in changed:
            if not self.participant.permission.can_publish_data:
                self.feed.data_tracks.lose(self)
            if self.subscriptions.started:
                self.subscriptions.consider_all(now)
            elif self._liveness.was_active:
                self._start_subscribing(now)
        self.send_token(now)

    def on_own_mute(self, track_sid: str, muted: bool, *, by_server: bool) -> None:
        """One of its tracks was muted or unmuted."""
        self.links.media.set_track_muted(track_sid, muted)
        if by_server:
            self.send(rtc.SignalResponse(mute=rtc.MuteTrackRequest(sid=track_sid, muted=muted)))

    def on_own_track_gone(self, track_sid: str, reason: UnpublishReason, now: float) -> None:
        """One of its tracks is no longer published."""
        if self.ended or reason is UnpublishReason.PUBLISHER_LEFT:
            return
        self.links.media.unpublish(track_sid)
        if reason is not UnpublishReason.BY_PUBLISHER:
            unpublished = rtc.TrackUnpublishedResponse(track_sid=track_sid)
            self.send(rtc.SignalResponse(track_unpublished=unpublished))
        self.publications.on_gone(now)

    # What the engine says

    def _on_media_event(self, event: Event) -> None:
        if not self.ended:
            now = self._clock()
            try:
                self.on_media_event(event, now)
            except RoomError as error:
                logger.debug("%s of %s: %s", type(event).__name__, self.participant.sid, error)

    def on_media_event(self, event: Event, now: float) -> None:
        match event:
            case Event.Data() if event.label == DATA_TRACK:
                self.feed.data_tracks.forward(self, event.data)
            case Event.Data():
                self.data.on_message(event, now)
            case Event.PeerState():
                self._on_peer_state(event, now)
            case Event.TrackBound():
                self.publications.on_bound(event, now)
            case Event.TrackUnbound():
                self.publications.on_unbound(event, now)
            case Event.TrackLayers():
                self.publications.on_layers(event, now)
            case Event.SubscriptionActive():
                self.feed.on_subscribed(event.track, self.participant)
                self.feed.tell_speaking(self, event.track)
            case Event.SubscriptionFailed():
                self.subscriptions.refuse(event.track, event.reason, now)
            case Event.StreamState():
                self._tell_stream_state(event)
            case Event.ChannelOpen():
                self._on_channel_open(event, now)
            case Event.PeerStats():
                self._meter.measure(event, self._judged_tracks(), self.subscriptions.expected_layers())
            case _:
                self.peers.on_event(event, now)

    def _tell_stream_state(self, event: Event.StreamState) -> None:
        """A video stands still or moves again, for want of bandwidth."""
        track = self.room.tracks.get(event.track)
        if track is None:
            return
        info = rtc.StreamStateInfo(
            participant_sid=track.publisher,
            track_sid=track.sid,
            state=rtc.StreamState.PAUSED if event.paused else rtc.StreamState.ACTIVE,
        )
        self.send(rtc.SignalResponse(stream_state_update=rtc.StreamStateUpdate(stream_states=[info])))

    def judge(self) -> tuple[Quality, float]:
        """How well the participant is connected, now."""
        return self._meter.judge(silent=self._liveness.is_silent)

    def _on_channel_open(self, event: Event.ChannelOpen, now: float) -> None:
        if event.peer == self.data_peer:
            self.channels.add(event.label)
            if event.label == RELIABLE:
                self.feed.replay_data(self, now)
                self.messages.on_heard()
            elif event.label == DATA_TRACK:
                self.feed.data_tracks.begin(self)

    def _on_peer_state(self, event: Event.PeerState, now: float) -> None:
        if event.state == "connected":
            self._up_at = now
            self._act(self._liveness.on_peer_up(event.peer), now)
        elif event.state == "disconnected":
            self._liveness.on_peer_silent(event.peer, now)
        else:
            self.peers.forget(event.peer)
            self._act(self._liveness.on_peer_gone(event.peer, now), now)
        if not self.ended:
            connected = self.connection is not None and not self._liveness.is_silent
            self.room.note_connection(self.participant.sid, connected=connected)
        self._rearm_liveness()

    def _on_liveness_due(self, now: float) -> None:
        self._act(self._liveness.on_time(now), now)
        self._rearm_liveness()

    def _rearm_liveness(self) -> None:
        if not self.ended:
            self._liveness_alarm.set(self._liveness.due)

    def _act(self, verdict: Verdict | None, now: float) -> None:
        match verdict:
            case Verdict.ACTIVATE:
                self.room.activate(self.participant.sid, now)
                self._start_subscribing(now)
            case Verdict.ASK_TO_RESUME:
                self._fall_back(now)
                self.hang_up(leave_message(LeaveReason.CONNECTION_TIMEOUT, self.protocol))
            case Verdict.REMOVE_UNSEEN:
                self._fall_back(now)
                self.leave(LeaveReason.SIGNAL_CLOSE, now)
            case Verdict.REMOVE_LOST:
                self.leave(LeaveReason.CONNECTION_TIMEOUT, now, Action.RECONNECT)
            case None:
                pass

    def _fall_back(self, now: float) -> None:
        """Media failed: use another way from now on, unless the client cannot be heard at all."""
        if self.connection is not None and now - self._heard_at <= SIGNAL_HEALTHY:
            lived = now - (self._up_at or now)
            self.links.only = self.feed.fallback.on_failure(self.participant.identity, lived, now)

    def _start_subscribing(self, now: float) -> None:
        """In the mode with two peer connections: when media is up, or when the participant may subscribe at last."""
        if not self.subscriptions.started and self.participant.permission.can_subscribe:
            self.subscriptions.start(self.peers.open_subscriber(now), now)

    def _on_choice(self, track_sid: str, choice: Choice | None, now: float) -> None:
        self.feed.demands.set(track_sid, self.participant.sid, choice, now)

    def _judged_tracks(self) -> dict[str, bool]:
        """Tracks that should have media, its own and subscribed ones, and whether they are video."""
        tracks = self.room.tracks
        sids = [*self.participant.tracks, *self.subscriptions.enabled_tracks()]
        return {
            sid: track.kind is TrackKind.VIDEO
            for sid in sids
            if (track := tracks.get(sid)) is not None and not track.muted
        }

    def _on_trouble(self, error: MediaError) -> None:
        """The engine did not take a command: nobody knows any more what the client has. Not in the middle of it all."""
        if not self.ended:
            logger.warning("participant %s has to join anew: %s", self.participant.sid, error)
            self.services.timers.at(0.0, self.fail)
