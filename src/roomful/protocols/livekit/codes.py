"""How sessions end and what they are told then. specs/livekit.md §3.29.

One table: the reason a participant leaves decides what its client is told to do next. RECONNECT and RESUME bring it
back by itself; DISCONNECT is final.
"""

from enum import IntEnum

from livekit.protocol import rtc

from roomful.protocols.livekit import vocabulary
from roomful.rooms.model import LeaveReason


class Action(IntEnum):
    """LeaveRequest.Action."""

    DISCONNECT = 0
    RESUME = 1
    """Open a new signal connection and keep the media."""
    RECONNECT = 2
    """Join anew from scratch."""


class CloseCode(IntEnum):
    """WebSocket close codes that this protocol uses. Clients of LiveKit read only the leave message before."""

    NORMAL = 1000
    """After `leave`, or because another connection of the same participant took over."""
    INVALID_PAYLOAD = 1007
    """A frame that is no SignalRequest."""


ACTION: dict[LeaveReason, Action] = {
    LeaveReason.UNKNOWN_REASON: Action.DISCONNECT,
    LeaveReason.CLIENT_INITIATED: Action.DISCONNECT,
    LeaveReason.DUPLICATE_IDENTITY: Action.DISCONNECT,
    LeaveReason.SERVER_SHUTDOWN: Action.RECONNECT,
    LeaveReason.PARTICIPANT_REMOVED: Action.DISCONNECT,
    LeaveReason.ROOM_DELETED: Action.DISCONNECT,
    LeaveReason.STATE_MISMATCH: Action.RECONNECT,
    LeaveReason.JOIN_FAILURE: Action.DISCONNECT,
    LeaveReason.MIGRATION: Action.RECONNECT,
    LeaveReason.SIGNAL_CLOSE: Action.DISCONNECT,
    LeaveReason.ROOM_CLOSED: Action.DISCONNECT,
    LeaveReason.USER_UNAVAILABLE: Action.DISCONNECT,
    LeaveReason.USER_REJECTED: Action.DISCONNECT,
    LeaveReason.SIP_TRUNK_FAILURE: Action.DISCONNECT,
    LeaveReason.CONNECTION_TIMEOUT: Action.RESUME,
    LeaveReason.MEDIA_FAILURE: Action.RECONNECT,
    LeaveReason.AGENT_ERROR: Action.DISCONNECT,
}
"""What a client does that is told of this reason. A server that stops asks its clients to come back: another one, or
the same after its restart, will be there (DESIGN §9)."""

CLIENT_REASONS = frozenset(
    {
        LeaveReason.CLIENT_INITIATED,
        LeaveReason.USER_UNAVAILABLE,
        LeaveReason.USER_REJECTED,
        LeaveReason.AGENT_ERROR,
    }
)
"""Reasons that a client may give for leaving; any other counts as CLIENT_INITIATED."""

_ACTIONS_SINCE = 13
"""First protocol version whose clients read `action`; older ones know `can_reconnect` only."""


def leave_message(reason: LeaveReason, protocol: int, action: Action | None = None) -> rtc.SignalResponse | None:
    """The good-bye for a client of this protocol version; None if it would misunderstand it."""
    action = ACTION[reason] if action is None else action
    if protocol < _ACTIONS_SINCE and action is Action.RESUME:
        return None
    return rtc.SignalResponse(
        leave=rtc.LeaveRequest(
            can_reconnect=action is Action.RECONNECT,
            reason=vocabulary.DISCONNECT_REASON[reason],
            action=action.name,
        )
    )


def client_reason(number: int) -> LeaveReason:
    """The reason in a client's leave."""
    reason = vocabulary.LEAVE_REASON.get(number, LeaveReason.CLIENT_INITIATED)
    return reason if reason in CLIENT_REASONS else LeaveReason.CLIENT_INITIATED
