"""What to upload: the first line that the worker reads from its control socket."""

import msgspec

from roomful.media.ports.recorder.plan import Upload


class LocalFile(msgspec.Struct, frozen=True, kw_only=True):
    """One finished file."""

    path: str
    """Where it is on the local disk; it is removed when the upload is confirmed, unless `Upload.keep_local`."""

    key: str
    """Its path below the bucket and prefix."""


class UploadPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Files of one storage."""

    upload: Upload
    files: list[LocalFile]
