"""What participants exchange beside media: data, wishes for tracks, transcripts, loudness and connection quality."""

from collections.abc import Collection, Iterable, Mapping

from roomful.rooms.conversing import Conversing
from roomful.rooms.data import NONCE_LENGTH, Nonces, RecentData
from roomful.rooms.errors import RoomError, RoomErrorCode
from roomful.rooms.events import (
    DataReceived,
    ParticipantQuality,
    QualityChanged,
    SubscriptionPermissionChanged,
    SubscriptionsChanged,
    Transcribed,
    TranscribedSoFar,
    TranscriptionChanged,
)
from roomful.rooms.model import SERVER, DataKind, ParticipantState, Quality, TrackSource
from roomful.rooms.participant import Participant
from roomful.rooms.speakers import Speakers
from roomful.rooms.subscriptions import AllowList, SubscriptionPermission
from roomful.rooms.transcripts import Transcription, TranscriptSegment


class Exchange(Conversing):
    """The mutators of what passes through a room."""

    __slots__ = ()

    def send_data(
        self,
        sender: str,
        payload: bytes,
        now: float,
        *,
        kind: DataKind = DataKind.RELIABLE,
        topic: str = "",
        envelope: str = "",
        identities: Collection[str] = (),
        sids: Collection[str] = (),
        nonce: bytes = b"",
        attachment: object = None,
    ) -> DataReceived | None:
        """Pass bytes on: from a participant sid or SERVER, to some (`identities`, `sids`; unknown ones ignored) or all.

        The sender itself never gets them. Returns the event, or None if nothing was delivered: the sender may not send
        data, nobody addressed is here, or the nonce was used before. specs/livekit.md §1.3 SendData, §3.21.
        Raises NOT_FOUND (sender), INVALID_ARGUMENT (payload too long, nonce not 16 bytes).
        """
        self._require_open()
        author = None if sender == SERVER else self.participant(sender)
        if len(payload) > self.limits.data:
            raise RoomError(RoomErrorCode.INVALID_ARGUMENT, f"data size exceeds limits: max length {self.limits.data}")
        if nonce and len(nonce) != NONCE_LENGTH:
            raise RoomError(RoomErrorCode.INVALID_ARGUMENT, f"nonce must be {NONCE_LENGTH} bytes")
        if author is not None and not author.permission.can_publish_data:
            return None
        if nonce and self._is_repeat(nonce):
            return None
        recipients = self._recipients(author, identities, sids)
        if recipients is not None and not recipients:
            return None
        event = DataReceived(
            offset=self.log.last,
            at=now,
            sender=sender,
            identity=author.identity if author else "",
            sender_hidden=author is not None and author.hidden,
            kind=kind,
            topic=topic,
            payload=payload,
            envelope=envelope,
            destinations=tuple(identities),
            recipients=recipients,
            attachment=attachment,
        )
        if kind is DataKind.RELIABLE:
            if self._recent_data is None:
                self._recent_data = RecentData()
            self._recent_data.add(event)
        self._mention(event)
        self._commit(now)
        return event

    def recent_data(self, sid: str, now: float) -> list[DataReceived]:
        """Return the reliable messages of the last two seconds (since its join) that the participant should have got.

        For the moment its channel opens. Raises NOT_FOUND.
        """
        participant = self.participant(sid)
        return [] if self._recent_data is None else self._recent_data.addressed_to(sid, participant.joined_at, now)

    def subscribe(self, sid: str, track_sids: Iterable[str], now: float) -> None:
        """Ask for tracks. Unknown ones are waited for; after 60 s `SubscriptionExpired` gives up on them.

        Wishes outlast a missing permission. Raises NOT_FOUND (participant), RESOURCE_EXHAUSTED (too many wishes).
        """
        self._require_open()
        participant = self.participant(sid)
        wanted = tuple(dict.fromkeys(track for track in track_sids if track not in participant.tracks))
        if self.wishes.count(sid) + len(wanted) > self.limits.subscription_wishes:
            raise RoomError(RoomErrorCode.RESOURCE_EXHAUSTED, "too many subscriptions")
        for track in wanted:
            self.wishes.set(sid, track, True)
            if track not in self.tracks:
                self.wishes.await_track(sid, track, now)
        self._tell_subscriptions(sid, wanted, True, now)

    def unsubscribe(self, sid: str, track_sids: Iterable[str], now: float) -> None:
        """Turn tracks down; remembered as long as the track is there. Raises NOT_FOUND (participant)."""
        self._require_open()
        participant = self.participant(sid)
        unwanted = tuple(dict.fromkeys(track for track in track_sids if track not in participant.tracks))
        for track in unwanted:
            if track in self.tracks:
                self.wishes.set(sid, track, False)
            else:
                self.wishes.forget(sid, track)
        self._tell_subscriptions(sid, unwanted, False, now)

    def set_subscription_permission(self, publisher: str, permission: SubscriptionPermission, now: float) -> None:
        """Replace the publisher's allow list, for tracks to come too. Raises NOT_FOUND."""
        self._require_open()
        self.participant(publisher)
        if permission.all_participants:
            self.allow_lists.pop(publisher, None)
        else:
            self.allow_lists[publisher] = AllowList(permission.grants)
        self._record(SubscriptionPermissionChanged(offset=self.log.next, at=now, publisher=publisher))
        self._commit(now)

    def set_mixer(self, sid: str, now: float) -> bool:
        """Let everybody receive only what this participant publishes; empty: everybody's tracks again.

        It ends by itself when the participant leaves. Returns whether that is news. Raises NOT_FOUND.
        """
        self._require_open()
        if sid:
            self.participant(sid)
        if sid == self.mixer:
            return False
        self._change_mixer(sid, now)
        self._commit(now)
        return True

    def set_stand_in(self, publisher: str, stand_in: str, now: float) -> bool:
        """Let everybody hear another participant in the publisher's place; empty: the publisher itself again.

        It is like an announcement: nobody on hold hears it, though. It ends by itself when either leaves. Recorders
        get the publisher's own voice. Returns whether that is news. Raises NOT_FOUND.
        """
        self._require_open()
        self.participant(publisher)
        if stand_in:
            self.participant(stand_in)
        if self.stand_ins.get(publisher, "") == stand_in:
            return False
        self._change_stand_in(publisher, stand_in, now)
        self._commit(now)
        return True

    def set_transcription(self, transcription: Transcription, now: float) -> bool:
        """Say how the transcription is going. Returns whether that is news; what comes after the end is none."""
        if not self.is_open or transcription == self.transcription:
            return False
        self.transcription = transcription
        self._record(TranscriptionChanged(offset=self.log.next, at=now, transcription=transcription))
        self._commit(now)
        return True

    def add_transcript(self, segment: TranscriptSegment, now: float, *, final: bool = True) -> None:
        """Take what somebody said, or seems to be saying; the speaker need not be here any more.

        Texts take their time: those that come after the end of the room are ignored.
        """
        if not self.is_open:
            return
        if final:
            self._record(Transcribed(offset=self.log.next, at=now, segment=segment))
        else:
            self._mention(TranscribedSoFar(offset=self.log.last, at=now, segment=segment))
        self._commit(now)

    def set_speakers(self, levels: Iterable[tuple[str, float]], now: float) -> None:
        """Take smoothed linear levels 0…1 by track sid. Only unmuted microphones of visible participants count.

        A mix is nobody who speaks. Measurements that come too late, of what is gone by now, are ignored.
        """
        if not self.is_open:
            return
        if self._speakers is None:
            self._speakers = Speakers()
        for track_sid, level in levels:
            track = self.tracks.get(track_sid)
            if track is None or track.source is not TrackSource.MICROPHONE or not track.published:
                continue
            publisher = self.participants[track.publisher]
            silent = track.muted or publisher.hidden or publisher.announces or publisher.sid == self.mixer
            self._speakers.hear(track, 0.0 if silent else level)
        self._tell_speakers(now)
        self._commit(now)

    def speaking(self) -> Mapping[str, float]:
        """Return participant sid → level (0…1 in eighths) of those who speak now."""
        return {} if self._speakers is None else self._speakers.speaking()

    def set_quality(self, readings: Mapping[str, tuple[Quality, float]], now: float) -> None:
        """Take (class, score 1.0 … 4.5) by participant sid; told when somebody is new or changed class.

        Only ACTIVE participants count. Measurements that come too late, of who is gone by now, are ignored.
        """
        if not self.is_open:
            return
        before = self._qualities or {}
        after = {
            sid: ParticipantQuality(sid=sid, quality=quality, score=score)
            for sid, (quality, score) in readings.items()
            if sid in self.participants and self.participants[sid].state is ParticipantState.ACTIVE
        }
        self._qualities = {**before, **after}
        if any(sid not in before or before[sid].quality is not reading.quality for sid, reading in after.items()):
            self._mention(QualityChanged(offset=self.log.last, at=now, qualities=tuple(self._qualities.values())))
        self._commit(now)

    def quality(self, sid: str) -> ParticipantQuality | None:
        """Return the last reading of a participant."""
        return self._qualities.get(sid) if self._qualities else None

    def _is_repeat(self, nonce: bytes) -> bool:
        if self._nonces is None:
            self._nonces = Nonces()
        return self._nonces.is_repeat(nonce)

    def _recipients(
        self, author: Participant | None, identities: Collection[str], sids: Collection[str]
    ) -> frozenset[str] | None:
        if not identities and not sids:
            return None
        named = {self._identities[identity].sid for identity in identities if identity in self._identities}
        named.update(sid for sid in sids if sid in self.participants)
        if author is not None:
            named.discard(author.sid)
        return frozenset(named)

    def _tell_subscriptions(self, sid: str, tracks: tuple[str, ...], subscribed: bool, now: float) -> None:
        if tracks:
            self._mention(
                SubscriptionsChanged(offset=self.log.last, at=now, subscriber=sid, tracks=tracks, subscribed=subscribed)
            )
        self._commit(now)
