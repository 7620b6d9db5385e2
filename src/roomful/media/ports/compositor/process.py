"""The server's side of a composition."""

import contextlib
from pathlib import Path

import msgspec

from roomful.media.ports.compositor.plan import AddStream, CompositionPlan, RemoveStream, SetLayout
from roomful.media.ports.compositor.states import Message, Status
from roomful.media.ports.worker.process import WorkerFailed, WorkerProcess
from roomful.media.ports.worker.states import KeyframeWanted, Reason, State, StreamState

_reports: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)


class CompositorFailed(WorkerFailed[Status]):
    """A composition did not start: bad plan, full disk, unusable folder, or the worker did not come up."""


class Compositor(WorkerProcess[CompositionPlan, Status]):
    """One composition. `start` raises `CompositorFailed`; frames are written to `take_frames_fd()`."""

    MODULE = "roomful.media.ports.compositor"
    NOUN = "composition"

    async def set_layout(self, layout: str) -> None:
        """Arrange the tiles another way. A layout that there is not is left out; the status says which one is used."""
        await self._send(SetLayout(layout))

    async def add_stream(self, url: str) -> None:
        """Push to this RTMP URL too, see `Status.streams` for what becomes of it."""
        await self._send(AddStream(url))

    async def remove_stream(self, url: str) -> None:
        """Push to this RTMP URL no more."""
        await self._send(RemoveStream(url))

    def _starting(self) -> Status:
        return Status(state=State.STARTING)

    def _decode(self, line: bytes) -> Status | KeyframeWanted:
        return _reports.decode(line)

    def _killed(self, how: str) -> Status:
        last, replace = self.status, msgspec.structs.replace
        files = [replace(file, size=_size(file.path), open=False) for file in last.files]
        segments = [replace(one, open=False) for one in last.segments]
        for one in segments:
            for playlist in (one.playlist, one.live_playlist):
                _end_playlist(playlist)
        streams = [
            one if one.state is StreamState.FINISHED else replace(one, state=StreamState.FAILED) for one in last.streams
        ]
        saved = [file.path for file in files if file.size] + [one.playlist for one in segments if one.count]
        return replace(
            last,
            state=State.FAILED,
            files=files,
            segments=segments,
            streams=streams,
            reason=Reason.KILLED,
            error=f"the compositor {how}; saved until then: {', '.join(saved) or 'nothing'}",
        )

    @classmethod
    def _failed(cls, status: Status) -> Exception:
        return CompositorFailed(status)


def _end_playlist(path: str) -> None:
    """Say that nothing follows, for which players would wait; the worker cannot say it any more."""
    if path and Path(path).is_file():
        with contextlib.suppress(OSError), Path(path).open("r+") as playlist:
            if "#EXT-X-ENDLIST" not in playlist.read():
                playlist.write("#EXT-X-ENDLIST\n")


def _size(path: str) -> int:
    return Path(path).stat().st_size if Path(path).is_file() else 0
