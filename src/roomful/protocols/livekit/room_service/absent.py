"""Services of LiveKit that this server does not have: whoever calls one is told so. specs/livekit.md §6.4."""

from collections.abc import Iterable
from typing import Any, NoReturn

from google.protobuf.descriptor import FileDescriptor, MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from livekit.protocol import agent_simulation, cloud_agent, connector, sip

from roomful.auth import Grant
from roomful.protocols.livekit.room_service.errors import Code, TwirpError
from roomful.protocols.livekit.room_service.twirp import Method

_ABSENT: tuple[tuple[FileDescriptor, str], ...] = (
    (sip.DESCRIPTOR, "there is no SIP here: telephone calls need a gateway of their own"),
    (connector.DESCRIPTOR, "there are no connectors to WhatsApp or Twilio here"),
    (cloud_agent.DESCRIPTOR, "agents are not hosted here: run your workers yourself, they register at /agent"),
    (agent_simulation.DESCRIPTOR, "agents are not simulated here"),
)


def absent_methods() -> dict[str, Method]:
    """Every method of those services, by path. What they would need a grant for nobody has to show."""
    return {path: method for descriptor, words in _ABSENT for path, method in _of_services(descriptor, words)}


def _of_services(descriptor: FileDescriptor, words: str) -> Iterable[tuple[str, Method]]:
    for service in descriptor.services_by_name.values():
        for method in service.methods:
            yield f"/twirp/{service.full_name}/{method.name}", _absent(method, words)


def _absent(method: MethodDescriptor, words: str) -> Method:
    async def refuse(grant: Grant | None, request: Any) -> NoReturn:
        raise TwirpError(Code.UNIMPLEMENTED, f"{method.full_name}: {words}")

    request: type[Message] = GetMessageClass(method.input_type)
    return Method(request, refuse, needs_grant=False)
