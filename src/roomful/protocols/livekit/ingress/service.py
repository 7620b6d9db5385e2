"""The four methods of the Ingress service. specs/livekit.md §6.3."""

import secrets
from urllib.parse import urlsplit

from livekit.protocol import ingress as messages
from livekit.protocol.ingress import IngressInfo, IngressInput, IngressState

from roomful.auth import Grant
from roomful.config import Config
from roomful.protocols.livekit.ingress.ingresses import Ingresses, is_enabled
from roomful.protocols.livekit.room_service.authorize import require_ingress
from roomful.protocols.livekit.room_service.errors import Code, TwirpError
from roomful.protocols.livekit.room_service.twirp import Method
from roomful.rooms.ids import ALPHABET, new_id
from roomful.rooms.limits import Limits, check_length, check_metadata
from roomful.rooms.room import check_room_name

PREFIX = "/twirp/livekit.Ingress/"
KEY_LENGTH = 24
"""Random characters of a stream key, about 140 bits: it is a password that stands in a URL."""
MAX_INGRESSES = 10_000
SCHEMES = ("http", "https", "srt", "rtsp", "rtsps")
_TEXTS = ("name", "room_name", "participant_identity", "participant_name", "participant_metadata")


class IngressService:
    """Each method takes the caller's grant and the request, and returns the answer."""

    def __init__(self, ingresses: Ingresses, config: Config, limits: Limits) -> None:
        self._ingresses = ingresses
        self._limits = limits
        scheme = "https" if config.tls.self_signed or config.tls.cert_file else "http"
        self._whip_url = config.ingress.whip_base_url.rstrip("/") or f"{scheme}://localhost:{config.port}/w"

    def methods(self) -> dict[str, Method]:
        """The service's methods, by path."""
        methods = {
            "CreateIngress": Method(messages.CreateIngressRequest, self.create),
            "UpdateIngress": Method(messages.UpdateIngressRequest, self.update),
            "ListIngress": Method(messages.ListIngressRequest, self.list),
            "DeleteIngress": Method(messages.DeleteIngressRequest, self.delete),
        }
        return {PREFIX + name: method for name, method in methods.items()}

    async def create(self, grant: Grant, request: messages.CreateIngressRequest) -> IngressInfo:
        require_ingress(grant)
        if len(self._ingresses.list()) >= MAX_INGRESSES:
            raise TwirpError(Code.RESOURCE_EXHAUSTED, f"there are {MAX_INGRESSES} ingresses, which is the most")
        pulls = request.input_type == IngressInput.URL_INPUT
        info = IngressInfo(
            ingress_id=new_id("IN_"),
            input_type=request.input_type,
            url=_checked_url(request.url) if pulls else "",
            stream_key="" if pulls else _new_key(),
            reusable=not pulls,
            enable_transcoding=request.input_type != IngressInput.WHIP_INPUT,
            state=IngressState(),
        )
        if request.input_type == IngressInput.WHIP_INPUT:
            info.url = self._whip_url
        self._take(request, info)
        await self._ingresses.add(info)
        return info

    async def update(self, grant: Grant, request: messages.UpdateIngressRequest) -> IngressInfo:
        """Empty fields stay as they are. Who sends now goes on as he began, unless the ingress is disabled."""
        require_ingress(grant)
        info = self._ingresses.get(request.ingress_id)
        if not info.reusable:
            raise TwirpError(Code.INVALID_ARGUMENT, "an ingress that pulls a URL cannot be changed: make another")
        changed = IngressInfo()
        changed.CopyFrom(info)
        self._take(request, changed)
        info.CopyFrom(changed)
        if not is_enabled(info):
            self._ingresses.hang_up(info.ingress_id)
        await self._ingresses.save(info)
        return info

    async def list(self, grant: Grant, request: messages.ListIngressRequest) -> messages.ListIngressResponse:
        """All of them, or those of a room, or one; an unknown one is none."""
        require_ingress(grant)
        return messages.ListIngressResponse(
            items=[
                info
                for info in self._ingresses.list()
                if request.room_name in ("", info.room_name) and request.ingress_id in ("", info.ingress_id)
            ]
        )

    async def delete(self, grant: Grant, request: messages.DeleteIngressRequest) -> IngressInfo:
        require_ingress(grant)
        return await self._ingresses.remove(request.ingress_id)

    def _take(self, request: messages.CreateIngressRequest | messages.UpdateIngressRequest, info: IngressInfo) -> None:
        """Put what the request says into the ingress. Raises TwirpError, RoomError."""
        for name in _TEXTS:
            if value := getattr(request, name):
                setattr(info, name, value)
        for name in ("audio", "video"):
            if request.HasField(name):
                getattr(info, name).CopyFrom(getattr(request, name))
        if request.HasField("enabled"):
            info.enabled = request.enabled
        if not info.participant_identity:
            raise TwirpError(Code.INVALID_ARGUMENT, "participant_identity is missing")
        if info.input_type == IngressInput.WHIP_INPUT and request.HasField("enable_transcoding"):
            if request.enable_transcoding:
                raise TwirpError(Code.UNIMPLEMENTED, "WHIP is passed on as it comes: it cannot be transcoded")
            info.enable_transcoding = False
        check_room_name(info.room_name, self._limits)
        check_length("participant identity", info.participant_identity, self._limits.identity)
        check_length("participant name", info.participant_name, self._limits.participant_name)
        check_length("ingress name", info.name, self._limits.participant_name)
        check_metadata(info.participant_metadata, self._limits)


def _new_key() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(KEY_LENGTH))


def _checked_url(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:  # half an IPv6 address
        parts = urlsplit("")
    if parts.scheme not in SCHEMES or not parts.hostname:
        raise TwirpError(Code.INVALID_ARGUMENT, f"url must be one of {', '.join(SCHEMES)}")
    return url
