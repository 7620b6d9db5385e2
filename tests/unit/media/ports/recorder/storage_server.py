"""A small object store that speaks as much of S3 as an upload needs, and fails when told to."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class Storage:
    """What the server holds."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.parts: dict[str, dict[int, bytes]] = {}
        self.requests: list[str] = []
        self.failing = 0
        """How many of the next requests that store something fail."""
        self.status = 503
        self.url = ""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    storage: Storage

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None: ...

    def do_PUT(self) -> None:
        self._store()

    def do_POST(self) -> None:
        self._store()

    def do_DELETE(self) -> None:
        self._answer(204)

    def do_HEAD(self) -> None:
        data = self.storage.objects.get(urlsplit(self.path).path)
        if data is None:
            self._answer(404)
        else:
            self._answer(200, length=len(data))

    def _store(self) -> None:
        storage, split = self.storage, urlsplit(self.path)
        query = parse_qs(split.query, keep_blank_values=True)
        body = self._body()
        storage.requests.append(f"{self.command} {split.path}")
        if storage.failing > 0:
            storage.failing -= 1
            self._answer(storage.status, b"<Error><Code>Trouble</Code></Error>")
        elif "uploads" in query:
            storage.parts[split.path] = {}
            self._answer(200, b"<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>")
        elif "partNumber" in query:
            storage.parts[split.path][int(query["partNumber"][0])] = body
            self._answer(200)
        elif self.command == "POST":
            parts = storage.parts.pop(split.path)
            storage.objects[split.path] = b"".join(parts[number] for number in sorted(parts))
            self._answer(200, b"<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>")
        else:
            storage.objects[split.path] = body
            self._answer(200)

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        body = b""
        while size := int(re.split(rb"[;\r]", self.rfile.readline())[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _answer(self, status: int, body: bytes = b"", length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("ETag", '"e"')
        self.send_header("Last-Modified", "Mon, 02 Jan 2006 15:04:05 GMT")
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def serve() -> Iterator[Storage]:
    storage = Storage()
    handler = type("Handler", (_Handler,), {"storage": storage})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    storage.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield storage
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
