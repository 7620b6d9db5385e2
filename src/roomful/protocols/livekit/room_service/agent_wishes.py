"""What somebody may ask of an agent, by a dispatch or with a room. specs/livekit.md §1.3 CreateRoom, §6.5."""

from livekit.protocol.agent_dispatch import CreateAgentDispatchRequest, RoomAgentDispatch

from roomful.rooms.errors import RoomError, RoomErrorCode
from roomful.rooms.limits import Limits, check_attributes, check_length, check_metadata

MAX_DEPLOYMENT = 64
"""Letters of a deployment's name."""


def check_wish(wish: CreateAgentDispatchRequest | RoomAgentDispatch, limits: Limits) -> None:
    """Raise INVALID_ARGUMENT for what no agent can be asked."""
    check_length("agent name", wish.agent_name, limits.participant_name)
    check_metadata(wish.metadata, limits)
    check_attributes(wish.attributes, limits)
    if len(wish.deployment) > MAX_DEPLOYMENT:
        raise RoomError(
            RoomErrorCode.INVALID_ARGUMENT, f"deployment length exceeds limits: max length {MAX_DEPLOYMENT}"
        )
    for position, letter in enumerate(wish.deployment):
        if letter == "_" or letter.isspace() or not letter.isprintable():
            raise RoomError(
                RoomErrorCode.INVALID_ARGUMENT,
                f"deployment contains an underscore, whitespace or control character at position {position}",
            )
