"""One video track: encoded frames in, the picture of each moment out."""

from collections import deque
from typing import Any

import av
from av.codec.context import Flags
from av.error import FFmpegError
from av.video.frame import VideoFrame

from roomful.media.ports.frames import Codec, Frame, TrackStarted
from roomful.media.ports.scene.clock import SECOND

MAX_PIXELS = 3840 * 2160
"""Larger pictures are not decoded: a few bytes of a keyframe can promise hundreds of megabytes."""

MAX_WAITING = 1024
"""Frames that wait for their time; more cannot be real."""

FROZEN_AFTER = 3 * SECOND
"""A camera without frames for this long is taken as muted. A screen that does not change sends none either."""

_NAMES = {Codec.VP8: "vp8", Codec.VP9: "vp9", Codec.AV1: "libdav1d", Codec.H264: "h264", Codec.H265: "hevc"}


class Picture:
    """Decodes a frame when its moment comes, so that only encoded frames wait.

    What follows a loss cannot be decoded well: the last picture stays until the next keyframe.
    """

    def __init__(self, track: TrackStarted) -> None:
        self.track = track
        self.is_screen = track.info.source == "screen_share"
        self.frame: VideoFrame | None = None
        """The newest that was due; `None` before the first."""
        self.serial = 0
        """Counts pictures, so that whoever shows them knows whether this one is new."""
        self.waiting_since: int | None = None
        """Since when frames come and are left out, because none of them is a keyframe."""
        self.unreadable = 0
        """Frames that could not be decoded, since the last that could."""
        self.muted = False
        """As somebody said who knows."""
        self._decoder: Any = None
        self._queue: deque[tuple[int, Frame]] = deque()
        self._lost = True
        """Frames that are due cannot be decoded before a keyframe."""
        self._broken = True
        """Frames that come cannot be decoded before a keyframe."""
        self._wanted = True
        self._last_at: int | None = None

    def sending(self, at: int) -> bool:
        """Whether frames come at this moment, to be decoded or not."""
        if self.muted or self._last_at is None:
            return False
        return self.is_screen or at - self._last_at < FROZEN_AFTER

    def visible(self, at: int) -> bool:
        """Whether there is something to show at this moment."""
        return self.frame is not None and self.sending(at)

    def feed(self, frame: Frame, at: int) -> None:
        """Take a frame of this moment."""
        if not frame.data or len(self._queue) >= MAX_WAITING:
            return
        self._queue.append((at, frame))
        self._last_at = max(at, self._last_at or at)
        if frame.keyframe:
            self._broken = False
            self.waiting_since = None
        elif frame.gap or self._broken:
            # Known now, although its moment is yet to come: the keyframe is on its way the sooner.
            self._break(at)

    def advance(self, at: int, *, wanted: bool = True) -> None:
        """Go on to this moment. What is not `wanted` is not decoded, and begins with a keyframe when it is again."""
        if wanted is not self._wanted:
            self._wanted = wanted
            self._lost = True
            if wanted and not self._keyframe_waits():
                self._broken = True
        decoded = False
        while self._queue and self._queue[0][0] <= at:
            _, frame = self._queue.popleft()
            self._lost = (self._lost or frame.gap) and not frame.keyframe
            if wanted and not self._lost:
                decoded |= self._decode(frame)
        if decoded:
            self.serial += 1
        if not wanted:
            self.waiting_since = None

    def _break(self, at: int) -> None:
        self._broken = True
        if self._wanted and self.waiting_since is None:
            self.waiting_since = at

    def _keyframe_waits(self) -> bool:
        return any(frame.keyframe for _, frame in self._queue)

    def _decode(self, frame: Frame) -> bool:
        try:
            if self._decoder is None:
                self._decoder = _open(self.track.codec)
            pictures: list[VideoFrame] = self._decoder.decode(av.Packet(frame.data))
        except (FFmpegError, ValueError):
            self.unreadable += 1
            self._lost = True
            self._decoder = None
            if not self._keyframe_waits():
                self._break(frame.wall_ns)
            return False
        if pictures:
            self.frame = pictures[-1]
            self.unreadable = 0
        return bool(pictures)


def _open(codec: Codec) -> Any:
    decoder: Any = av.CodecContext.create(_NAMES[codec], "r")
    # Frame threads would hold back a picture per thread, and the room's pictures share the cores anyway.
    decoder.thread_count = 1
    decoder.options = {"max_pixels": str(MAX_PIXELS)}
    if codec is Codec.H264:
        decoder.flags |= Flags.low_delay
    return decoder
