"""How the commands talk to a running server: LiveKit's services over HTTP, as any other client of the API."""

import time
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import httpx
import msgspec
from cyclopts import Parameter
from google.protobuf.message import Message

from roomful.auth import Grant, VideoGrant, mint
from roomful.cli.output import CommandError
from roomful.config.effective import DEV_KEY, DEV_SECRET

Answer = TypeVar("Answer", bound=Message)

TOKEN_SECONDS = 60.0
TIMEOUT_SECONDS = 10.0


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Connection:
    """Which server, and with which key."""

    url: Annotated[str, Parameter(env_var=["ROOMFUL_URL", "LIVEKIT_URL"])] = "http://127.0.0.1:7880"
    """Address of the server; ws and wss are understood too."""

    api_key: Annotated[str, Parameter(env_var="LIVEKIT_API_KEY")] = ""
    """API key."""

    api_secret: Annotated[str, Parameter(env_var="LIVEKIT_API_SECRET")] = ""
    """Secret of the API key. In the environment it stays out of the process list."""

    dev: Annotated[bool, Parameter(negative=())] = False
    """Use the key of `roomful serve --dev`."""

    insecure: Annotated[bool, Parameter(negative=())] = False
    """Accept any certificate: for servers with --tls self-signed."""

    def credentials(self) -> tuple[str, str]:
        """The key and its secret. Raises CommandError when there are none."""
        if self.api_key and self.api_secret:
            return self.api_key, self.api_secret
        if self.dev:
            return DEV_KEY, DEV_SECRET
        missing = "API secret" if self.api_key else "API key"
        raise CommandError(
            f"no {missing}",
            hint="give --api-key and --api-secret (or LIVEKIT_API_KEY and LIVEKIT_API_SECRET);\n"
            "for a server started with --dev, give --dev here too",
            status=2,
        )

    def call(
        self, method: str, request: Message, answer: type[Answer], *, room: str = "", service: str = "RoomService"
    ) -> Answer:
        """Call a method. `room` is the one to be administered.

        Raises:
            CommandError: the server is out of reach or refuses.
        """
        path = f"/twirp/livekit.{service}/{method}"
        headers = {"content-type": "application/protobuf"}
        return answer.FromString(self._request("POST", path, request.SerializeToString(), headers, room))

    def ask(self, method: str, path: str, body: object = None, *, room: str) -> Any:
        """Call the server's own API about a room: JSON there and back.

        Raises:
            CommandError: the server is out of reach or refuses.
        """
        content = b"" if body is None else msgspec.json.encode(body)
        return msgspec.json.decode(self._request(method, path, content, {}, room))

    def _request(self, method: str, path: str, content: bytes, headers: dict[str, str], room: str) -> bytes:
        key, secret = self.credentials()
        video = VideoGrant(room_create=True, room_list=True, room_record=True, room_admin=bool(room), room=room)
        token = mint(Grant(identity="roomful-cli", video=video), key, secret, TOKEN_SECONDS, time.time())
        try:
            response = httpx.request(
                method,
                f"{http_url(self.url)}{path}",
                content=content,
                headers={"authorization": f"Bearer {token}", **headers},
                timeout=TIMEOUT_SECONDS,
                verify=not self.insecure,
            )
        except httpx.InvalidURL as error:
            raise CommandError(f"{self.url} is not an address: {error}", status=2) from None
        except httpx.TransportError as error:
            raise CommandError(_unreachable(self.url, error), hint=_advice(error)) from None
        if not response.is_success:
            raise CommandError(_refusal(response))
        return response.content


def http_url(url: str) -> str:
    for socket_scheme, scheme in (("wss://", "https://"), ("ws://", "http://")):
        url = url.replace(socket_scheme, scheme, 1) if url.startswith(socket_scheme) else url
    return (url if "://" in url else f"http://{url}").rstrip("/")


def _unreachable(url: str, error: httpx.TransportError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return f"{url} does not answer"
    return f"cannot reach {url}: {error}"


def _advice(error: httpx.TransportError) -> str:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return "for a self-signed certificate, give --insecure"
    return "is the server running? --url says where; `roomful serve --dev` starts one here"


class _Refused(msgspec.Struct):
    code: str = ""
    msg: str = ""
    detail: str = ""


def _refusal(response: httpx.Response) -> str:
    """The server's own words, be it Twirp's JSON, that of its own API, or the plain text of a refused token."""
    try:
        refused = msgspec.json.decode(response.content, type=_Refused)
    except msgspec.DecodeError:
        refused = _Refused()
    if words := refused.msg or refused.detail or refused.code:
        return f"the server refuses: {words}"
    return f"the server refuses ({response.status_code}): {response.text.strip()[:300]}"
