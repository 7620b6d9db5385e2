"""How well one participant is seen and heard by another, from the reports of an `rtc_client`."""

import statistics
from collections.abc import Iterable

import msgspec

from .rtc_messages import Kind, MediaReport, TrackReport


class MediaQuality(msgspec.Struct, frozen=True):
    """One participant's audio and video as another got it. Medians, so that a hiccup of the machine does not count."""

    frame_rate: float
    """Video frames per second over the whole time."""
    typical_gap: float
    """Seconds; median over the intervals of the longest time without a video frame."""
    typical_energy: float
    """Median over the intervals of the root mean square of the audio, full scale 1."""
    smallest_height: int
    """Pixels of the smallest video frame seen at the end of an interval."""
    lost: float
    """Share, 0 to 1, of the packets sent that did not come at the first try, audio and video together."""
    decoded: int
    """Video frames that WebRTC decoded; far more than `frame_rate` says if the program did not get them."""
    nacks: int
    """Requests to send video again."""
    keyframe_requests: int


def quality_of(identity: str, reports: list[MediaReport]) -> MediaQuality:
    """The quality of what `identity` publishes, in these reports of somebody else.

    Raises ValueError when the reports have no audio or no video of that participant at all.
    """
    video, audio = (list(_of(identity, kind, reports)) for kind in ("video", "audio"))
    if not video or not audio:
        raise ValueError(f"{len(video)} reports on video and {len(audio)} on audio of {identity} in {reports}")
    packets, lost = (sum(getattr(track.received, name) for track in video + audio) for name in ("packets", "lost"))
    return MediaQuality(
        frame_rate=sum(track.frames for track in video) / sum(report.interval for report in reports),
        typical_gap=statistics.median(track.largest_gap for track in video),
        typical_energy=statistics.median(track.energy for track in audio),
        smallest_height=min(track.height for track in video),
        lost=lost / (packets + lost) if packets + lost else 1.0,
        decoded=sum(track.received.decoded for track in video),
        nacks=sum(track.received.nacks for track in video),
        keyframe_requests=sum(track.received.keyframe_requests for track in video),
    )


def is_seen_and_heard(identity: str, report: MediaReport) -> bool:
    """Whether frames and sound of that participant came in the interval."""
    seen = any(track.frames for track in _of(identity, "video", [report]))
    return seen and any(track.energy > 0.1 for track in _of(identity, "audio", [report]))


def _of(identity: str, kind: Kind, reports: Iterable[MediaReport]) -> Iterable[TrackReport]:
    return (track for report in reports for track in report.tracks if (track.identity, track.kind) == (identity, kind))
