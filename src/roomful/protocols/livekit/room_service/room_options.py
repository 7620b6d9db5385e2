"""From LiveKit's descriptions of a room to the domain's options. specs/livekit.md §1.3 CreateRoom, §2.5, §5.2.

A description comes in a CreateRoom request, in a token (`roomConfig`), or from the configuration as a preset.
"""

from collections.abc import Mapping
from typing import Any

from google.protobuf import json_format
from livekit.protocol.room import CreateRoomRequest, RoomConfiguration

from roomful.config import ConfigError
from roomful.protocols.livekit.room_service.errors import Code, TwirpError
from roomful.rooms.options import RoomOptions

EGRESS, AGENTS, DISPATCHES = "egress", "agents", "dispatches"
"""Keys of `RoomOptions.attachments`: what to record (`RoomEgress`), whom to send for (`RoomConfiguration`), and whom
the room has sent for since (`ListAgentDispatchResponse`), which then counts instead."""


class RoomPresets:
    """Room configurations by name, read once."""

    def __init__(self, configurations: Mapping[str, Mapping[str, Any]]) -> None:
        """`configurations` is `room.room_configurations`. Raises ConfigError."""
        self._presets: dict[str, RoomConfiguration] = {}
        for name, fields in configurations.items():
            try:
                self._presets[name] = json_format.ParseDict(dict(fields), RoomConfiguration())
            except json_format.ParseError as error:
                raise ConfigError(str(error), key=f"room.room_configurations.{name}") from None

    def get(self, name: str) -> RoomConfiguration | None:
        return self._presets.get(name)


def options_of_request(request: CreateRoomRequest, presets: RoomPresets) -> RoomOptions:
    """The options of a new room; what the request says overrides its preset. Raises TwirpError (invalid_argument)."""
    configuration = RoomConfiguration()
    if request.room_preset:
        preset = presets.get(request.room_preset)
        if preset is None:
            raise TwirpError(Code.INVALID_ARGUMENT, "unknown room configuration in create room request")
        configuration.CopyFrom(preset)
    # Fields of the same name and type; repeated ones replace those of the preset, they do not add to them.
    for field, value in request.ListFields():
        if field.name in ("name", "room_preset") or field.name not in RoomConfiguration.DESCRIPTOR.fields_by_name:
            continue
        configuration.ClearField(field.name)
        if field.message_type is None and not field.is_repeated:
            setattr(configuration, field.name, value)
        else:
            getattr(configuration, field.name).MergeFrom(value)
    return options_of_configuration(configuration, request.name)


def options_of_configuration(configuration: RoomConfiguration, room_name: str) -> RoomOptions:
    """The options of a new room with that name."""
    attachments: dict[str, bytes] = {}
    if configuration.HasField("egress"):
        if configuration.egress.HasField("room"):
            configuration.egress.room.room_name = room_name
        attachments[EGRESS] = configuration.egress.SerializeToString()
    if configuration.agents:
        attachments[AGENTS] = RoomConfiguration(agents=configuration.agents).SerializeToString()
    return RoomOptions(
        empty_timeout=configuration.empty_timeout,
        departure_timeout=configuration.departure_timeout,
        max_participants=configuration.max_participants,
        metadata=configuration.metadata,
        tags=dict(configuration.tags),
        min_playout_delay=configuration.min_playout_delay,
        max_playout_delay=configuration.max_playout_delay,
        sync_streams=configuration.sync_streams,
        attachments=attachments,
    )
