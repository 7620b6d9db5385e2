"""The web pages: files of the built UI, and its one page for every address the UI routes by itself."""

import mimetypes
from pathlib import Path

from roomful.web.asgi import Receive, Scope, Send, respond
from roomful.web.files import send_file

BUILT_PAGES = Path(__file__).with_name("static")

_NOT_BUILT = b"""<!doctype html><meta charset="utf-8"><title>roomful</title>
<h1>The pages are not built</h1>
<p>The server runs, and clients can use it. To have the pages too, run <code>make ui</code> and reload.</p>
"""

_FOREVER = b"public, max-age=31536000, immutable"
_ASK_AGAIN = b"no-cache"

_SAFETY = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),  # a join link may hold a token
)


class Pages:
    """ASGI application for GET and HEAD on the UI."""

    def __init__(self, directory: Path = BUILT_PAGES) -> None:
        self._directory = directory.resolve()

    @property
    def built(self) -> bool:
        return (self._directory / "index.html").is_file()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await respond(scope, send, 405, b"method not allowed\n", headers=[(b"allow", b"GET, HEAD")])
        elif self.has(scope["path"]):
            await self._send_file(scope, send, self._directory / scope["path"].lstrip("/"))
        elif self.built:
            await self._send_file(scope, send, self._directory / "index.html")
        else:
            await respond(scope, send, 503, _NOT_BUILT, b"text/html; charset=utf-8")

    def has(self, path: str) -> bool:
        """Is there a file for this path? Paths that lead out of the directory have none."""
        if "\0" in path or not path.lstrip("/"):
            return False
        try:
            file = (self._directory / path.lstrip("/")).resolve()
            return file.is_relative_to(self._directory) and file.is_file()
        except OSError:  # a name that no file system takes
            return False

    async def _send_file(self, scope: Scope, send: Send, path: Path) -> None:
        # Vite names everything below assets/ by its content.
        hashed = path.parent.name == "assets"
        headers = [(b"cache-control", _FOREVER if hashed else _ASK_AGAIN), *_SAFETY]
        await send_file(scope, send, path, _content_type(path), headers)


def _content_type(path: Path) -> bytes:
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8".encode() if kind.startswith("text/") else kind.encode()
