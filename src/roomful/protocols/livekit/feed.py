"""One room as its LiveKit participants are told about it: each event is translated once for all of them."""

import logging
import secrets
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from livekit.protocol import models, rtc

from roomful.media.api import Event, MediaError
from roomful.protocols.livekit import chat, encode, transcripts
from roomful.protocols.livekit.alarm import Alarm
from roomful.protocols.livekit.data import LABEL, RELIABLE, packet_bytes
from roomful.protocols.livekit.data_blobs import DataBlobs
from roomful.protocols.livekit.data_tracks import DataTracks
from roomful.protocols.livekit.demands import Demands
from roomful.protocols.livekit.frames import Frame
from roomful.protocols.livekit.links import Services
from roomful.protocols.livekit.quality import INTERVAL as QUALITY_INTERVAL
from roomful.protocols.livekit.room_messages import RoomNews
from roomful.protocols.livekit.roster import Roster
from roomful.protocols.livekit.vocabulary import CONNECTION_QUALITY, PROTOCOL_NAME
from roomful.rooms import events
from roomful.rooms.model import SERVER, Quality, UnpublishReason
from roomful.rooms.participant import Participant
from roomful.rooms.room import Room

if TYPE_CHECKING:
    from roomful.protocols.livekit.session import Session

LOST_SINCE = 11
"""First protocol version that knows connection quality LOST."""
_LAYER_FIELDS = frozenset({"layers", "width", "height", "simulcast"})

logger = logging.getLogger(__name__)


