"""What LiveKit's SDKs measure of themselves, as heartbeats of reports. specs/monibuca-rooms.md §9.2.

As livekit_metrics.proto has it: the counters of their WebRTC statistics, from the beginning on; times are in seconds.
"""

import math
from collections import defaultdict
from typing import Any

from livekit.protocol import metrics

from roomful.rooms.participant import Participant
from roomful.rooms.room import Room

OWN_WORDS_FROM = metrics.MetricLabel.METRIC_LABEL_PREDEFINED_MAX_VALUE
"""Numbers from here on stand for words of the batch itself."""
FREEZES = metrics.MetricLabel.CLIENT_VIDEO_SUBSCRIBER_FREEZE_COUNT
FROZEN = metrics.MetricLabel.CLIENT_VIDEO_SUBSCRIBER_TOTAL_FREEZE_DURATION
ROUND_TRIPS = (metrics.MetricLabel.PUBLISHER_RTT, metrics.MetricLabel.SUBSCRIBER_RTT)
MAX_SERIES = 1000
"""Of one batch that are looked at, and of one client that are remembered."""
LONGEST, MOST = 3600.0, 1_000_000
"""Seconds, and freezes: what is more is no measurement."""
MAX_PUBLISHERS = 200


class ClientMetrics:
    """Those of one client."""

    def __init__(self) -> None:
        self._counted: dict[tuple[int, str], float] = {}
        """By label and track sid: what it was last."""

    def read(self, batch: metrics.MetricsBatch, room: Room, receiver: Participant) -> dict[str, Any] | None:
        """A heartbeat of what is new since the batch before; None if there is nothing in it that reports know."""
        frozen: dict[str, dict[str, Any]] = defaultdict(dict)
        trips: list[float] = []
        for series in batch.time_series[:MAX_SERIES]:
            values = [sample.value for sample in series.samples if 0 <= sample.value < math.inf]
            if not values:
                continue
            if series.label in ROUND_TRIPS:
                trips.append(values[-1])
            elif series.label in (FREEZES, FROZEN):
                track = room.tracks.get(_word(batch, series.track_sid))
                publisher = room.participants.get(track.publisher) if track is not None else None
                if track is None or publisher is None or publisher is receiver:
                    continue
                new = self._new(series.label, track.sid, max(values))
                video = frozen[publisher.user_id]
                if series.label == FREEZES:
                    video["freeze_count"] = min(video.get("freeze_count", 0) + round(min(new, MOST)), MOST)
                else:
                    frozen_for = video.get("freeze_duration_ms", 0) + round(min(new, LONGEST) * 1000)
                    video["freeze_duration_ms"] = min(frozen_for, round(LONGEST * 1000))
        trip = {"rtt_ms": round(min(max(trips), LONGEST) * 1000, 1)} if trips else {}
        if not (frozen or trip):
            return None
        downstream = [{"publisher_id": user_id, "video": video, "network": trip} for user_id, video in frozen.items()]
        return {"upstream": {"network": trip}, "downstream": downstream[:MAX_PUBLISHERS]}

    def _new(self, label: int, track: str, value: float) -> float:
        """What was counted since the last time; a counter that is smaller than it was has begun anew."""
        if len(self._counted) >= MAX_SERIES and (label, track) not in self._counted:
            self._counted.pop(next(iter(self._counted)))
        last = self._counted.get((label, track), 0.0)
        self._counted[label, track] = value
        return value - last if value >= last else value


def _word(batch: metrics.MetricsBatch, number: int) -> str:
    index = number - OWN_WORDS_FROM
    return batch.str_data[index] if 0 <= index < len(batch.str_data) else ""
