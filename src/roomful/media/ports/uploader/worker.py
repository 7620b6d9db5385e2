"""The worker process: files out, reports out. There are no frames."""

import os
import signal

from roomful.media.ports.recorder.states import UploadState
from roomful.media.ports.uploader.plan import UploadPlan
from roomful.media.ports.uploader.states import FileStatus, Status
from roomful.media.ports.worker.control import BadPlan, Control
from roomful.media.ports.worker.states import Reason, State
from roomful.media.ports.worker.work import run_worker


def run(frames_fd: int, control_fd: int) -> int:
    """Run a worker on inherited descriptors; return the exit code of the process."""
    os.close(frames_fd)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # what is stopped is not here, and files are to arrive
    return run_worker(control_fd, UploadPlan, Status, _upload)


def _upload(plan: UploadPlan, control: Control) -> bool:
    """Upload all files; tell whether all have arrived. Raises BadPlan."""
    from roomful.media.ports.recorder.upload import BadStore, Uploads

    try:
        uploads = Uploads(plan.upload)
    except BadStore as error:
        raise BadPlan(str(error)) from error
    control.send(Status(state=State.ACTIVE))
    for file in plan.files:
        uploads.submit(file.path, file.key)
    uploads.wait(None)
    uploads.close()
    outcomes = [(file.key, uploads.outcome(file.path)) for file in plan.files]
    files = [FileStatus(key=key, upload=one.state, location=one.location, error=one.error) for key, one in outcomes]
    failed = "; ".join(one.error for one in files if one.upload is UploadState.FAILED)
    control.send(
        Status(
            state=State.FAILED if failed else State.COMPLETE,
            files=files,
            reason=Reason.UPLOAD_FAILED if failed else None,
            error=failed,
        )
    )
    return not failed
