"""HTTP requests and answers as this protocol reads and writes them. RFC 9725, RFC 9110."""

from collections.abc import Iterable, MutableMapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from roomful.media.ice import IceServer
from roomful.protocols.whip.problems import CONTENT_TYPE as PROBLEM
from roomful.protocols.whip.problems import Problem

SDP = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"
MAX_BODY_BYTES = 256 * 1024


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request with its body."""

    method: str
    headers: dict[str, str]
    """Names in lower case; of a repeated header the values with commas between."""
    query: dict[str, str]
    raw_headers: list[tuple[bytes, bytes]]
    raw_query: bytes
    address: str
    body: bytes

    def text(self, content_type: str) -> str:
        """The body, if it is of that type. Raises Problem (400, 415)."""
        given = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if given != content_type:
            accepted = ("accept-post" if content_type == SDP else "accept-patch", content_type)
            raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"the body must be {content_type}", (accepted,))
        try:
            return self.body.decode()
        except UnicodeDecodeError:
            raise Problem(HTTPStatus.BAD_REQUEST, "the body is not UTF-8 text") from None

    def require_match(self, etag: str) -> None:
        """Check `If-Match` against the current entity tag. Raises Problem (412, 428). RFC 9725 §4.3.1."""
        given = self.headers.get("if-match")
        if given is None:
            raise Problem(HTTPStatus.PRECONDITION_REQUIRED, "If-Match is missing")
        if given.strip() != "*" and etag not in (tag.strip() for tag in given.split(",")):
            raise Problem(HTTPStatus.PRECONDITION_FAILED, "If-Match names an ICE session that is over")


def request_of(scope: MutableMapping[str, Any], body: bytes) -> Request:
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    query: bytes = scope.get("query_string", b"")
    try:
        pairs = parse_qsl(query.decode("latin-1"), max_num_fields=20)
    except ValueError:
        raise Problem(HTTPStatus.BAD_REQUEST, "too many parameters") from None
    client = scope.get("client")
    return Request(
        method=scope["method"],
        headers=headers,
        query=dict(pairs),
        raw_headers=list(scope["headers"]),
        raw_query=query,
        address=client[0] if client else "",
        body=body,
    )


class Response(msgspec.Struct, frozen=True, kw_only=True):
    status: HTTPStatus
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


def of_problem(problem: Problem) -> Response:
    headers = (("content-type", PROBLEM), *problem.headers)
    return Response(status=problem.status, body=problem.body(), headers=headers)


def links(servers: Iterable[IceServer]) -> tuple[tuple[str, str], ...]:
    """ICE servers as `Link` headers. RFC 9725 §4.6."""
    headers: list[tuple[str, str]] = []
    for server in servers:
        parameters = 'rel="ice-server"'
        if server.username:
            name, secret = _quoted(server.username), _quoted(server.credential)
            parameters += f'; username={name}; credential={secret}; credential-type="password"'
        headers += [("link", f"<{url}>; {parameters}") for url in server.urls]
    return tuple(headers)


def _quoted(text: str) -> str:
    """A quoted-string. RFC 9110 §5.6.4."""
    printable = "".join(letter for letter in text if letter.isprintable() and letter.isascii())
    escaped = printable.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
