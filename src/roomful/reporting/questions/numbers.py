"""Small sums over rows."""

from collections.abc import Iterable, Sequence
from typing import Any

from roomful.storage.reports import StoredDownstream, StoredKv

LONGEST_GAP = 15_000
"""Milliseconds between two measurements that still belong together; clients send one every five seconds."""
USUAL_GAP = 5_000


def mean(values: Iterable[float | None]) -> float:
    """Of those that were measured; 0 if none was."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else 0.0


def quantile(values: Sequence[float], share: float) -> float:
    """Nearest rank; 0 of nothing."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


def peak(intervals: Iterable[tuple[int, int]]) -> int:
    """The largest number of intervals that hold at once; one that ends as another begins does not meet it."""
    edges = sorted((edge for start, end in intervals for edge in ((start, 1), (max(end, start + 1), -1))))
    now = most = 0
    for _, step in edges:
        now += step
        most = max(most, now)
    return most


def success_rate(rows: Iterable[StoredKv], event: str) -> float:
    """1 where nothing was tried."""
    outcomes = [row.success for row in rows if row.event == event]
    return round(sum(outcomes) / len(outcomes), 4) if outcomes else 1.0


def watched(rows: Iterable[StoredDownstream]) -> float:
    """Seconds of video that were observed, of rows of one sender and one receiver, in their order."""
    total, last = 0, None
    for row in rows:
        many = getattr(row, "video_rows", None)
        if many is not None:  # a sum
            total += many * USUAL_GAP
            continue
        if row.v_bitrate is not None:
            gap = USUAL_GAP if last is None else row.ts - last
            total += gap if gap <= LONGEST_GAP else USUAL_GAP
        last = row.ts
    return total / 1000


def media_of(row: Any) -> dict[str, Any]:
    """The measurements of a row, as clients report them; what was not measured is left out."""
    video = {
        "bitrate": row.v_bitrate,
        "fps": row.v_fps,
        "width": row.v_width,
        "height": row.v_height,
        "codec": row.v_codec,
        "frames_processed": row.v_frames_processed,
        "frames_dropped": row.v_frames_dropped,
        "freeze_count": row.v_freeze_count,
        "freeze_duration_ms": row.v_freeze_ms,
    }
    audio = {
        "bitrate": row.a_bitrate,
        "sample_rate": row.a_sample_rate,
        "channels": row.a_channels,
        "codec": row.a_codec,
        "volume": row.a_volume,
    }
    network = {
        "rtt_ms": row.rtt_ms,
        "bitrate": row.net_bitrate,
        "packet_loss": row.packet_loss,
        "jitter_ms": row.jitter_ms,
    }
    return {"video": _said(video), "audio": _said(audio), "network": _said(network)}


def _said(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
