"""What the outputs' state is, with what became of their uploads."""

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from roomful.media.ports.compositor.desk import Desk
from roomful.media.ports.compositor.outputs.segments import Segments
from roomful.media.ports.compositor.outputs.stills import Stills
from roomful.media.ports.compositor.plan import Upload
from roomful.media.ports.compositor.states import FileInfo, ImagesInfo, SegmentsInfo, Status
from roomful.media.ports.recorder.states import UploadState
from roomful.media.ports.worker.states import Failed, Reason

if TYPE_CHECKING:
    from roomful.media.ports.recorder.upload import Outcome, Uploads

_replace = msgspec.structs.replace


class Delivery:
    """Uploads what is finished, and playlists as they are at the moment.

    Raises:
        Failed: the description of the object storage makes no sense.
    """

    def __init__(self, upload: Upload | None) -> None:
        self._uploads = _open(upload) if upload is not None else None
        self._counts: dict[Path, int] = {}
        self._submitted: dict[str, None] = {}

    def complete(self, status: Status, desk: Desk) -> Status:
        """Return the status with all outputs; what is finished is on its way."""
        return _replace(
            status,
            files=[self._file(file.info()) for file in desk.files],
            segments=[self._segments(one) for one in desk.segments],
            images=[self._images(one) for one in desk.stills],
            streams=[push.info() for push in desk.pushes],
        )

    def wait(self, seconds: float) -> bool:
        """Wait until all uploads have ended, at most so long; tell whether they have."""
        if self._uploads is None:
            return True
        done = self._uploads.wait(seconds)
        if done:
            self._uploads.close()
        return done

    def failed(self) -> str:
        """Return what went wrong with uploads that have ended; empty if nothing."""
        if self._uploads is None:
            return ""
        outcomes = [self._uploads.outcome(path) for path in self._submitted]
        return "; ".join(one.error for one in outcomes if one.state is UploadState.FAILED)

    def _submit(self, path: Path | str, key: str) -> "Outcome | None":
        if self._uploads is None:
            return None
        self._submitted[str(path)] = None
        self._uploads.submit(str(path), key)
        return self._uploads.outcome(str(path))

    def _file(self, file: FileInfo) -> FileInfo:
        outcome = None if file.open else self._submit(file.path, file.key)
        if outcome is None:
            return file
        return _replace(file, upload=outcome.state, location=outcome.location, error=file.error or outcome.error)

    def _segments(self, output: Segments) -> SegmentsInfo:
        info = output.info()
        uploads = self._uploads
        if uploads is None:
            return info
        outcomes = [self._submit(one.path, output.key(one.path)) for one in output.finished]
        playlists = [path for path in (output.playlist, output.live_playlist) if path is not None]
        if output.open:
            if self._counts.get(output.playlist) != len(outcomes):
                self._counts[output.playlist] = len(outcomes)
                for path in playlists:
                    uploads.draft(str(path), output.key(path))
            return _replace(info, upload=UploadState.WAITING)
        outcomes += [self._submit(path, output.key(path)) for path in playlists]
        lists = outcomes[-len(playlists) :]
        state, error = _together([outcome for outcome in outcomes if outcome])
        return _replace(
            info,
            upload=state,
            location=lists[0].location if lists[0] else "",
            live_location=lists[1].location if len(lists) > 1 and lists[1] else "",
            error=info.error or error,
        )

    def _images(self, output: Stills) -> ImagesInfo:
        info = output.info()
        if self._uploads is None or not output.paths:
            return info
        if output.overwrites:
            if self._counts.get(output.paths[0]) != len(output.paths):
                self._counts[output.paths[0]] = len(output.paths)
                self._uploads.draft(str(output.paths[0]), output.key(output.paths[0]))
            return info
        outcomes = [self._submit(path, output.key(path)) for path in output.paths]
        state, error = _together([outcome for outcome in outcomes if outcome])
        return _replace(info, upload=state, error=info.error or error)


def _open(upload: Upload) -> "Uploads":
    # Half a second to import, which local files do not need.
    from roomful.media.ports.recorder.upload import BadStore, Uploads

    try:
        return Uploads(upload)
    except BadStore as error:
        raise Failed(Reason.BAD_PLAN, str(error)) from error


def _together(outcomes: "list[Outcome]") -> tuple[UploadState, str]:
    """The state of several uploads as if they were one."""
    states = {outcome.state for outcome in outcomes}
    error = next((outcome.error for outcome in outcomes if outcome.error), "")
    for state in (UploadState.FAILED, UploadState.WAITING):
        if state in states:
            return state, error
    return UploadState.DONE, error
