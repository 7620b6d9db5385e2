"""The codecs of tracks as libavformat sees them: a *template* is a stream to copy codec parameters from.

Matroska, MP4 and Ogg want a codec's set-up (`OpusHead`, `avcC`, `av1C` …) in their header. libavformat makes all of
them from streams that its own demuxers have read, so a keyframe or a few samples are read back here, from memory.
"""

import functools
import io
import struct
from collections.abc import Iterator

import msgspec

from roomful.media.ports.frames import Codec
from roomful.media.ports.recorder.libav import AudioFrame, FFmpegError, InputContainer, open_input, open_output

_IVF_NAMES = {Codec.VP8: b"VP80", Codec.VP9: b"VP90", Codec.AV1: b"AV01", Codec.H264: b"H264"}
_PCM_CODECS = {Codec.PCMU, Codec.PCMA}


class Unreadable(ValueError):
    """These bytes are not a keyframe of the codec."""


class Template(msgspec.Struct, frozen=True, eq=False):
    """Codec parameters of a stream, held open for `add_stream_from_template`."""

    codec: Codec
    source: InputContainer
    clock_rate: int
    channels: int = 0
    width: int = 0
    height: int = 0
    profile: str = ""

    @property
    def name(self) -> str:
        """As it is reported: G.711 is written as linear PCM."""
        return "pcm_s16le" if self.codec in _PCM_CODECS else self.codec.name.lower()

    def same_picture(self, other: "Template") -> bool:
        """Whether a decoder set up for the one can go on with the other."""
        return (self.codec, self.width, self.height, self.profile) == (
            other.codec,
            other.width,
            other.height,
            other.profile,
        )


@functools.cache
def audio_template(codec: Codec, clock_rate: int, channels: int) -> Template:
    """Return the template of an audio track; Opus is always 48 kHz (RFC 7587 §4.1)."""
    channels = 2 if channels != 1 else 1
    layout = "stereo" if channels == 2 else "mono"
    if codec is Codec.OPUS:
        source = open_input(_ogg_opus(layout), "ogg")
        clock_rate = 48000
    else:
        options = {"sample_rate": str(clock_rate), "ch_layout": layout}
        source = open_input(bytes(4 * 160), "s16le", options)
    return Template(codec, source, clock_rate, channels)


def video_template(codec: Codec, keyframe: bytes) -> Template:
    """Read the codec's parameters from a keyframe.

    Raises:
        Unreadable: libavcodec finds no picture in it.
    """
    try:
        if codec is Codec.H265:
            source = open_input(keyframe, "hevc")
        else:
            source = open_input(_ivf(_IVF_NAMES[codec], keyframe), "ivf")
        context = source.streams.video[0].codec_context
        width, height, profile = context.width, context.height, source.streams.video[0].profile
    except (FFmpegError, IndexError, AttributeError) as error:
        raise Unreadable(f"no {codec.name} keyframe: {error}") from error
    if not width or not height:
        raise Unreadable(f"no {codec.name} keyframe: it has no size")
    return Template(codec, source, 90000, 0, width, height, profile or "")


def parameters(codec: Codec, keyframe: bytes) -> bytes:
    """Return the bytes of a keyframe that can only change with its picture format; equal ones need no second look."""
    match codec:
        case Codec.VP8:
            return keyframe[3:10]  # RFC 6386 §9.1: start code, width, height
        case Codec.VP9:
            return keyframe[:10]  # uncompressed header up to the size, VP9 bitstream specification §6.2
        case Codec.H264:
            return b"".join(unit for unit in _nal_units(keyframe) if unit[0] & 31 in {7, 8})
        case Codec.H265:
            return b"".join(unit for unit in _nal_units(keyframe) if unit[0] >> 1 & 63 in {32, 33, 34})
        case _:
            return b"".join(_sequence_headers(keyframe))


def _nal_units(data: bytes) -> Iterator[bytes]:
    """Yield the NAL units up to the first slice of an Annex B access unit (H.264 and H.265, annex B)."""
    for unit in data[:4096].split(b"\0\0\1")[1:]:
        if unit:
            yield unit.rstrip(b"\0")


def _sequence_headers(data: bytes) -> Iterator[bytes]:
    """Yield the sequence headers of a temporal unit (AV1 specification §5.3)."""
    at = 0
    while at < len(data):
        head = data[at]
        at += 2 if head & 4 else 1
        if not head & 2:
            return
        size = shift = 0
        while at < len(data):
            byte = data[at]
            at += 1
            size |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        if head >> 3 & 15 == 1:
            yield data[at : at + size]
        at += size


def _ivf(name: bytes, frame: bytes) -> bytes:
    """Wrap one frame as an IVF file, the simplest container that libavformat reads these codecs from."""
    header = struct.pack("<4sHH4sHHIIII", b"DKIF", 0, 32, name, 0, 0, 90000, 1, 1, 0)
    return header + struct.pack("<IQ", len(frame), 0) + frame


def _ogg_opus(layout: str) -> bytes:
    """Make an Ogg file of silence: nothing else gives libavformat an `OpusHead`."""
    file = io.BytesIO()
    output = open_output(file, "ogg")
    stream = output.add_stream("libopus", 48000, layout=layout)
    frame = AudioFrame(format="s16", layout=layout, samples=960)
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    frame.sample_rate = 48000
    for packet in [*stream.encode(frame), *stream.encode(None)]:
        output.mux_one(packet)
    output.close()
    return file.getvalue()
