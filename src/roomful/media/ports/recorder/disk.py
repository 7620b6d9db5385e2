"""Room on the disk, and a folder that can be written to."""

import errno
import os
from pathlib import Path

_FULL = {errno.ENOSPC, errno.EDQUOT}


class FolderUnusable(Exception):
    """The folder of recordings cannot be made or written to. The message names it and the reason."""


def prepare(folder: Path) -> None:
    """Make the folder where missing, and try to write to it.

    Raises:
        FolderUnusable: no permission, a file of that name, a read-only disk.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise FolderUnusable(f"cannot record into {folder}: {error.strerror}") from error


def free_bytes(folder: Path) -> int:
    """Return the bytes that an unprivileged process may still write below the folder."""
    stats = os.statvfs(folder)
    return stats.f_bavail * stats.f_frsize


def is_full(error: OSError) -> bool:
    """Whether this error means that the disk, or the user's part of it, is full."""
    return error.errno in _FULL
