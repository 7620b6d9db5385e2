"""Asking the client for an offer, in the single-peer-connection mode: only it can make one. specs/livekit.md §3.15."""

from collections.abc import Callable, Collection

from livekit.protocol import rtc

from roomful.media.api import Event
from roomful.protocols.livekit.alarm import Alarm
from roomful.protocols.livekit.links import Links
from roomful.protocols.livekit.negotiation import Negotiation


class SectionRequests:
    """Says how many media sections the client has to add, when what it receives has changed."""

    def __init__(self, links: Links, subscribed: Callable[[], Collection[str]]) -> None:
        """`subscribed` gives the sids of all tracks that the client should have a section for."""
        self._links = links
        self._subscribed = subscribed
        self._negotiation = Negotiation()
        self._alarm = Alarm(links.timers, self._on_time)
        self._missing = (0, 0)
        self._assigned: frozenset[str] = frozenset()
        """Tracks that had a section in the last answer."""
        self._asked_for: frozenset[str] | None = None
        """What was wrong with that answer when the client was last asked."""
        self._connected = False

    def connected(self, connected: bool) -> None:
        """The signal connection is there, or is gone. A client that resumes offers by itself."""
        self._connected = connected
        if not connected:
            self.stop()

    def on_needed(self, event: Event.NegotiationNeeded, now: float) -> None:
        """Subscriptions changed; so many sections of each kind are missing."""
        self._missing = (event.audio, event.video)
        self._asked_for = None
        self._need(now)

    def on_offer(self, now: float) -> None:
        """The client offers, asked or not: the answer will have the latest assignment."""
        self._negotiation.begin(now)
        self._alarm.set(self._negotiation.due())

    def on_answered(self, event: Event.Answered, now: float) -> None:
        """An answer was made. It may have left tracks without a section, or be older than the latest change."""
        self._assigned = frozenset(event.mid_to_track.values())
        self.stop()
        wrong = self._wrong()
        if wrong and wrong != self._asked_for:
            self._need(now)

    def stop(self) -> None:
        self._negotiation.cancel()
        self._alarm.set(None)

    def _need(self, now: float) -> None:
        if self._connected:
            self._negotiation.need(now)
            self._alarm.set(self._negotiation.due())

    def _wrong(self) -> frozenset[str]:
        """Tracks that should have a section and have none, or the other way round."""
        return self._assigned ^ frozenset(self._subscribed())

    def _on_time(self, now: float) -> None:
        if self._negotiation.is_overdue(now):
            # Not an error: a client may be busy with an offer of its own, or not care.
            self.stop()
        elif self._negotiation.begins(now):
            self._asked_for = self._wrong()
            audio, video = self._missing
            requirement = rtc.MediaSectionsRequirement(num_audios=audio, num_videos=video)
            self._links.send(rtc.SignalResponse(media_sections_requirement=requirement))
        self._alarm.set(self._negotiation.due())
