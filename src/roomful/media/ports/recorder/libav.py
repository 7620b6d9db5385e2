"""The few calls of PyAV that recording makes, with whole types: PyAV's own leave out some."""

import io
from pathlib import Path
from typing import Any, Protocol, cast

import av
from av.audio.frame import AudioFrame
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream

__all__ = ["AudioFrame", "FFmpegError", "InputContainer", "Output", "Packet", "Stream", "open_input", "open_output"]

CONNECT_SECONDS = 10.0
"""How long a server may take to answer, where the file is a URL."""


class Output(Protocol):
    """A file that is written, see `av.container.OutputContainer`."""

    def add_stream(self, codec_name: str, rate: int, **kwargs: Any) -> Any: ...

    def add_stream_from_template(self, template: Stream, opaque: bool) -> Stream: ...

    def start_encoding(self) -> None: ...

    def mux_one(self, packet: "Packet[Stream]") -> None: ...

    def close(self) -> None: ...


def open_output(file: Path | str | io.BytesIO, name: str, options: dict[str, str] | None = None) -> Output:
    """Open a file of the format that libavformat calls `name`."""
    target = str(file) if isinstance(file, Path) else file
    return cast("Output", av.open(target, "w", format=name, options=options, timeout=(CONNECT_SECONDS, None)))


def open_input(data: bytes, name: str, options: dict[str, str] | None = None) -> InputContainer:
    """Read these bytes as the format that libavformat calls `name`."""
    return av.open(io.BytesIO(data), "r", format=name, options=options)
