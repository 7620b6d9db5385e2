"""What an egress is to make: LiveKit's outputs, old fields and new ones, in one form. specs/livekit.md §6.1."""

from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec
from livekit.protocol import egress as messages

from roomful.media.ports import compositor
from roomful.media.ports.recorder import Container, Upload
from roomful.protocols.livekit.egress.errors import invalid, missing, unsupported
from roomful.protocols.livekit.egress.order import Request
from roomful.protocols.livekit.egress.paths import below, beside
from roomful.protocols.livekit.egress.uploads import upload_of

MAX_OUTPUTS = 16
"""Of all kinds together, each URL of a stream counted."""

MAX_URL = 4096
"""Letters."""

_Type = messages.EncodedFileType
_KINDS = {_Type.MP4: compositor.FileKind.MP4, _Type.OGG: compositor.FileKind.OGG, _Type.MP3: compositor.FileKind.MP3}
_CONTAINERS = {_Type.DEFAULT_FILETYPE: None, _Type.MP4: Container.MP4, _Type.OGG: Container.OGG}
_SUFFIXES = {
    messages.ImageFileSuffix.IMAGE_SUFFIX_INDEX: compositor.Suffix.INDEX,
    messages.ImageFileSuffix.IMAGE_SUFFIX_TIMESTAMP: compositor.Suffix.TIMESTAMP,
    messages.ImageFileSuffix.IMAGE_SUFFIX_NONE_OVERWRITE: compositor.Suffix.NONE,
}


class Outputs(msgspec.Struct, kw_only=True):
    """The outputs of one request."""

    files: list[messages.EncodedFileOutput] = msgspec.field(default_factory=list[messages.EncodedFileOutput])
    streams: list[messages.StreamOutput] = msgspec.field(default_factory=list[messages.StreamOutput])
    segments: list[messages.SegmentedFileOutput] = msgspec.field(default_factory=list[messages.SegmentedFileOutput])
    images: list[messages.ImageOutput] = msgspec.field(default_factory=list[messages.ImageOutput])

    @property
    def one_file(self) -> messages.EncodedFileOutput | None:
        """The only output, if it is a file."""
        alone = len(self.files) == 1 and not (self.streams or self.segments or self.images)
        return self.files[0] if alone else None

    @property
    def manifest(self) -> bool:
        """Whether one of them wants a manifest."""
        return any(not output.disable_manifest for output in (*self.files, *self.segments, *self.images))

    def upload(self) -> Upload | None:
        """Where all of them go, `None` for the local disk. Raises TwirpError."""
        uploads = [upload_of(output) for output in (*self.files, *self.segments, *self.images)]
        if any(upload != uploads[0] for upload in uploads[1:]):
            raise unsupported("all outputs of an egress go to the same storage")
        return uploads[0] if uploads else None


def outputs_of(request: Request) -> Outputs:
    """Read the lists, or the deprecated single output. Raises TwirpError."""
    outputs = _unified(request) if isinstance(request, messages.StartEgressRequest) else _lists(request)
    count = sum(len(part) for part in (outputs.files, outputs.segments, outputs.images))
    count += sum(len(stream_urls(stream)) for stream in outputs.streams)
    if not count:
        raise missing("output")
    if count > MAX_OUTPUTS:
        raise invalid(f"too many outputs: at most {MAX_OUTPUTS}")
    return outputs


def stream_urls(stream: messages.StreamOutput) -> list[str]:
    """The URLs of a stream output, checked. Raises TwirpError."""
    if stream.protocol not in (messages.StreamProtocol.DEFAULT_PROTOCOL, messages.StreamProtocol.RTMP):
        raise unsupported("streams are pushed over RTMP; SRT and WebSocket are not supported")
    return [checked_url(url) for url in (*stream.urls, *(one.url for one in stream.destinations))]


def checked_url(url: str) -> str:
    """Raises TwirpError for what is not the URL of an RTMP stream."""
    if not _is_url(url, "rtmp", "rtmps"):
        raise invalid("a stream needs a URL of the form rtmp://host/app/key or rtmps://host/app/key")
    return url


def checked_websocket_url(url: str) -> str:
    """Raises TwirpError for what is not the URL of a WebSocket."""
    if not _is_url(url, "ws", "wss") or "#" in url:
        raise invalid("websocket_url needs the form wss://host/path or ws://host/path")
    return url


def _is_url(url: str, *schemes: str) -> bool:
    try:
        parts = urlsplit(url)
        good = parts.scheme in schemes and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False
    return good and len(url) <= MAX_URL and all(32 < ord(letter) != 127 for letter in url)


