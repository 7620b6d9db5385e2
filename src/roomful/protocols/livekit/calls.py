"""RPC from the server to a participant: the packets of both directions. specs/livekit.md §1.3 PerformRpc, §3.22.

The server calls under a name of its own for each call; what comes back to that name is for the server alone.
"""

import uuid
from collections.abc import Callable
from enum import IntEnum
from typing import TypeAlias

import msgspec
from livekit.protocol import models

MAX_PAYLOAD_BYTES = 15360
VERSION = 1
"""Of the RPC that goes in single packets, which all clients understand."""


class RpcCode(IntEnum):
    """What went wrong, beside the codes that applications choose themselves."""

    UNSUPPORTED_METHOD = 1400
    RECIPIENT_NOT_FOUND = 1401
    REQUEST_PAYLOAD_TOO_LARGE = 1402
    UNSUPPORTED_SERVER = 1403
    UNSUPPORTED_VERSION = 1404
    APPLICATION_ERROR = 1500
    CONNECTION_TIMEOUT = 1501
    RESPONSE_TIMEOUT = 1502
    RECIPIENT_DISCONNECTED = 1503
    RESPONSE_PAYLOAD_TOO_LARGE = 1504
    SEND_FAILED = 1505


class Failure(msgspec.Struct, frozen=True):
    """A call that did not succeed."""

    code: int
    """An `RpcCode`, or one of the application."""
    message: str
    data: str = ""


Answer: TypeAlias = str | Failure


class Call(msgspec.Struct, kw_only=True):
    """A call under way."""

    id: str
    participant_sid: str
    on_ack: Callable[[], None]
    """The participant has it."""
    on_answer: Callable[[Answer], None]
    """It is over, once."""


class Calls:
    """All calls of the server that wait for their answer."""

    def __init__(self) -> None:
        self._calls: dict[str, Call] = {}

    def __len__(self) -> int:
        return len(self._calls)

    def begin(self, participant_sid: str, on_ack: Callable[[], None], on_answer: Callable[[Answer], None]) -> Call:
        call = Call(id=str(uuid.uuid4()), participant_sid=participant_sid, on_ack=on_ack, on_answer=on_answer)
        self._calls[call.id] = call
        return call

    def give_up(self, call: Call) -> None:
        """Nobody waits for it any more."""
        self._calls.pop(call.id, None)

    def take(self, packet: models.DataPacket, sender_sid: str) -> bool:
        """Look whether a packet answers one of the calls. Returns False for any other."""
        match packet.WhichOneof("value"):
            case "rpc_ack":
                call = self._called(packet.rpc_ack.request_id, sender_sid)
                if call is not None:
                    call.on_ack()
            case "rpc_response":
                call = self._called(packet.rpc_response.request_id, sender_sid)
                if call is not None:
                    self._finish(call, _answer(packet.rpc_response))
            case _:
                return False
        return call is not None

    def left(self, participant_sid: str) -> None:
        """A participant is gone: it answers nothing any more."""
        for call in [call for call in self._calls.values() if call.participant_sid == participant_sid]:
            self._finish(call, Failure(RpcCode.RECIPIENT_DISCONNECTED, "Recipient disconnected"))

    def moved(self, before: str, after: str) -> None:
        """A participant has another sid."""
        for call in self._calls.values():
            if call.participant_sid == before:
                call.participant_sid = after

    def _called(self, call_id: str, sender_sid: str) -> Call | None:
        call = self._calls.get(call_id)
        return call if call is not None and call.participant_sid == sender_sid else None

    def _finish(self, call: Call, answer: Answer) -> None:
        del self._calls[call.id]
        call.on_answer(answer)


def request_packet(call: Call, identity: str, method: str, payload: str, timeout_ms: int) -> bytes:
    """What the participant with this identity gets."""
    packet = models.DataPacket(
        kind=models.DataPacket.Kind.RELIABLE,
        participant_identity=call.id,
        destination_identities=[identity],
        rpc_request=models.RpcRequest(
            id=call.id, method=method, payload=payload, response_timeout_ms=timeout_ms, version=VERSION
        ),
    )
    return packet.SerializeToString()


def _answer(response: models.RpcResponse) -> Answer:
    if response.HasField("error"):
        return Failure(response.error.code, response.error.message, response.error.data)
    if len(response.payload.encode()) > MAX_PAYLOAD_BYTES:
        return Failure(RpcCode.RESPONSE_PAYLOAD_TOO_LARGE, "Response payload too large")
    return response.payload
