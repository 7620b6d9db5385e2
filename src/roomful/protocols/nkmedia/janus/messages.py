"""What Janus says. specs/nkmedia.md §10.4."""

from typing import Any

import msgspec


class Jsep(msgspec.Struct, frozen=True):
    type: str = ""
    sdp: str = ""


class PluginData(msgspec.Struct, frozen=True):
    plugin: str = ""
    data: dict[str, Any] = {}


class CoreError(msgspec.Struct, frozen=True):
    code: int = 0
    reason: str = ""


class Message(msgspec.Struct, frozen=True):
    """An answer, or an event. What a kind does not have is empty."""

    janus: str
    transaction: str = ""
    session_id: int = 0
    sender: int = 0
    """A handle."""
    data: dict[str, Any] = {}
    plugindata: PluginData | None = None
    jsep: Jsep | None = None
    error: CoreError | None = None
    plugins: dict[str, Any] = {}
    full_trickle: bool = msgspec.field(name="full-trickle", default=False)
    type: str = ""
    receiving: bool = False
    uplink: bool = False
    lost: int = 0
    reason: str = ""

    @property
    def plugin_data(self) -> dict[str, Any]:
        return {} if self.plugindata is None else self.plugindata.data


_decode = msgspec.json.Decoder(Message, strict=False).decode


def read(text: str | bytes) -> Message:
    """Raises ValueError."""
    try:
        return _decode(text)
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from None
