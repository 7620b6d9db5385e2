"""A recording as its room knows it: a hidden participant that asks for the tracks it records.

While a recorder is there the room counts as being recorded. As a subscriber like others it keeps publishers sending
what else nobody watches, and whoever administers the room can end the recording by removing it.
"""

import time
from collections.abc import Callable

import msgspec

from roomful.rooms.events import ParticipantLeft, ParticipantUpdated, RoomEvent
from roomful.rooms.model import LeaveReason, ParticipantKind
from roomful.rooms.participant import JoinRequest
from roomful.rooms.permissions import Permission
from roomful.rooms.room import Room


class Guise(msgspec.Struct, frozen=True, kw_only=True):
    """As what it is in the room, and what it is called in messages."""

    noun: str
    kind: ParticipantKind
    permission: Permission


RECORDER = Guise(
    noun="recording",
    kind=ParticipantKind.EGRESS,
    permission=Permission(can_publish=False, can_publish_data=False, hidden=True, recorder=True),
)
TRANSCRIBER = Guise(
    noun="transcription",
    kind=ParticipantKind.AGENT,
    permission=Permission(can_publish=False, can_publish_data=False, hidden=True, agent=True),
)
"""It is no recorder: a room whose words are shown is not being recorded."""
FORWARDER = Guise(noun="forwarding", kind=ParticipantKind.AGENT, permission=TRANSCRIBER.permission)
"""Nor is this one: it shows elsewhere what a publisher wants to be shown there, and keeps nothing."""


class Presence:
    """Calls `on_removed` when somebody sends it out, `on_metadata` when somebody changes its metadata."""

    def __init__(
        self,
        room: Room,
        identity: str,
        guise: Guise,
        on_removed: Callable[[], None],
        on_metadata: Callable[[str], None],
    ) -> None:
        self._room = room
        self._guise = guise
        self._identity = identity
        self._on_removed = on_removed
        self._on_metadata = on_metadata
        self._sid = ""

    def enter(self, metadata: str) -> None:
        """Raises RoomError."""
        now = time.time()
        request = JoinRequest(
            identity=self._identity,
            metadata=metadata,
            permission=self._guise.permission,
            kind=self._guise.kind,
            protocol=self._guise.noun,
            auto_subscribe=False,
        )
        self._sid = self._room.join(request, now).sid
        self._room.confirm_join(self._sid)
        self._room.activate(self._sid, now)

    def leave(self) -> None:
        """Leaving twice does nothing."""
        sid, self._sid = self._sid, ""
        if sid:
            self._room.leave(sid, LeaveReason.CLIENT_INITIATED, time.time())

    def subscribe(self, track: str) -> None:
        if self._sid:
            self._room.subscribe(self._sid, [track], time.time())

    def set_metadata(self, metadata: str) -> None:
        """Raises RoomError."""
        if self._sid:
            self._room.update_participant(self._sid, time.time(), metadata=metadata)

    def on_event(self, event: RoomEvent) -> None:
        """Must be told all events of the room."""
        match event:
            case ParticipantLeft(sid=sid) if sid == self._sid:
                self._sid = ""
                self._on_removed()
            case ParticipantUpdated(sid=sid, changed=changed) if sid == self._sid and "metadata" in changed:
                self._on_metadata(self._room.participant(sid).metadata)
            case _:
                pass
