"""What one participant receives: the room's wishes, the engine's commands. specs/livekit.md §3.18 to §3.20."""

from collections import Counter
from collections.abc import Callable, Iterable

from livekit.protocol import rtc

from roomful.protocols.livekit.alarm import Alarm
from roomful.protocols.livekit.layers import Choice, Wish, choose
from roomful.protocols.livekit.links import Links
from roomful.protocols.livekit.vocabulary import VIDEO_QUALITY
from roomful.rooms.model import TrackKind, VideoQuality
from roomful.rooms.subscriptions import desires, permitted
from roomful.rooms.tracks import Track

SETTINGS_DEBOUNCE = 0.100
"""Seconds that track settings wait for the next ones, as while a window is resized."""
MAX_WISHES = 4096
"""Track settings remembered for tracks, subscribed or not; more are ignored."""


class Subscriptions:
    """Keeps the engine's subscriptions of one peer as the room desires them."""

    def __init__(
        self, links: Links, *, adaptive_stream: bool, on_choice: Callable[[str, Choice | None, float], None]
    ) -> None:
        """`on_choice` hears what is wanted of each subscribed track; None when it no longer is."""
        self._links = links
        self._default = Wish(quality=VideoQuality.LOW if adaptive_stream else VideoQuality.HIGH)
        self._on_choice = on_choice
        self._peer: int | None = None
        self._subscribed: dict[str, str] = {}
        """Track sid → publisher sid."""
        self._publishers: Counter[str] = Counter()
        self._choices: dict[str, Choice] = {}
        self._refused: set[str] = set()
        """Tracks the client cannot receive; not tried again."""
        self._told: dict[str, bool] = {}
        """Track sid → whether the client was last told that it may subscribe."""
        self._wishes: dict[str, Wish] = {}
        self._unapplied: set[str] = set()
        self._settings_alarm = Alarm(links.timers, self._apply_settings)

    @property
    def tracks(self) -> Iterable[str]:
        """Sids of the subscribed tracks."""
        return self._subscribed.keys()

    @property
    def started(self) -> bool:
        return self._peer is not None

    def follows(self, participant_sid: str) -> bool:
        """Say whether any track of the participant is subscribed."""
        return self._publishers[participant_sid] > 0 if self._publishers else False

    def enabled_tracks(self) -> list[str]:
        """Sids of the tracks that are not held."""
        return [sid for sid, choice in self._choices.items() if choice.enabled]

    def expected_layers(self) -> dict[str, int]:
        """For each video that is not held, the index of the layer the client should get: the best one that is sent."""
        expected: dict[str, int] = {}
        for sid in self.enabled_tracks():
            track = self._links.room.tracks.get(sid)
            if track is not None and track.kind is TrackKind.VIDEO:
                highest = max((layer.spatial for layer in track.layers if layer.ssrc), default=0)
                expected[sid] = min(self._choices[sid].max_spatial, highest)
        return expected

    def start(self, peer: int, now: float) -> None:
        """Subscribe on this peer, to what is there and what comes."""
        self._peer = peer
        self.consider_all(now)

    def stop(self, now: float) -> None:
        """The participant is leaving; the engine forgets its peer's subscriptions with the peer."""
        self._peer = None
        self._settings_alarm.set(None)
        for track in list(self._subscribed):
            self._forget(track, now)

    def leave_room(self, now: float) -> None:
        """The participant goes to another room, and its peer with it: give up everything that is here."""
        if self._peer is not None:
            for track in self._subscribed:
                self._links.media.unsubscribe(self._peer, track)
        self.stop(now)
        self._told.clear()
        self._wishes.clear()
        self._refused.clear()

    def consider_all(self, now: float) -> None:
        for track in list(self._links.room.tracks.values()):
            self.consider(track, now)

    def consider(self, track: Track, now: float) -> None:
        """Subscribe or unsubscribe as the room wants it now."""
        room, participant = self._links.room, self._links.participant
        if self._peer is None or track.publisher == participant.sid or not track.published:
            return
        if not track.is_for(participant.sid):
            return
        wanted = desires(room, participant, track)
        self._tell_permission(track, permitted(room, participant, track), wanted)
        if wanted and track.sid not in self._subscribed and track.sid not in self._refused:
            self._subscribe(self._peer, track, now)
        elif not wanted:
            self._refused.discard(track.sid)
            if track.sid in self._subscribed:
                self._links.media.unsubscribe(self._peer, track.sid)
                self._forget(track.sid, now)

    def drop(self, track_sid: str, now: float) -> None:
        """The track is gone, and the engine knows."""
        self._forget(track_sid, now)
        self._told.pop(track_sid, None)
        self._wishes.pop(track_sid, None)
        self._refused.discard(track_sid)

    def refuse(self, track_sid: str, reason: str, now: float) -> None:
        """The engine could not subscribe: `codec`, `track` or `unknown`."""
        if track_sid not in self._subscribed:
            return
        self._forget(track_sid, now)
        if reason == "track":
            return  # it has just been unpublished, and that is told in its own way
        self._refused.add(track_sid)
        error = "SE_CODEC_UNSUPPORTED" if reason == "codec" else "SE_UNKNOWN"
        self._links.send(
            rtc.SignalResponse(subscription_response=rtc.SubscriptionResponse(track_sid=track_sid, err=error))
        )

    def update_settings(self, settings: rtc.UpdateTrackSettings, now: float) -> None:
        """Remember how the client wants to see some tracks, and do so soon; at once if it was not seen before."""
        wish = Wish(
            disabled=settings.disabled,
            quality=VIDEO_QUALITY.get(settings.quality, VideoQuality.HIGH),
            width=settings.width,
            height=settings.height,
        )
        for sid in settings.track_sids:
            if sid not in self._wishes and len(self._wishes) >= MAX_WISHES:
                continue
            self._wishes[sid] = wish
            choice = self._choices.get(sid)
            if choice is None:
                continue
            if not choice.enabled and not wish.disabled:
                self._apply(sid, now)
            else:
                self._unapplied.add(sid)
        if self._unapplied and not self._settings_alarm.is_set:
            self._settings_alarm.set(now + SETTINGS_DEBOUNCE)

    def disable(self, track_sids: Iterable[str], now: float) -> None:
        """Hold tracks that the client says it had disabled before it reconnected."""
        self.update_settings(rtc.UpdateTrackSettings(track_sids=track_sids, disabled=True), now)

    def choose_again(self, track_sid: str, now: float) -> None:
        """The track has other layers now."""
        if track_sid in self._subscribed:
            self._apply(track_sid, now)

    def _subscribe(self, peer: int, track: Track, now: float) -> None:
        self._subscribed[track.sid] = track.publisher
        self._publishers[track.publisher] += 1
        self._links.media.subscribe(peer, track.sid, f"{track.publisher}|{track.sid}")
        self._apply(track.sid, now)

    def _forget(self, track_sid: str, now: float) -> None:
        publisher = self._subscribed.pop(track_sid, None)
        if publisher is None:
            return
        self._publishers[publisher] -= 1
        if not self._publishers[publisher]:
            del self._publishers[publisher]
        self._unapplied.discard(track_sid)
        if self._choices.pop(track_sid, None) is not None:
            self._on_choice(track_sid, None, now)

    def _apply_settings(self, now: float) -> None:
        for sid in list(self._unapplied):
            self._apply(sid, now)

    def _apply(self, track_sid: str, now: float) -> None:
        self._unapplied.discard(track_sid)
        track = self._links.room.tracks.get(track_sid)
        if track is None or self._peer is None:
            return
        choice = choose(track, self._wishes.get(track_sid, self._default))
        before = self._choices.get(track_sid)
        if choice == before:
            return
        self._choices[track_sid] = choice
        self._links.media.set_subscription(
            self._peer, track_sid, enabled=choice.enabled, max_spatial=choice.max_spatial
        )
        if track.kind is TrackKind.VIDEO:
            self._on_choice(track_sid, choice, now)

    def _tell_permission(self, track: Track, allowed: bool, wanted: bool) -> None:
        told = self._told.get(track.sid)
        if told is allowed or (allowed and not wanted):
            return
        self._told[track.sid] = allowed
        self._links.send(
            rtc.SignalResponse(
                subscription_permission_update=rtc.SubscriptionPermissionUpdate(
                    participant_sid=track.publisher, track_sid=track.sid, allowed=allowed
                )
            )
        )
