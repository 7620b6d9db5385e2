"""PerformRpc: a back end calls a method of a participant. specs/livekit.md §1.3."""

import asyncio

from livekit.protocol import room as messages

from roomful.auth import Grant
from roomful.protocols.livekit.calls import MAX_PAYLOAD_BYTES, Answer, Failure, RpcCode, request_packet
from roomful.protocols.livekit.room_service.authorize import require_admin
from roomful.protocols.livekit.room_service.errors import Code, TwirpError
from roomful.protocols.livekit.room_service.service import PREFIX
from roomful.protocols.livekit.room_service.twirp import Method
from roomful.protocols.livekit.sessions import Sessions
from roomful.rooms.registry import Rooms

DEFAULT_TIMEOUT_MS = 10_000
MAX_TIMEOUT_MS = 120_000
ACK_SECONDS = 2.0
"""From the request until the participant has it."""

_CODE = {
    RpcCode.UNSUPPORTED_METHOD: Code.INVALID_ARGUMENT,
    RpcCode.RECIPIENT_NOT_FOUND: Code.NOT_FOUND,
    RpcCode.REQUEST_PAYLOAD_TOO_LARGE: Code.INVALID_ARGUMENT,
    RpcCode.UNSUPPORTED_SERVER: Code.UNIMPLEMENTED,
    RpcCode.UNSUPPORTED_VERSION: Code.UNIMPLEMENTED,
    RpcCode.CONNECTION_TIMEOUT: Code.CANCELED,
    RpcCode.RESPONSE_TIMEOUT: Code.CANCELED,
    RpcCode.RECIPIENT_DISCONNECTED: Code.UNAVAILABLE,
    RpcCode.RESPONSE_PAYLOAD_TOO_LARGE: Code.MALFORMED,
}
"""All other codes, the application's own among them, are `internal`."""


class CallMethods:
    """See `methods`."""

    def __init__(self, rooms: Rooms, sessions: Sessions) -> None:
        self._rooms = rooms
        self._sessions = sessions

    def methods(self) -> dict[str, Method]:
        longest = MAX_TIMEOUT_MS / 1000 + ACK_SECONDS
        return {PREFIX + "PerformRpc": Method(messages.PerformRpcRequest, self.perform, longest=longest)}

    async def perform(self, grant: Grant, request: messages.PerformRpcRequest) -> messages.PerformRpcResponse:
        require_admin(grant, request.room)
        if not request.destination_identity:
            raise TwirpError(Code.INVALID_ARGUMENT, "destination identity is required")
        timeout_ms = request.response_timeout_ms or DEFAULT_TIMEOUT_MS
        if timeout_ms > MAX_TIMEOUT_MS:
            raise TwirpError(Code.INVALID_ARGUMENT, f"response timeout exceeds limits: max {MAX_TIMEOUT_MS} ms")
        if len(request.payload.encode()) > MAX_PAYLOAD_BYTES:
            raise failed(Failure(RpcCode.REQUEST_PAYLOAD_TOO_LARGE, "Request payload too large"))
        answer = await self._call(request, timeout_ms)
        if isinstance(answer, Failure):
            raise failed(answer)
        return messages.PerformRpcResponse(payload=answer)

    async def _call(self, request: messages.PerformRpcRequest, timeout_ms: int) -> Answer:
        room = self._rooms.with_name(request.room)
        participant = room.with_identity(request.destination_identity)
        session = self._sessions.find(room, participant.identity)
        if session is None:
            return Failure(RpcCode.UNSUPPORTED_SERVER, f"{participant.protocol} has no RPC")
        if not session.hears_reliably:
            return Failure(RpcCode.CONNECTION_TIMEOUT, "Connection timeout")
        acknowledged = asyncio.Event()
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

        def on_answer(answer: Answer) -> None:
            acknowledged.set()
            if not answered.done():
                answered.set_result(answer)

        calls = session.services.calls
        call = calls.begin(participant.sid, acknowledged.set, on_answer)
        session.send_packet(request_packet(call, participant.identity, request.method, request.payload, timeout_ms))
        try:
            try:
                await asyncio.wait_for(acknowledged.wait(), ACK_SECONDS)
            except TimeoutError:
                return Failure(RpcCode.CONNECTION_TIMEOUT, "Connection timeout")
            try:
                return await asyncio.wait_for(answered, timeout_ms / 1000)
            except TimeoutError:
                return Failure(RpcCode.RESPONSE_TIMEOUT, "Response timeout")
        finally:
            calls.give_up(call)


def failed(failure: Failure) -> TwirpError:
    code = next((code for number, code in _CODE.items() if number == failure.code), Code.INTERNAL)
    return TwirpError(code, f"RpcError {failure.code}: {failure.message}: {failure.data}")
