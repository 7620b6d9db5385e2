"""How many are in a room, kept up to date so that nobody has to count."""

from typing import NamedTuple

from roomful.rooms.participant import Participant


class Counts(NamedTuple):
    """What others are told about a room's occupancy."""

    num_participants: int
    """Dependent ones (agents, recorders) are not counted, hidden ones are."""
    num_publishers: int
    active_recording: bool


class Census:
    """Counts participants by what they are. `strike` before, `enter` after every change to one that is in the room."""

    __slots__ = ("_users", "counted", "publishers", "recorders")

    def __init__(self) -> None:
        self._users: dict[str, int] = {}
        """User id → participants of it that take a place."""
        self.counted = 0
        self.publishers = 0
        self.recorders = 0

    def enter(self, participant: Participant) -> None:
        self._add(participant, 1)

    def strike(self, participant: Participant) -> None:
        self._add(participant, -1)

    @property
    def users(self) -> int:
        """How many places are taken: a user's second connection takes no second one."""
        return len(self._users)

    def connections(self, user_id: str) -> int:
        """How many participants of this user take its place."""
        return self._users.get(user_id, 0)

    def counts(self) -> Counts:
        return Counts(self.counted, self.publishers, self.recorders > 0)

    def _add(self, participant: Participant, one: int) -> None:
        if participant.counted:
            self.counted += one
            connections = self._users.get(participant.user_id, 0) + one
            if connections:
                self._users[participant.user_id] = connections
            else:
                del self._users[participant.user_id]
        self.publishers += one if participant.is_publisher else 0
        self.recorders += one if participant.is_recorder else 0
