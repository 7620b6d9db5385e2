"""States of sessions and agents, and what leads from one to another. specs/monibuca-rooms.md §8.1, §8.2."""

from enum import StrEnum

from roomful.rooms.extension import Code, RoomApiError


class Status(StrEnum):
    """Of a session."""

    WAITING = "Waiting"
    ACTIVE = "Active"
    ENDED = "Ended"


class Phase(StrEnum):
    """Of a session that has not ended."""

    CREATED = "created"
    QUEUED = "queued"
    RINGING = "ringing"
    CONNECTING = "connecting"
    TALKING = "talking"
    HELD = "held"
    TRANSFERRING = "transferring"


class EndReason(StrEnum):
    """Why a session ended."""

    AGENT_HANGUP = "agent_hangup"
    CUSTOMER_HANGUP = "customer_hangup"
    TIMEOUT = "timeout"
    DELETED = "deleted"
    ABANDONED = "abandoned"
    NO_AGENT = "no_agent"
    REJECTED = "rejected"
    FAILED = "failed"


class AgentState(StrEnum):
    OFFLINE = "Offline"
    ONLINE = "Online"
    """Checked in, and takes no calls."""
    READY = "Ready"
    RINGING = "Ringing"
    BUSY = "Busy"
    """On a call, or wrapping one up."""


class Trigger(StrEnum):
    """What changes an agent's state."""

    CHECK_IN = "check_in"
    CHECK_OUT = "check_out"
    READY = "ready"
    BUSY = "busy"
    RING = "ring"
    ACCEPT = "accept"
    RING_OVER = "ring_over"
    """Rejected, or the customer is gone."""
    MISSED = "missed"
    FREE = "free"
    """The call, and the time after it, is over."""
    LOST = "lost"
    """The workplace's connection is gone for good."""


_STATES = AgentState
TABLE: dict[tuple[AgentState, Trigger], AgentState] = {
    (_STATES.OFFLINE, Trigger.CHECK_IN): _STATES.ONLINE,
    (_STATES.ONLINE, Trigger.READY): _STATES.READY,
    (_STATES.READY, Trigger.BUSY): _STATES.ONLINE,
    (_STATES.READY, Trigger.RING): _STATES.RINGING,
    (_STATES.RINGING, Trigger.ACCEPT): _STATES.BUSY,
    (_STATES.RINGING, Trigger.RING_OVER): _STATES.READY,
    (_STATES.RINGING, Trigger.MISSED): _STATES.ONLINE,
    (_STATES.BUSY, Trigger.FREE): _STATES.READY,
    (_STATES.ONLINE, Trigger.CHECK_OUT): _STATES.OFFLINE,
    (_STATES.READY, Trigger.CHECK_OUT): _STATES.OFFLINE,
    (_STATES.ONLINE, Trigger.LOST): _STATES.OFFLINE,
    (_STATES.READY, Trigger.LOST): _STATES.OFFLINE,
    (_STATES.BUSY, Trigger.LOST): _STATES.OFFLINE,
}
"""Whatever is not in it is refused. `busy` and `ready` in a call are wishes for the time after it: see `Agent`."""


def after(state: AgentState, trigger: Trigger) -> AgentState:
    """Raises RoomApiError (BAD_STATE)."""
    try:
        return TABLE[state, trigger]
    except KeyError:
        raise bad_state(state, f"{trigger.value} is not possible for an agent that is {state.value}") from None


def bad_state(status: StrEnum | str, message: str) -> RoomApiError:
    return RoomApiError(Code.BAD_STATE, message, status=str(status))
