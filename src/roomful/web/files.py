"""One file as an HTTP answer: in pieces, again only if it has changed, and from the middle if that is asked for."""

import asyncio
import os
import re
from pathlib import Path
from typing import BinaryIO

from roomful.web.asgi import Headers, Scope, Send, header, respond

CHUNK_BYTES = 256 * 1024
"""What is in memory of a file for one reader."""

_RANGE = re.compile(rb"bytes=(\d{0,18})-(\d{0,18})")


async def send_file(scope: Scope, send: Send, path: Path, content_type: bytes, headers: Headers) -> None:
    """Answer GET or HEAD with a file, after RFC 9110 §13 (`If-None-Match`) and §14 (one range of bytes).

    Raises:
        OSError: it cannot be read; nothing was answered yet.
    """
    file = await asyncio.to_thread(path.open, "rb")
    with file:
        # Of what was opened: in the meantime another file may have taken its name.
        size, etag = await asyncio.to_thread(_identity, file)
        head = [*headers, (b"etag", etag), (b"accept-ranges", b"bytes")]
        if header(scope, b"if-none-match") == etag:
            await respond(scope, send, 304, b"", content_type, head)
            return
        wanted = _range(scope, size, etag)
        if wanted is not None and not wanted:
            await respond(scope, send, 416, b"", content_type, [*head, (b"content-range", b"bytes */%d" % size)])
            return
        part = wanted or range(size)
        if wanted is not None:
            head.append((b"content-range", b"bytes %d-%d/%d" % (part.start, part.stop - 1, size)))
        head += [(b"content-type", content_type), (b"content-length", b"%d" % len(part))]
        await send({"type": "http.response.start", "status": 200 if wanted is None else 206, "headers": head})
        await _send_part(send, file, range(0) if scope["method"] == "HEAD" else part)


async def _send_part(send: Send, file: BinaryIO, part: range) -> None:
    file.seek(part.start)
    left = len(part)
    while left:
        chunk = await asyncio.to_thread(file.read, min(left, CHUNK_BYTES))
        if not chunk:
            break  # it was cut; the connection is closed because less was sent than was promised
        left -= len(chunk)
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def _identity(file: BinaryIO) -> tuple[int, bytes]:
    status = os.fstat(file.fileno())
    return status.st_size, f'"{status.st_mtime_ns:x}-{status.st_size:x}"'.encode()


def _range(scope: Scope, size: int, etag: bytes) -> range | None:
    """The bytes that are wanted, none of them if there are no such; `None` is the whole file."""
    found = _RANGE.fullmatch(header(scope, b"range") or b"")
    if found is None or header(scope, b"if-range") not in (None, etag):
        return None
    first, last = found.groups()
    if not first:
        return range(max(0, size - int(last)), size) if last else None
    if last and int(last) < int(first):
        return None
    return range(int(first), min(size, int(last) + 1) if last else size)
