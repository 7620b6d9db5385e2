"""What the hosts of a room decided. Few rooms have any of it, so that it is made when the first thing is decided."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

from roomful.rooms.chat import ChatMute
from roomful.rooms.errors import RoomError, RoomErrorCode
from roomful.rooms.model import MediaKind
from roomful.rooms.roles import Role

MAX_REMEMBERED = 1000
"""Roles and force-mutes kept for those who may come back, each; the oldest go first."""


@dataclass(slots=True)
class HouseRules:
    """Changed by the room's mutators alone."""

    title: str = ""
    """For people; the room's name is its address."""
    owner_id: str = ""
    """User id of the host, who need not be here."""
    password: str = ""
    """Salted hash; empty: none."""
    locked: bool = False
    lobby_enabled: bool = False
    slow_mode: int = 0
    """Seconds between two messages of one user; 0 is off."""
    recording: bool = False
    recording_targets: set[str] = field(default_factory=set[str])
    """What is recorded by itself: user ids and stream paths."""
    chat_mutes: dict[str, ChatMute] = field(default_factory=dict[str, ChatMute])
    roles: dict[str, Role] = field(default_factory=dict[str, Role])
    """Given by somebody, by user id; they wait for who leaves and comes back."""
    force_mutes: dict[str, frozenset[MediaKind]] = field(default_factory=dict[str, frozenset[MediaKind]])
    """By user id; they too."""
    shared_with: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    """User id → names of other rooms whose members may subscribe to its streams."""

    hearing: dict[str, dict[str, bool]] = field(default_factory=dict[str, dict[str, bool]])
    """User id → of others who hear it, though it is hidden, and who do not."""

    def remember_role(self, user_id: str, role: Role) -> None:
        self.roles.pop(user_id, None)
        self.roles[user_id] = role
        if len(self.roles) > MAX_REMEMBERED:
            del self.roles[next(iter(self.roles))]

    def remember_force_mute(self, user_id: str, kinds: frozenset[MediaKind]) -> None:
        self.force_mutes.pop(user_id, None)
        if kinds:
            self.force_mutes[user_id] = kinds
        if len(self.force_mutes) > MAX_REMEMBERED:
            del self.force_mutes[next(iter(self.force_mutes))]

    def remember_hearing(self, listener_id: str, speaker_id: str, hears: bool) -> bool:
        """Return whether that is news."""
        listeners = self.hearing.get(speaker_id, {})
        if listener_id not in listeners and sum(map(len, self.hearing.values())) >= MAX_REMEMBERED:
            raise RoomError(RoomErrorCode.RESOURCE_EXHAUSTED, "too much is set of who hears whom")
        if listeners.get(listener_id) is hears:
            return False
        self.hearing.setdefault(speaker_id, listeners)[listener_id] = hears
        return True

    def hears(self, listener_id: str, speaker_id: str) -> bool | None:
        """None: nothing is set."""
        listeners = self.hearing.get(speaker_id)
        return listeners.get(listener_id) if listeners else None


_SALT_BYTES = 16


def password_hash(password: str) -> str:
    """What is kept of a password."""
    return _hashed(password, secrets.token_bytes(_SALT_BYTES))


def is_password(password: str, hashed: str) -> bool:
    return hmac.compare_digest(_hashed(password, bytes.fromhex(hashed[: 2 * _SALT_BYTES])), hashed)


def _hashed(password: str, salt: bytes) -> str:
    """Slow enough to guess little, quick enough for the event loop: a few milliseconds."""
    return salt.hex() + hashlib.scrypt(password.encode(), salt=salt, n=2048, r=8, p=1).hex()


NO_RULES = HouseRules()
"""Stands for the rules of rooms that have none. Never changed."""
