"""Composed rooms as HLS (RFC 8216), from the folder of recordings: `/hls/{token}/{path}`.

The token is in the path, and not in the query, so that the relative references in a playlist keep it: a player needs
the link and nothing else. It opens one recording (`roomful.auth.HlsGrant`), not the folder.
"""

import asyncio
import os
import time
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from roomful.auth import HlsGrant, TokenError, TokenVerifier
from roomful.web.asgi import Receive, Scope, Send, respond
from roomful.web.files import send_file

PREFIX = "/hls"

_TYPES = {".m3u8": b"application/vnd.apple.mpegurl", ".ts": b"video/mp2t"}
_SAFETY = (b"x-content-type-options", b"nosniff")


class Hls:
    """ASGI application for GET and HEAD on playlists and segments."""

    def __init__(self, directory: Path, verifier: TokenVerifier) -> None:
        """`directory` is that of all recordings."""
        self._directory = directory
        self._verifier = verifier

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in ("GET", "HEAD"):
            await respond(scope, send, 405, b"method not allowed\n", headers=[(b"allow", b"GET, HEAD")])
            return
        token, _, path = scope["path"].removeprefix(f"{PREFIX}/").partition("/")
        now = time.time()
        try:
            grant = self._verifier.verify_hls(token, now)
        except TokenError as error:
            await respond(scope, send, 401, f"{error}\n".encode())
            return
        try:
            file = await asyncio.to_thread(self._file, path, grant)
            if file is None:
                raise FileNotFoundError
            headers = [_SAFETY, (b"cache-control", _keeping(file, grant, now))]
            await send_file(scope, send, file, _TYPES[file.suffix], headers)
        except (FileNotFoundError, NotADirectoryError):
            await respond(scope, send, 404, b"not found, or not part of this recording\n")

    def _file(self, path: str, grant: HlsGrant) -> Path | None:
        """The file at a path if it belongs to the recording. Names that no file system takes belong to none."""
        if "\0" in path or ".." in PurePosixPath(path).parts or PurePosixPath(path).suffix not in _TYPES:
            return None
        if path not in (grant.playlist, grant.live_playlist) and not self._lists(grant.playlist, path):
            return None
        file, root = (self._directory / path).resolve(), self._directory.resolve()
        return file if file.is_relative_to(root) and file.suffix in _TYPES and file.is_file() else None

    def _lists(self, playlist: str, segment: str) -> bool:
        """Whether the playlist names the segment. It is read each time, because it grows."""
        reference = os.path.relpath(segment, PurePosixPath(playlist).parent)
        try:
            lines = (self._directory / playlist).read_text().splitlines()
        except OSError:
            return False
        return any(unquote(line) == reference for line in lines if not line.startswith("#"))


def _keeping(file: Path, grant: HlsGrant, now: float) -> bytes:
    """A playlist grows; a segment never changes, and may be kept as long as the link holds."""
    if file.suffix == ".m3u8":
        return b"no-cache"
    return f"public, max-age={max(0, int(grant.expires_at - now))}, immutable".encode()
