"""The `RoomApi`, by topic. specs/monibuca-rooms.md §4."""

from roomful.extensions.operations.base import Base
from roomful.extensions.operations.door import DoorOperations
from roomful.extensions.operations.media import MediaOperations
from roomful.extensions.operations.members import MemberOperations
from roomful.extensions.operations.messages import MessageOperations
from roomful.extensions.operations.moderation import ModerationOperations
from roomful.extensions.operations.rooms import RoomLifeOperations
from roomful.rooms.extension import ExtensionProps, RoomCallbacks

__all__ = ["RoomOperations"]


class RoomOperations(
    RoomLifeOperations,
    MemberOperations,
    MessageOperations,
    ModerationOperations,
    DoorOperations,
    MediaOperations,
    Base,
):
    """The rooms of this server, as plugins and protocols act on them. See `roomful.rooms.extension.RoomApi`."""

    def register_callbacks(self, room_type: str, callbacks: RoomCallbacks, props: ExtensionProps) -> None:
        self.extensions.register(room_type, callbacks, props)