class Feed:
    """Observes one room and tells the sessions in it."""

    def __init__(self, services: Services, room: Room, on_closed: Callable[["Feed"], None]) -> None:
        """`on_closed` is called when the room has closed."""
        self.room = room
        self.services = services
        self.sif_trailer = secrets.token_urlsafe(33).encode()
        """Ends frames that the server itself would insert into an encrypted track: the same for the whole room."""
        self.roster = Roster(room, services.timers)
        self.data_tracks = DataTracks(room, self.roster, self.send_data)
        self.data_blobs = DataBlobs(room, enabled=services.settings.data_blobs)
        self.demands = Demands(services.timers, room, self._tell_publisher)
        self._sessions = self.roster.sessions
        self._news = RoomNews(room, services.dialogue, lambda peers, packet: self.send_data(peers, RELIABLE, packet))
        self._on_closed = on_closed
        self._quality_alarm = Alarm(services.timers, self._judge)
        self.candidates: dict[str, rtc.CandidateProtocol] = {}
        """Simulated: identity → which candidates its next connections use."""
        self._subscribed_once: set[str] = set()
        """Tracks whose publisher knows that somebody subscribed."""
        room.observers.add(self.on_event)

    def add(self, session: "Session", now: float) -> None:
        self._sessions[session.participant.sid] = session
        if not self._quality_alarm.is_set:
            self._quality_alarm.set(now + QUALITY_INTERVAL)

    def discard(self, session: "Session") -> None:
        self._sessions.pop(session.participant.sid, None)

    def room_update(self) -> rtc.SignalResponse:
        info = encode.room_info(self.room, self.services.settings.codecs)
        return rtc.SignalResponse(room_update=rtc.RoomUpdate(room=info))

    def on_subscribed(self, track_sid: str, subscriber: Participant) -> None:
        """A subscription is active: the publisher hears of its track's first one."""
        track = self.room.tracks.get(track_sid)
        if track is not None and not subscriber.hidden and track_sid not in self._subscribed_once:
            self._subscribed_once.add(track_sid)
            message = rtc.SignalResponse(track_subscribed=rtc.TrackSubscribed(track_sid=track_sid))
            self._tell_publisher(track.publisher, message)

    def tell_speaking(self, session: "Session", track_sid: str) -> None:
        """A subscription is active: who speaks steadily makes no news, so say it to the one who just came to listen."""
        track = self.room.tracks.get(track_sid)
        level = None if track is None else self.room.speaking().get(track.publisher)
        if track is not None and level is not None and session.hears_of(track.publisher):
            session.send(_speakers_changed([events.Speaker(sid=track.publisher, level=level, active=True)]))

    def tell_speakers(self, speakers: Iterable[events.Speaker]) -> None:
        """Everybody hears of the speakers it follows, and of itself."""
        frames: dict[tuple[str, ...], Frame] = {}
        for session in self._sessions.values():
            audible = [speaker for speaker in speakers if session.hears_of(speaker.sid)]
            key = tuple(speaker.sid for speaker in audible)
            if key and key not in frames:
                frames[key] = Frame(_speakers_changed(audible))
            if key:
                session.send_frame(frames[key])

    def replay_data(self, session: "Session", now: float) -> None:
        """Send what the participant missed in the moment before its channel opened, and what was written before."""
        known = self.tell_history(session)
        for event in self.room.recent_data(session.participant.sid, now):
            packet = packet_bytes(event)
            if packet is not None and not (known and chat.is_about(models.DataPacket.FromString(packet), known)):
                self.send_data([session.data_peer], RELIABLE, packet)

    def tell_history(self, session: "Session") -> frozenset[str]:
        """Send what was written in the room before, but not to agents: they would answer. Returns the messages' ids."""
        if session.participant.dependent:
            return frozenset()
        packets, known = chat.history(self.room, self.services.settings.chat_history)
        for packet in packets:
            self.send_data([session.data_peer], RELIABLE, packet)
        return known

    def on_media_event(self, event: Event, now: float) -> None:
        """What the engine says about the whole room."""
        if isinstance(event, Event.AudioLevels) and self.room.is_open:
            self.room.set_speakers(event.levels, now)

    def on_event(self, event: events.RoomEvent) -> None:
        """Translate one event of the room."""
        self._news.on_event(event, self._sessions.values())
        match event:
            case events.ParticipantActive() | events.ParticipantUpdated():
                self._on_participant(event)
            case events.ParticipantLeft():
                session = self._sessions.get(event.sid)
                if session is not None:
                    session.end(event.reason, event.at)
                self.demands.forget_subscriber(event.sid, event.at)
                self.data_tracks.left(event.sid)
                self.data_blobs.left(event.sid)
                self.roster.left(event)
            case events.TrackPublished() | events.TrackUpdated() | events.TrackMuted():
                self._on_track(event)
            case events.TrackUnpublished() | events.TrackWithdrawn():
                self._on_track_gone(event)
            case events.RoomUpdated():
                self.roster.broadcast(self.room_update())
            case events.SubscriptionPermissionChanged():
                self._consider_all_of(event.publisher, event.at)
            case events.MixerChanged():
                for session in list(self._sessions.values()):
                    session.subscriptions.consider_all(event.at)
            case events.SubscriptionsChanged() | events.SubscriptionExpired():
                self._on_subscriptions(event)
            case events.DataReceived():
                self._on_data(event)
            case events.ChatSent():
                self._on_chat(event)
            case events.Transcribed() | events.TranscribedSoFar():
                self._on_transcript(event)
            case events.SpeakersChanged():
                self.tell_speakers(event.speakers)
            case events.QualityChanged():
                self._on_quality(event)
            case events.RoomClosing():
                for session in list(self._sessions.values()):
                    session.end(event.reason, event.at)
            case events.RoomClosed():
                self._close()
            case _:
                pass

    def _on_participant(self, event: events.ParticipantActive | events.ParticipantUpdated) -> None:
        participant = self.room.participants.get(event.sid)
        if participant is None:
            return
        if isinstance(event, events.ParticipantActive):
            self.roster.active(participant, event.at)
            return
        self.roster.changed(participant)
        if "visibility" in event.changed:
            if participant.hidden:
                self.roster.vanished(participant)
            self._consider_all_of(participant.sid, event.at)
        session = self._sessions.get(event.sid)
        if session is not None:
            session.on_own_change(event.changed, event.at)

    def _on_track(self, event: events.TrackPublished | events.TrackUpdated | events.TrackMuted) -> None:
        publisher = self.room.participants.get(event.publisher)
        track = self.room.tracks.get(event.sid)
        if publisher is None or track is None:
            return
        session = self._sessions.get(event.publisher)
        if isinstance(event, events.TrackMuted) and session is not None:
            session.on_own_mute(event.sid, event.muted, by_server=event.by == SERVER)
        if track.published:
            self.roster.changed(publisher)
        if isinstance(event, events.TrackPublished):
            for subscriber in list(self._sessions.values()):
                subscriber.subscriptions.consider(track, event.at)
        elif isinstance(event, events.TrackUpdated) and not event.changed.isdisjoint(_LAYER_FIELDS):
            for subscriber in list(self._sessions.values()):
                subscriber.subscriptions.choose_again(event.sid, event.at)

    def _on_track_gone(self, event: events.TrackUnpublished | events.TrackWithdrawn) -> None:
        publisher = self.room.participants.get(event.publisher)
        if isinstance(event, events.TrackUnpublished):
            self.demands.forget(event.sid)
            self._subscribed_once.discard(event.sid)
            for subscriber in list(self._sessions.values()):
                subscriber.subscriptions.drop(event.sid, event.at)
            # Those who leave take their tracks along: one message says both.
            if publisher is not None and event.reason is not UnpublishReason.PUBLISHER_LEFT:
                self.roster.changed(publisher)
        session = self._sessions.get(event.publisher)
        if session is not None:
            session.on_own_track_gone(event.sid, event.reason, event.at)

    def _on_subscriptions(self, event: events.SubscriptionsChanged | events.SubscriptionExpired) -> None:
        session = self._sessions.get(event.subscriber)
        if session is None:
            if isinstance(event, events.SubscriptionsChanged):
                self.demands.want_whole(event.tracks, event.subscriber, event.subscribed, event.at)
            return
        if isinstance(event, events.SubscriptionExpired):
            response = rtc.SubscriptionResponse(track_sid=event.track, err="SE_TRACK_NOTFOUND")
            session.send(rtc.SignalResponse(subscription_response=response))
            return
        for sid in event.tracks:
            track = self.room.tracks.get(sid)
            if track is not None:
                session.subscriptions.consider(track, event.at)

    def _consider_all_of(self, publisher_sid: str, now: float) -> None:
        """Subscriptions to this publisher's tracks may have to change."""
        publisher = self.room.participants.get(publisher_sid)
        for track in list(publisher.tracks.values()) if publisher is not None else ():
            for session in list(self._sessions.values()):
                session.subscriptions.consider(track, now)

    def _on_data(self, event: events.DataReceived) -> None:
        label = LABEL[event.kind]
        peers = [
            session.data_peer
            for sid, session in self._sessions.items()
            if label in session.channels and event.is_for(sid)
        ]
        packet = packet_bytes(event) if peers else None
        if packet is not None:
            self.send_data(peers, label, packet)

    def _on_chat(self, event: events.ChatSent) -> None:
        """What a LiveKit client wrote has gone to the others as the packets that it came in."""
        message = event.message
        if event.carried_by == PROTOCOL_NAME:
            return
        peers = [
            session.data_peer
            for sid, session in self._sessions.items()
            if RELIABLE in session.channels and (event.recipients is None or sid in event.recipients)
        ]
        if peers:
            for packet in chat.packets(message, self.room.participants.get(message.sender)):
                self.send_data(peers, RELIABLE, packet)

    def _on_transcript(self, event: events.Transcribed | events.TranscribedSoFar) -> None:
        """Told to the speaker too: it is the server that says it."""
        segment = event.segment
        peers = [
            session.data_peer
            for sid, session in self._sessions.items()
            if RELIABLE in session.channels and segment.is_for(sid)
        ]
        if peers:
            for packet in transcripts.packets(segment, final=isinstance(event, events.Transcribed), at=event.at):
                self.send_data(peers, RELIABLE, packet)

    def send_data(self, peers: list[int], label: str, packet: bytes) -> None:
        try:
            self.services.media.send_data(peers, label, packet)
        except MediaError as error:
            logger.warning("data is lost in room %s: %s", self.room.sid, error)

    def _on_quality(self, event: events.QualityChanged) -> None:
        for session in self._sessions.values():
            updates = [
                rtc.ConnectionQualityInfo(
                    participant_sid=reading.sid,
                    quality=CONNECTION_QUALITY[_known_quality(reading.quality, session.protocol)],
                    score=reading.score,
                )
                for reading in event.qualities
                if session.hears_of(reading.sid)
            ]
            if updates:
                session.send(rtc.SignalResponse(connection_quality=rtc.ConnectionQualityUpdate(updates=updates)))

    def _judge(self, now: float) -> None:
        if self._sessions and self.room.is_open:
            self._quality_alarm.set(now + QUALITY_INTERVAL)
            self.room.set_quality({sid: session.judge() for sid, session in self._sessions.items()}, now)

    def _tell_publisher(self, publisher_sid: str, message: rtc.SignalResponse) -> None:
        session = self._sessions.get(publisher_sid)
        if session is not None:
            session.send(message)

    def _close(self) -> None:
        self.room.observers.discard(self.on_event)
        self._quality_alarm.set(None)
        self.roster.close()
        self.demands.close()
        self._on_closed(self)


def _speakers_changed(speakers: Iterable[events.Speaker]) -> rtc.SignalResponse:
    infos = [models.SpeakerInfo(sid=speaker.sid, level=speaker.level, active=speaker.active) for speaker in speakers]
    return rtc.SignalResponse(speakers_changed=rtc.SpeakersChanged(speakers=infos))


def _known_quality(quality: Quality, protocol: int) -> Quality:
    return Quality.POOR if quality is Quality.LOST and protocol < LOST_SINCE else quality
