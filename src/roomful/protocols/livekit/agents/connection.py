"""One worker's WebSocket: protobuf in binary frames, protojson in text. specs/livekit.md §6.6."""

import logging
import time

from google.protobuf import json_format
from google.protobuf.message import DecodeError
from livekit.protocol.agent import ServerMessage, WorkerMessage

from roomful.protocols.livekit.agents.session import CloseCode, WorkerSession
from roomful.sockets import Socket, binary_frame, text_frame

logger = logging.getLogger(__name__)


class WorkerConnection:
    """A `Connection` for the session, and the receiver of the worker's messages."""

    def __init__(self, socket: Socket) -> None:
        self._socket = socket
        self._session: WorkerSession | None = None
        self._is_text = False
        """The worker's last message was text, so that it gets text."""

    def send(self, message: ServerMessage) -> None:
        if self._is_text:
            frame = text_frame(json_format.MessageToJson(message, indent=None).encode())
        else:
            frame = binary_frame(message.SerializeToString())
        self._socket.send_frame(frame)

    def close(self, code: int, reason: str) -> None:
        self._socket.close(code, reason)

    def listen(self, session: WorkerSession) -> None:
        self._session = session
        self._socket.listen(self)

    def on_message(self, message: str | bytes) -> None:
        if self._session is None or not self._socket.is_open:
            return
        self._is_text = isinstance(message, str)
        try:
            decoded = _decode(message)
        except (DecodeError, json_format.ParseError, RecursionError, ValueError):
            self.close(CloseCode.UNREADABLE, "not a message of a worker")
            return
        try:
            self._session.receive(decoded, time.time())
        except Exception:  # a bug costs the worker that found it, and nobody else
            logger.exception("a message of a worker failed")
            self.close(CloseCode.FAILED, "internal error")

    def on_disconnect(self, code: int) -> None:
        if self._session is not None:
            self._session.close(time.time())


def _decode(message: str | bytes) -> WorkerMessage:
    if isinstance(message, str):
        return json_format.Parse(message, WorkerMessage(), ignore_unknown_fields=True)
    return WorkerMessage.FromString(message)
