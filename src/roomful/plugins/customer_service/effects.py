"""What the rules want done. They are carried out in their order, after the rules have decided."""

from typing import Any, TypeAlias

import msgspec

from roomful.plugins.customer_service.session import SessionRecord


class ToRoom(msgspec.Struct, frozen=True):
    """A message to both, or to some, in a session's room."""

    session_id: str
    message: dict[str, Any]
    only: tuple[str, ...] | None = None


class ToAgent(msgspec.Struct, frozen=True):
    """A message to an agent's workplace."""

    agent_id: str
    message: dict[str, Any]


class ToAllAgents(msgspec.Struct, frozen=True):
    message: dict[str, Any]


class GiveRoom(msgspec.Struct, frozen=True):
    """Tell an agent's workplace that the call is its own, with the way into the room."""

    agent_id: str
    session_id: str
    message: dict[str, Any]


class RemoveFromRoom(msgspec.Struct, frozen=True):
    session_id: str
    user_id: str
    reason: str


class SetMedia(msgspec.Struct, frozen=True):
    """Let these members get each other's media, or nothing of it."""

    session_id: str
    user_ids: tuple[str, ...]
    flows: bool


class StartHold(msgspec.Struct, frozen=True):
    """Stop all media between the two, play music to the customer, and tell them."""

    session_id: str
    user_ids: tuple[str, ...]
    customer_id: str
    by: str


class EndHold(msgspec.Struct, frozen=True):
    """Undo it. Without `by` nobody is told."""

    session_id: str
    user_ids: tuple[str, ...]
    by: str


class StopMixing(msgspec.Struct, frozen=True):
    """End the files that are mixed into the agent's voice, and let that be as loud as it is."""

    session_id: str


class Record(msgspec.Struct, frozen=True):
    session_id: str
    on: bool


class CloseRoom(msgspec.Struct, frozen=True):
    session_id: str
    reason: str


class SaveSession(msgspec.Struct, frozen=True):
    record: SessionRecord


class LogState(msgspec.Struct, frozen=True):
    """An agent's state has changed."""

    agent_id: str
    state: str


Effect: TypeAlias = (
    ToRoom
    | ToAgent
    | ToAllAgents
    | GiveRoom
    | RemoveFromRoom
    | SetMedia
    | StartHold
    | EndHold
    | StopMixing
    | Record
    | CloseRoom
    | SaveSession
    | LogState
)
