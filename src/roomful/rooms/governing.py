"""The hosts' decisions: who owns the room, who is kept out or silent, whether the door is locked."""

from roomful.rooms.bans import Ban
from roomful.rooms.chat import EVERYBODY, ChatMute
from roomful.rooms.errors import RoomError, RoomErrorCode
from roomful.rooms.events import (
    ChatMuteAdded,
    ChatMuteRemoved,
    ParticipantUpdated,
    RoomUpdated,
    TargetRecording,
)
from roomful.rooms.house_rules import HouseRules, is_password, password_hash
from roomful.rooms.limits import check_length
from roomful.rooms.publishing import Publishing
from roomful.rooms.roles import HOSTS

MAX_SLOW_MODE = 600
"""Seconds."""
MAX_CHAT_MUTES = 1000


class Governing(Publishing):
    """The mutators of what hosts decide. `by` is a user id or `system`; nobody's right to it is checked here.

    All return whether that is a change, and raise FAILED_PRECONDITION (room closed).
    """

    __slots__ = ()

    def set_locked(self, locked: bool, now: float, *, by: str = "") -> bool:
        """Let nobody new in but hosts."""
        return self._decide("locked", locked, now, by)

    def set_slow_mode(self, seconds: int, now: float, *, by: str = "") -> bool:
        """Time between two messages of one user; 0 is off. Raises INVALID_ARGUMENT."""
        if not 0 <= seconds <= MAX_SLOW_MODE:
            raise RoomError(RoomErrorCode.INVALID_ARGUMENT, f"slow mode is 0 to {MAX_SLOW_MODE} seconds")
        return self._decide("slow_mode", seconds, now, by)

    def set_recording(
        self, recording: bool, now: float, *, by: str = "", note: str = "", files: tuple[str, ...] = ()
    ) -> bool:
        """Say whether what goes on here is being recorded; `note` says why no longer, if that was nobody's wish."""
        return self._decide("recording", recording, now, by, note=note, files=files)

    def set_target_recording(
        self, target: str, recording: bool, now: float, *, by: str = "", note: str = "", files: tuple[str, ...] = ()
    ) -> bool:
        """Likewise for a part of it: all that one user sends (a user id), or one stream (its path)."""
        self._require_open()
        if (target in self.rules.recording_targets) is recording and not note:
            return False
        targets = self._govern().recording_targets
        if recording:
            targets.add(target)
        else:
            targets.discard(target)
        self._record(
            TargetRecording(
                offset=self.log.next, at=now, target=target, recording=recording, by=by, note=note, files=files
            )
        )
        self._commit(now)
        return True

    def set_title(self, title: str, now: float, *, by: str = "") -> bool:
        """Name the room for people. Raises INVALID_ARGUMENT."""
        check_length("room title", title, self.limits.room_name)
        return self._decide("title", title, now, by, word="name")

    def set_owner(self, user_id: str, now: float, *, by: str = "") -> bool:
        """Say whose room it is. Roles do not follow; see `transfer`."""
        check_length("user id", user_id, self.limits.identity)
        return self._decide("owner_id", user_id, now, by, word="owner")

    def set_password(self, password: str, now: float, *, by: str = "") -> bool:
        """Ask for it at the door of protocols that know passwords; empty: none. Only a hash of it is kept."""
        return self._decide("password", password_hash(password) if password else "", now, by)

    def fits_password(self, password: str) -> bool:
        """Say whether that is the password, or there is none."""
        return not self.rules.password or is_password(password, self.rules.password)

    def find_ban(self, user_id: str, now: float) -> Ban | None:
        """Return the ban that keeps this user out now."""
        return self._bans.find(self.name, user_id, now)

    def bans(self, now: float) -> list[Ban]:
        """Return the bans that hold now."""
        return self._bans.of_room(self.name, now)

    # Who may not write

    def add_chat_mute(self, mute: ChatMute, now: float) -> None:
        """Silence a user, or everybody who is no host (`*`). Raises RESOURCE_EXHAUSTED."""
        self._require_open()
        check_length("user id", mute.user_id, self.limits.identity)
        self._forget_old_chat_mutes(now)
        rules = self._govern()
        if len(rules.chat_mutes) >= MAX_CHAT_MUTES and mute.user_id not in rules.chat_mutes:
            raise RoomError(RoomErrorCode.RESOURCE_EXHAUSTED, f"a room has {MAX_CHAT_MUTES} chat mutes at most")
        rules.chat_mutes[mute.user_id] = mute
        self._record(ChatMuteAdded(offset=self.log.next, at=now, mute=mute))
        self._tell_chat_mute(mute.user_id, now, mute.by)

    def remove_chat_mute(self, user_id: str, now: float, *, by: str = "") -> bool:
        self._require_open()
        mute = self.rules.chat_mutes.get(user_id)
        if mute is None:
            return False
        del self._govern().chat_mutes[user_id]
        if not mute.holds(now):
            return False
        self._record(ChatMuteRemoved(offset=self.log.next, at=now, user_id=user_id, by=by))
        self._tell_chat_mute(user_id, now, by)
        return True

    def find_chat_mute(self, user_id: str, now: float) -> ChatMute | None:
        """Return the mute that keeps this user from writing now: its own, or everybody's if it is no host."""
        for key in (user_id, EVERYBODY):
            mute = self.rules.chat_mutes.get(key)
            if mute is not None and mute.holds(now) and not (key == EVERYBODY and self.is_host(user_id)):
                return mute
        return None

    def chat_mutes(self, now: float) -> list[ChatMute]:
        """Return those that hold now, everybody's among them."""
        return [mute for mute in self.rules.chat_mutes.values() if mute.holds(now)]

    def is_host(self, user_id: str) -> bool:
        """Say whether this user, who is here, is one of those who are exempt from what hosts ask of the others."""
        return any(participant.role in HOSTS for participant in self.of_user(user_id))

    def restore_rules(self, rules: HouseRules) -> None:
        """Take the rules of an earlier life; nobody is told, nobody is here yet."""
        self._rules = rules

    def _decide(
        self,
        field: str,
        value: object,
        now: float,
        by: str,
        *,
        word: str = "",
        note: str = "",
        files: tuple[str, ...] = (),
    ) -> bool:
        self._require_open()
        if getattr(self.rules, field) == value:
            return False
        setattr(self._govern(), field, value)
        changed = frozenset({word or field})
        self._record(RoomUpdated(offset=self.log.next, at=now, changed=changed, by=by, note=note, files=files))
        self._commit(now)
        return True

    def _tell_chat_mute(self, user_id: str, now: float, by: str) -> None:
        if user_id == EVERYBODY:
            changed = frozenset({"chat_muted_all"})
            self._record(RoomUpdated(offset=self.log.next, at=now, changed=changed, by=by))
        for participant in self.of_user(user_id):
            participant.version += 1
            changed = frozenset({"chat_muted"})
            self._record(ParticipantUpdated(offset=self.log.next, at=now, sid=participant.sid, changed=changed, by=by))
        self._commit(now)

    def _forget_old_chat_mutes(self, now: float) -> None:
        mutes = self.rules.chat_mutes
        for user_id in [user_id for user_id, mute in mutes.items() if not mute.holds(now)]:
            del mutes[user_id]
