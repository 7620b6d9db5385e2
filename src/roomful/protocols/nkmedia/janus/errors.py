"""Janus's errors in the words of this API. specs/nkmedia.md §10.6."""

from typing import Any

from roomful.protocols.nkmedia.codes import Code, NkError

ROOM_EXISTS = 427
ID_EXISTS = 436

_CORE = {
    403: Code.UNAUTHORIZED,
    405: Code.UNAUTHORIZED,
    458: Code.JANUS_SESSION_DOWN,
    459: Code.JANUS_SESSION_DOWN,
    460: Code.JANUS_SESSION_DOWN,
    461: Code.JANUS_SESSION_DOWN,
    464: Code.INVALID_SDP,
    465: Code.INVALID_SDP,
}
_PLUGIN = {
    421: Code.INVALID_PARAMETERS,
    422: Code.INVALID_PARAMETERS,
    423: Code.INVALID_PARAMETERS,
    424: Code.INVALID_STATE,
    425: Code.INVALID_STATE,
    426: Code.ROOM_NOT_FOUND,
    ROOM_EXISTS: Code.ROOM_ALREADY_EXISTS,
    428: Code.INVALID_PUBLISHER,
    429: Code.INVALID_PARAMETERS,
    430: Code.INVALID_PARAMETERS,
    431: Code.INVALID_SDP,
    433: Code.UNAUTHORIZED,
    434: Code.INVALID_STATE,
    435: Code.INVALID_STATE,
    ID_EXISTS: Code.JANUS_ERROR,
    437: Code.INVALID_SDP,
    438: Code.INVALID_PUBLISHER,
}
"""Of the VideoRoom plugin. The echo test's are other numbers, and all of them the server's own fault."""


class JanusError(NkError):
    """Janus refused something."""

    def __init__(self, number: int, reason: str, code: Code) -> None:
        """`number` is Janus's own code."""
        super().__init__(code, f"{number}: {reason}"[:200])
        self.number = number


def of_core(number: int, reason: str) -> JanusError:
    return JanusError(number, reason, _CORE.get(number, Code.JANUS_ERROR))


def of_plugin(data: dict[str, Any]) -> JanusError | None:
    """The error in a plugin's answer, if it is one."""
    number = data.get("error_code")
    if not isinstance(number, int):
        return None
    return JanusError(number, str(data.get("error", "")), _PLUGIN.get(number, Code.JANUS_ERROR))
