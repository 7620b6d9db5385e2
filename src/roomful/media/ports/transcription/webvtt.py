"""WebVTT: the format of captions. Source: https://www.w3.org/TR/webvtt1/."""

from roomful.rooms.transcripts import TranscriptSegment

HEADER = "WEBVTT\n"


def timestamp(seconds: float) -> str:
    """`hours:minutes:seconds.milliseconds`; hours may have more than two digits (§3.3)."""
    milliseconds = max(0, round(seconds * 1000))
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}.{rest % 1000:03}"


def cue(segment: TranscriptSegment, origin: float) -> str:
    """A block with the speaker's name as voice. `origin`: unix seconds of the media's first instant (§3.1, §3.4)."""
    start, end = segment.start - origin, segment.end - origin
    # A cue must not end when it begins, as a very short one at the beginning of the media may.
    times = f"{timestamp(start)} --> {timestamp(max(end, max(start, 0) + 0.001))}"
    return f"\n{segment.id}\n{times}\n<v {_text(segment.name or segment.identity)}>{_text(segment.text)}\n"


def _text(words: str) -> str:
    """Words as cue text: no markup, no line breaks, and never the arrow, which would begin another cue."""
    line = " ".join(words.split())
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