def container_of(file: messages.EncodedFileOutput) -> Container | None:
    """The format of a file that is not encoded anew, `None` for the one that fits the codecs."""
    return _CONTAINERS[file.file_type]


def needs_encoding(file: messages.EncodedFileOutput) -> bool:
    """Say whether the format holds only what is encoded for it."""
    return file.file_type not in _CONTAINERS


def composed(outputs: Outputs, directory: Path, *, audio_only: bool) -> list[compositor.Output]:
    """The outputs as a compositor takes them. Raises TwirpError."""
    folder = str(directory)
    found: list[compositor.Output] = []
    for file in outputs.files:
        kind = _KINDS.get(file.file_type, compositor.FileKind.OGG if audio_only else compositor.FileKind.MP4)
        found.append(compositor.FileOutput(directory=folder, path=below(file.filepath, directory), kind=kind))
    found += [_segments(segments, directory) for segments in outputs.segments]
    found += [_images(images, directory) for images in outputs.images]
    for stream in outputs.streams:
        found += [compositor.StreamOutput(url=url) for url in stream_urls(stream)]
    return found


def _segments(output: messages.SegmentedFileOutput, directory: Path) -> compositor.SegmentOutput:
    if output.protocol == messages.SegmentedFileProtocol.HLS_FMP4_PROTOCOL:
        raise unsupported("segments are MPEG-TS; fragmented MP4 is not supported")
    if output.segment_duration > 60:
        raise invalid("segment_duration is at most 60 seconds")
    prefix = below(output.filename_prefix, directory)
    timestamps = output.filename_suffix == messages.SegmentedFileSuffix.TIMESTAMP
    return compositor.SegmentOutput(
        directory=str(directory),
        prefix=prefix,
        playlist_name=beside(below(output.playlist_name, directory), prefix),
        live_playlist_name=beside(below(output.live_playlist_name, directory), prefix),
        segment_seconds=output.segment_duration or 4.0,
        suffix=compositor.Suffix.TIMESTAMP if timestamps else compositor.Suffix.INDEX,
    )


def _images(output: messages.ImageOutput, directory: Path) -> compositor.ImageOutput:
    if not output.capture_interval:
        raise missing("capture_interval")
    if not (0 <= output.width <= 3840 and 0 <= output.height <= 3840):
        raise invalid("width and height of images are at most 3840")
    return compositor.ImageOutput(
        directory=str(directory),
        prefix=below(output.filename_prefix, directory),
        interval_seconds=output.capture_interval,
        width=output.width,
        height=output.height,
        suffix=_SUFFIXES[output.filename_suffix],
    )


def _lists(request: Request) -> Outputs:
    outputs = Outputs()
    if isinstance(request, messages.TrackEgressRequest | messages.StartEgressRequest):
        return outputs
    outputs.files += request.file_outputs
    outputs.streams += request.stream_outputs
    outputs.segments += request.segment_outputs
    outputs.images += request.image_outputs
    if isinstance(request, messages.ParticipantEgressRequest):
        return outputs
    # The list is what counts where a client fills both, as older SDKs do.
    if request.HasField("file") and not outputs.files:
        outputs.files.append(request.file)
    if request.HasField("stream") and not outputs.streams:
        outputs.streams.append(request.stream)
    if request.HasField("segments") and not outputs.segments:
        outputs.segments.append(request.segments)
    return outputs


def _unified(request: messages.StartEgressRequest) -> Outputs:
    outputs = Outputs()
    for output in request.outputs:
        storage = output.storage if output.HasField("storage") else request.storage
        match output.WhichOneof("config"):
            case "file":
                file = messages.EncodedFileOutput(
                    file_type=output.file.file_type,
                    filepath=output.file.filepath,
                    disable_manifest=output.file.disable_manifest,
                )
                outputs.files.append(_stored(file, storage))
            case "stream":
                outputs.streams.append(output.stream)
            case "segments":
                outputs.segments.append(_stored(output.segments, storage))
            case "images":
                outputs.images.append(_stored(output.images, storage))
            case _:
                raise missing("output")
    return outputs


_Stored = TypeVar("_Stored", messages.EncodedFileOutput, messages.SegmentedFileOutput, messages.ImageOutput)


def _stored(output: _Stored, storage: messages.StorageConfig) -> _Stored:
    """The output with the storage that is said beside it, if it says none itself."""
    if upload_of(output) is not None:
        return output
    copy = type(output)()
    copy.CopyFrom(output)
    for field, target in storage.ListFields():
        getattr(copy, field.name).CopyFrom(target)
    return copy
