"""Telling publishers which layers anybody looks at, so that they need not send the others. specs/livekit.md §3.17."""

from livekit.protocol import rtc

from roomful.protocols.livekit.layers import QUALITY_ORDER
from roomful.protocols.livekit.vocabulary import VIDEO_QUALITY_NUMBER
from roomful.rooms.model import VideoQuality

DOWNGRADE_DELAY = 5.0
"""Seconds nobody must want a layer until the publisher hears of it: people switch back."""

_RANK = {VideoQuality.OFF: -1} | {quality: rank for rank, quality in enumerate(QUALITY_ORDER)}


class Demand:
    """What the subscribers of one track want of it, and what its publisher was told last."""

    __slots__ = ("_wanted", "due", "told")

    def __init__(self) -> None:
        self._wanted: dict[str, VideoQuality] = {}
        """Subscriber → quality of the highest layer it needs."""
        self.told: VideoQuality | None = None
        """None until the first subscriber came."""
        self.due: float | None = None
        """When to call `on_time`."""

    def set(self, subscriber: str, quality: VideoQuality | None, now: float) -> bool:
        """A subscriber wants this, or None: nothing any more. Returns whether the publisher has to hear of it."""
        if quality is None:
            self._wanted.pop(subscriber, None)
        else:
            self._wanted[subscriber] = quality
        highest = self._highest()
        if self.told is None and not self._wanted:
            return False
        if self.told is None or _RANK[highest] > _RANK[self.told]:
            self.told, self.due = highest, None
            return True
        if highest is self.told:
            self.due = None
        elif self.due is None:
            self.due = now + DOWNGRADE_DELAY
        return False

    def on_time(self, now: float) -> bool:
        """Look whether a downgrade is due. Returns whether the publisher has to hear of it."""
        if self.due is None or now < self.due:
            return False
        self.told, self.due = self._highest(), None
        return True

    def _highest(self) -> VideoQuality:
        return max(self._wanted.values(), key=_RANK.__getitem__, default=VideoQuality.OFF)


def quality_update(track_sid: str, mime: str, highest: VideoQuality) -> rtc.SignalResponse:
    """The message to the publisher: all qualities up to `highest` are wanted, of this codec."""
    qualities = [
        rtc.SubscribedQuality(quality=VIDEO_QUALITY_NUMBER[quality], enabled=_RANK[quality] <= _RANK[highest])
        for quality in QUALITY_ORDER
    ]
    codec = mime.rpartition("/")[2].lower()
    return rtc.SignalResponse(
        subscribed_quality_update=rtc.SubscribedQualityUpdate(
            track_sid=track_sid,
            subscribed_qualities=qualities,
            subscribed_codecs=[rtc.SubscribedCodec(codec=codec, qualities=qualities)],
        )
    )
