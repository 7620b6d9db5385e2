"""How a composed picture is encoded: LiveKit's presets and options as fields of a `CompositionPlan`.

specs/livekit.md §6.1.
"""

from typing import Any, Protocol

from livekit.protocol import egress as messages
from livekit.protocol import models

from roomful.media.ports.compositor import AudioCodec, VideoProfile
from roomful.protocols.livekit.egress.errors import invalid, unsupported

_Preset = messages.EncodingOptionsPreset

_SIZES = {
    _Preset.H264_720P_30: (1280, 720, 30, 3000),
    _Preset.H264_720P_60: (1280, 720, 60, 4500),
    _Preset.H264_1080P_30: (1920, 1080, 30, 4500),
    _Preset.H264_1080P_60: (1920, 1080, 60, 6000),
    _Preset.PORTRAIT_H264_720P_30: (720, 1280, 30, 3000),
    _Preset.PORTRAIT_H264_720P_60: (720, 1280, 60, 4500),
    _Preset.PORTRAIT_H264_1080P_30: (1080, 1920, 30, 4500),
    _Preset.PORTRAIT_H264_1080P_60: (1080, 1920, 60, 6000),
}
"""Width, height, pictures per second, kbit/s of video."""

_PROFILES = {
    models.VideoCodec.DEFAULT_VC: VideoProfile.MAIN,
    models.VideoCodec.H264_BASELINE: VideoProfile.BASELINE,
    models.VideoCodec.H264_MAIN: VideoProfile.MAIN,
    models.VideoCodec.H264_HIGH: VideoProfile.HIGH,
}

SMALLEST, LARGEST, FASTEST = 16, 3840, 60
"""Pixels of a side, and pictures per second."""


class Encoded(Protocol):
    """A request that may say how to encode."""

    @property
    def preset(self) -> messages.EncodingOptionsPreset: ...
    @property
    def advanced(self) -> messages.EncodingOptions: ...
    def HasField(self, field_name: Any) -> bool: ...  # noqa: N802  # protobuf's name


def asks_to_encode(request: Encoded) -> bool:
    """Say whether the request wants a certain encoding, and not just whatever there is."""
    if request.HasField("advanced"):
        return True
    return request.HasField("preset") and request.preset != _Preset.PASSTHROUGH


def encoding_of(request: Encoded) -> dict[str, Any]:
    """Return fields of a `CompositionPlan`. Raises TwirpError."""
    if request.HasField("advanced"):
        return _advanced(request.advanced)
    if request.preset == _Preset.PASSTHROUGH:
        raise invalid("PASSTHROUGH is for single tracks and participants, whose frames need no composing")
    if request.preset not in _SIZES:
        raise invalid("unknown encoding preset")
    width, height, fps, kilobits = _SIZES[request.preset]
    return {"width": width, "height": height, "fps": fps, "video_bitrate": kilobits * 1000}


def _advanced(options: messages.EncodingOptions) -> dict[str, Any]:
    width, height = options.width or 1920, options.height or 1080
    fps = options.framerate or 30
    if not (SMALLEST <= width <= LARGEST and SMALLEST <= height <= LARGEST) or width % 2 or height % 2:
        raise invalid(f"width and height are even numbers from {SMALLEST} to {LARGEST}")
    if not 1 <= fps <= FASTEST:
        raise invalid(f"framerate is 1 to {FASTEST}")
    if options.video_codec not in _PROFILES:
        raise unsupported("video is encoded as H.264; other codecs are not supported")
    if min(options.video_bitrate, options.audio_bitrate, options.key_frame_interval) < 0:
        raise invalid("bit rates and intervals cannot be negative")
    opus = options.audio_codec == models.AudioCodec.OPUS
    return {
        "width": width,
        "height": height,
        "fps": fps,
        "video_bitrate": (options.video_bitrate or 4500) * 1000,
        "video_profile": _PROFILES[options.video_codec],
        "keyframe_seconds": options.key_frame_interval or 4.0,
        "audio_bitrate": (options.audio_bitrate or 128) * 1000,
        "audio_codec": AudioCodec.OPUS if opus else AudioCodec.AAC,
    }
