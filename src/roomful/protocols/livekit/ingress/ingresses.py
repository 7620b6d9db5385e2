"""All ingresses of this server."""

import logging
import time
from collections.abc import Callable, Mapping
from typing import TypeAlias

from google.protobuf.message import DecodeError
from livekit.protocol.ingress import IngressInfo, IngressInput, IngressState
from livekit.protocol.webhook import WebhookEvent

from roomful.protocols.livekit.ingress.session import IngressSession
from roomful.protocols.livekit.ingress.sources import IngressSource
from roomful.protocols.livekit.room_service.errors import Code, TwirpError
from roomful.rooms.model import LeaveReason, ParticipantKind
from roomful.rooms.participant import JoinRequest, Participant
from roomful.rooms.permissions import Permission
from roomful.rooms.room import Room
from roomful.storage import IngressKeeper

Send: TypeAlias = Callable[[WebhookEvent, str], None]

SAVE_SECONDS = 2.0
"""How long an API call waits for its ingress to be saved."""

logger = logging.getLogger(__name__)


class KeyedStream:
    """What a stream key stands for, for the endpoint that takes the media in."""

    def __init__(self, ingresses: "Ingresses", info: IngressInfo) -> None:
        self._ingresses = ingresses
        self._info = info

    @property
    def ingress_id(self) -> str:
        return self._info.ingress_id

    @property
    def room_name(self) -> str:
        return self._info.room_name

    @property
    def request(self) -> JoinRequest:
        """The participant that sends: it publishes and does nothing else."""
        return JoinRequest(
            identity=self._info.participant_identity,
            name=self._info.participant_name,
            metadata=self._info.participant_metadata,
            permission=Permission(can_subscribe=False, can_publish_data=False),
            kind=ParticipantKind.INGRESS,
            protocol="whip" if self._info.input_type == IngressInput.WHIP_INPUT else "ingress",
        )

    def joined(self, room: Room, participant: Participant) -> None:
        """It is in the room."""
        self._ingresses.begin(self._info.ingress_id, room, participant, time.time())


class Ingresses:
    """Keeps ingresses and who sends into them. Methods raise TwirpError."""

    def __init__(self, keeper: IngressKeeper, send: Send, sources: Mapping[IngressInput, IngressSource]) -> None:
        """`send` sends a webhook; `sources` bring the media of kinds other than WHIP."""
        self._keeper = keeper
        self._send = send
        self._sources = sources
        self._infos: dict[str, IngressInfo] = {}
        self._keys: dict[str, str] = {}
        """Stream key → ingress id."""
        self._sessions: dict[str, IngressSession] = {}
        self.started = 0
        """How often somebody began to send since the server started."""
        self.failed = 0
        """How often a source could not begin, or go on."""

    @property
    def active(self) -> int:
        """Those into which somebody sends."""
        return len(self._sessions)

    def restore(self, stored: Mapping[str, bytes]) -> int:
        """Take over what was there before the last stop. Nobody sends yet. Returns how many there are."""
        for ingress_id, content in stored.items():
            try:
                info = IngressInfo.FromString(content)
            except DecodeError as error:
                logger.error("an ingress cannot be read and is left out", extra={"id": ingress_id, "why": str(error)})
                continue
            self._remember(info)
            if info.reusable:
                info.state.CopyFrom(IngressState())
                self._start(info)
            elif info.state.status != IngressState.Status.ENDPOINT_COMPLETE:
                info.state.status = IngressState.Status.ENDPOINT_ERROR
                info.state.error = "the server was restarted"
        return len(self._infos)

    def list(self) -> list[IngressInfo]:
        return list(self._infos.values())

    def get(self, ingress_id: str) -> IngressInfo:
        info = self._infos.get(ingress_id)
        if info is None:
            raise TwirpError(Code.NOT_FOUND, "ingress does not exist")
        return info

    def find(self, key: str, kind: IngressInput = IngressInput.WHIP_INPUT) -> KeyedStream | None:
        """The stream of a key that may be sent now."""
        info = self._infos.get(self._keys.get(key, ""))
        if info is None or info.input_type != kind or not is_enabled(info):
            return None
        return KeyedStream(self, info)

    def stream(self, ingress_id: str) -> KeyedStream:
        """What a source needs to bring media into the room."""
        return KeyedStream(self, self.get(ingress_id))

    async def add(self, info: IngressInfo) -> None:
        """Keep a new ingress, and begin to serve it."""
        if info.input_type != IngressInput.WHIP_INPUT and info.input_type not in self._sources:
            name = IngressInput.Name(info.input_type)
            raise TwirpError(Code.UNIMPLEMENTED, f"this server does not take {name} in")
        self._start(info)
        self._remember(info)
        await self.save(info)

    async def save(self, info: IngressInfo) -> None:
        """An ingress has changed."""
        self._keeper.put(info.ingress_id, info.SerializeToString())
        await self._keeper.settled(SAVE_SECONDS)

    async def remove(self, ingress_id: str) -> IngressInfo:
        """Forget an ingress; who sends into it is out."""
        info = self.get(ingress_id)
        self.hang_up(ingress_id)
        del self._infos[ingress_id]
        self._keys.pop(info.stream_key, None)
        if (source := self._sources.get(info.input_type)) is not None:
            source.stop(ingress_id)
        self._keeper.put(ingress_id, None)
        await self._keeper.settled(SAVE_SECONDS)
        return info

    def hang_up(self, ingress_id: str) -> None:
        """Who sends into it has to leave the room."""
        session = self._sessions.get(ingress_id)
        if session is not None:
            session.room.leave(session.participant.sid, LeaveReason.PARTICIPANT_REMOVED, time.time())

    def begin(self, ingress_id: str, room: Room, participant: Participant, now: float) -> None:
        """Somebody sends: its participant is in the room. `now` is unix seconds."""
        info = self._infos.get(ingress_id)
        if info is None or participant.sid not in room.participants:
            return
        self.started += 1
        self._sessions[ingress_id] = IngressSession(info, room, participant, now, lambda at: self._end(info))
        self._send(WebhookEvent(event="ingress_started", ingress_info=info), ingress_id)

    def fail(self, ingress_id: str, error: str) -> None:
        """A source cannot go on."""
        info = self._infos.get(ingress_id)
        if info is not None:
            self.failed += 1
            self.hang_up(ingress_id)
            info.state.status, info.state.error = IngressState.Status.ENDPOINT_ERROR, error

    def _end(self, info: IngressInfo) -> None:
        self._sessions.pop(info.ingress_id, None)
        self._send(WebhookEvent(event="ingress_ended", ingress_info=info), info.ingress_id)

    def _remember(self, info: IngressInfo) -> None:
        self._infos[info.ingress_id] = info
        if info.stream_key:
            self._keys[info.stream_key] = info.ingress_id

    def _start(self, info: IngressInfo) -> None:
        if (source := self._sources.get(info.input_type)) is not None:
            source.start(info)


def is_enabled(info: IngressInfo) -> bool:
    return not info.HasField("enabled") or info.enabled
