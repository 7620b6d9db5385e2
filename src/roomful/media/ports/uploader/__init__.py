"""Files to object storage in a process of its own, which goes on when the server ends.

For files that no other worker writes: recorders and compositors upload their own (`recorder.upload`).
"""

from roomful.media.ports.uploader.plan import LocalFile, UploadPlan
from roomful.media.ports.uploader.process import Uploader, UploaderFailed
from roomful.media.ports.uploader.states import FileStatus, Status

__all__ = ["FileStatus", "LocalFile", "Status", "UploadPlan", "Uploader", "UploaderFailed"]
