"""Finished files to object storage, on threads: multipart, tried again with back-off, and checked before it counts."""

import datetime
import logging
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import msgspec
import obstore
import stamina
from obstore.exceptions import (
    BaseError,
    InvalidPathError,
    NotSupportedError,
    PermissionDeniedError,
    UnauthenticatedError,
    UnknownConfigurationKeyError,
)
from obstore.store import ObjectStore, from_url

from roomful.media.ports.recorder.plan import Upload
from roomful.media.ports.recorder.states import UploadState

log = logging.getLogger(__name__)

AT_ONCE = 2
"""Files that are uploaded at the same time, each with `PARTS_AT_ONCE` parts of `PART_BYTES` in memory."""

PARTS_AT_ONCE = 3
PART_BYTES = 8 * 1024 * 1024
LONGEST_WAIT_SECONDS = 60.0

_FINAL = (
    InvalidPathError,
    NotSupportedError,
    PermissionDeniedError,
    UnauthenticatedError,
    UnknownConfigurationKeyError,
)


class BadStore(ValueError):
    """The description of the object storage makes no sense. The message says why, without secrets."""


class Incomplete(Exception):
    """The object is there, with another size than the file."""


class Outcome(msgspec.Struct, frozen=True):
    """What came of one upload."""

    state: UploadState
    location: str = ""
    error: str = ""


def open_store(upload: Upload) -> ObjectStore:
    """Make the client of the storage; nothing is sent yet.

    Raises:
        BadStore: unknown scheme or setting.
    """
    scheme = upload.url.partition(":")[0]
    settings: dict[str, Any] = {}
    if scheme == "file":
        settings = {"mkdir": True}
    elif scheme != "memory":
        timeout = datetime.timedelta(seconds=upload.request_seconds)
        settings = {
            "config": dict(upload.options),
            # Storage in the same network is often without TLS; whoever writes http:// means it.
            "client_options": {
                "timeout": timeout,
                "allow_http": upload.options.get("endpoint", "").startswith("http://"),
            },
            "retry_config": {"max_retries": 2, "retry_timeout": timeout},
        }
    try:
        return from_url(upload.url, **settings)
    except (BaseError, ValueError, TypeError) as error:
        raise BadStore(f"cannot upload to {upload.url}: {_first_line(error)}") from error


class Uploads:
    """Uploads of one recording. The local file goes when its upload is confirmed, unless it is to be kept."""

    def __init__(self, upload: Upload, store: ObjectStore | None = None) -> None:
        self._upload = upload
        self._store = store if store is not None else open_store(upload)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="upload")
        self._running: dict[str, Future[Outcome]] = {}
        self._drafts: dict[str, Future[None]] = {}

    def submit(self, path: str, key: str) -> None:
        """Upload a finished file. A file that was submitted before is left alone."""
        if path not in self._running:
            self._running[path] = self._threads.submit(self._run, Path(path), key, self._drafts.pop(path, None))

    def draft(self, path: str, key: str) -> None:
        """Upload a file as it is now, which will be written over; not while an earlier draft of it is on its way."""
        last = self._drafts.get(path)
        if last is None or last.done():
            self._drafts[path] = self._threads.submit(self._put_draft, Path(path), key)

    def outcome(self, path: str) -> Outcome:
        """Return what came of the file at this path so far."""
        future = self._running.get(path)
        if future is None:
            return Outcome(UploadState.NONE)
        return future.result() if future.done() else Outcome(UploadState.WAITING)

    def wait(self, seconds: float | None) -> bool:
        """Wait until all uploads have ended, at most so long, or however long; tell whether they have."""
        return not wait(self._running.values(), timeout=seconds).not_done

    def close(self) -> None:
        """Let the threads go. Uploads that were not waited for are finished before the process ends."""
        self._threads.shutdown(wait=False)

    def _run(self, path: Path, key: str, draft: Future[None] | None) -> Outcome:
        if draft is not None:
            # It was submitted before, so it has a thread already, and must not be the one that stays.
            wait([draft])
        try:
            for attempt in stamina.retry_context(
                on=_worth_another,
                attempts=self._upload.attempts,
                timeout=None,
                wait_initial=self._upload.first_wait_seconds,
                wait_max=LONGEST_WAIT_SECONDS,
            ):
                with attempt:
                    self._put(path, key)
        except (BaseError, Incomplete, OSError) as error:
            log.error("upload failed; the file is kept", extra={"file": str(path), "reason": _first_line(error)})
            return Outcome(UploadState.FAILED, error=f"upload failed, kept at {path}: {_first_line(error)}")
        if not self._upload.keep_local:
            path.unlink(missing_ok=True)
        return Outcome(UploadState.DONE, location=f"{self._upload.url.rstrip('/')}/{key}")

    def _put_draft(self, path: Path, key: str) -> None:
        try:
            self._put(path, key)
        except (BaseError, Incomplete, OSError) as error:
            # The next draft or the finished file makes up for it.
            log.warning("upload failed for now", extra={"file": str(path), "reason": _first_line(error)})

    def _put(self, path: Path, key: str) -> None:
        obstore.put(self._store, key, path, chunk_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE)
        size, stored = path.stat().st_size, obstore.head(self._store, key)["size"]
        if size != stored:
            raise Incomplete(f"{stored} of {size} bytes are in the storage")


def _worth_another(error: Exception) -> bool:
    return isinstance(error, (BaseError, Incomplete)) and not isinstance(error, _FINAL)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
