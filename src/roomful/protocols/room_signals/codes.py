"""What an ack says by number, and how connections are closed. specs/room-signals.md §11, §1.1."""

from enum import IntEnum


class Code(IntEnum):
    """`c` of an ack."""

    OK = 200
    INTERNAL_SERVER_ERROR = 500
    """It went wrong here: leave the room. After WATCH: the publisher sends nothing yet, try again."""
    INVALID_SIGNAL = 2001
    """The signal makes no sense, here or anywhere."""
    UNSUPPORTED_CHANNEL = 2002
    """Not in rooms of this channel, or of this engine."""
    ROOM_NOT_FOUND = 4001
    """There is no such room, or you are not in it (any more)."""
    NOT_ROOM_MEMBER = 4002
    """The user to be promoted or rejected is not here."""
    RECIPIENT_NOT_MEMBER = 4003
    """The peer of a `p2p` call is not here, or whom a CHAT is for."""
    ROOM_FULL = 4021
    """As many are here, or publish here, as may."""
    ALREADY_EXIST_ROOM = 4022
    """The room exists: it cannot be created."""
    ALREADY_IS_PUBLISHER = 4023
    """Who may publish need not ask."""
    USER_LEFT = 4024
    """The other one is gone."""
    PERMISSION_NOT_FOUND = 4051
    """Your role, or a host, does not allow it. After CHAT: not so fast, or not at all."""


class CloseCode(IntEnum):
    """WebSocket close codes."""

    NORMAL = 1000
    """The longest time of a connection is over (`room_signals.max_connection`): connect again."""
    GOING_AWAY = 1001
    """The server stops: come back in a moment."""
    UNSUPPORTED_DATA = 1003
    """A binary frame."""
    POLICY_VIOLATION = 1008
    """20 messages that were no JSON object, or more messages than `room_signals.rate_limit` for five seconds."""
    TOO_BIG = 1009
    """A message over `room_signals.max_message_bytes`, or a frame over 32768 bytes with `strict_frame_limit`."""


class SignalError(Exception):
    """A refused signal. Nothing has changed. `message` is for the person who gets it."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def invalid(message: str) -> SignalError:
    """The signal makes no sense."""
    return SignalError(Code.INVALID_SIGNAL, message)
