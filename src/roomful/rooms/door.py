"""Who is kept out, and who waits to be let in. specs/monibuca-rooms.md §3.6."""

from roomful.rooms.bans import Ban
from roomful.rooms.errors import RoomError, RoomErrorCode, RoomFull
from roomful.rooms.events import BanAdded, BanRemoved, Departure, LobbyEntered, LobbyLeft, RoomUpdated
from roomful.rooms.ids import new_participant_sid
from roomful.rooms.limits import check_length
from roomful.rooms.lobby import ADMISSION_SECONDS, REJECTION_SECONDS, Lobby, LobbyOutcome, Waiting
from roomful.rooms.membership import Membership
from roomful.rooms.model import LeaveReason
from roomful.rooms.participant import JoinRequest


class Door(Membership):
    """The mutators of bans and of the lobby. `by` is a user id or `system`; nobody's right to it is checked here."""

    __slots__ = ()

    def add_ban(self, ban: Ban, now: float) -> None:
        """Keep a user out, for longer than the room may last; it leaves if it is here, or waits.

        Raises INVALID_ARGUMENT, FAILED_PRECONDITION (room closed).
        """
        self._require_open()
        check_length("user id", ban.user_id, self.limits.identity)
        self._bans.put(self.name, ban)
        self._record(BanAdded(offset=self.log.next, at=now, ban=ban))
        departure = Departure(word="banned", by=ban.by, note=ban.reason)
        for participant in self.of_user(ban.user_id):
            self._remove(participant, LeaveReason.PARTICIPANT_REMOVED, now, departure=departure)
        self._end_wait(ban.user_id, LobbyOutcome.REJECTED, now, ban.by, "banned")
        self._commit(now)

    def revoke_tokens(self, user_id: str, before: float) -> None:
        """Let the user in no more with tokens that are good from a time before this one on (unix seconds)."""
        self._bans.revoke(self.name, user_id, before)

    def remove_ban(self, user_id: str, now: float, *, by: str = "") -> bool:
        """Let a user in again. Returns whether it was kept out."""
        self._require_open()
        if not self._bans.lift(self.name, user_id):
            return False
        self._record(BanRemoved(offset=self.log.next, at=now, user_id=user_id, by=by))
        self._commit(now)
        return True

    # The lobby

    def set_lobby_enabled(self, enabled: bool, now: float, *, by: str = "") -> bool:
        """Have those who come wait for a host; off lets in all who wait. Returns whether that is a change."""
        self._require_open()
        if self.rules.lobby_enabled == enabled:
            return False
        self._govern().lobby_enabled = enabled
        changed = frozenset({"lobby_enabled"})
        self._record(RoomUpdated(offset=self.log.next, at=now, changed=changed, by=by))
        if not enabled:
            for user_id in [waiting.user_id for waiting in self.lobby()]:
                self._end_wait(user_id, LobbyOutcome.ADMITTED, now, by)
        self._commit(now)
        return True

    def wait_in_lobby(self, request: JoinRequest, now: float) -> Waiting:
        """Have somebody wait whom `check_door` sent to the lobby; an earlier wait of the same user ends.

        Raises RESOURCE_EXHAUSTED if too many wait.
        """
        self._require_open()
        if self._lobby is None:
            self._lobby = Lobby()
        waiting = Waiting(sid=new_participant_sid(), request=request, since=now)
        if waiting.user_id not in self._lobby.waiting and len(self._lobby.waiting) >= self.defaults.lobby_limit:
            raise RoomError(RoomErrorCode.RESOURCE_EXHAUSTED, "too many wait to be let in")
        self._end_wait(waiting.user_id, LobbyOutcome.LEFT, now)
        self._lobby.forget_old(now)
        self._lobby.waiting[waiting.user_id] = waiting
        self._record(LobbyEntered(offset=self.log.next, at=now, waiting=waiting))
        self._commit(now)
        return waiting

    def expect(self, user_id: str, now: float) -> None:
        """Somebody is sent here: its next join passes the lobby."""
        if self.rules.lobby_enabled:
            self._lobby = self._lobby or Lobby()
            self._lobby.admitted[user_id] = now + ADMISSION_SECONDS

    def lobby(self) -> list[Waiting]:
        """Return those who wait, longest first."""
        return [] if self._lobby is None else list(self._lobby.waiting.values())

    def waiting(self, user_id: str) -> Waiting | None:
        """Return this user's wait."""
        return None if self._lobby is None else self._lobby.waiting.get(user_id)

    def admit(self, user_id: str, now: float, *, by: str = "") -> None:
        """Let in somebody who waits: its next join passes the lobby. Raises NOT_FOUND, RoomFull."""
        waiting = self._awaiting(user_id)
        if self._is_full_for(waiting.request):
            raise RoomFull
        self._end_wait(user_id, LobbyOutcome.ADMITTED, now, by)
        self._commit(now)

    def reject(self, user_id: str, now: float, *, by: str = "", note: str = "") -> None:
        """Send away somebody who waits; it may try again after half a minute. Raises NOT_FOUND."""
        self._awaiting(user_id)
        self._end_wait(user_id, LobbyOutcome.REJECTED, now, by, note)
        self._commit(now)

    def leave_lobby(self, waiting: Waiting, now: float) -> bool:
        """Somebody waits no longer. Returns False if it did not any more."""
        if self._lobby is None or self._lobby.waiting.get(waiting.user_id) is not waiting:
            return False
        self._end_wait(waiting.user_id, LobbyOutcome.LEFT, now)
        self._commit(now)
        return True

    def _awaiting(self, user_id: str) -> Waiting:
        self._require_open()
        waiting = self.waiting(user_id)
        if waiting is None:
            raise RoomError(RoomErrorCode.NOT_FOUND, "nobody of this id waits in the lobby")
        return waiting

    def _end_wait(self, user_id: str, outcome: LobbyOutcome, now: float, by: str = "", note: str = "") -> None:
        waiting = None if self._lobby is None else self._lobby.waiting.pop(user_id, None)
        if self._lobby is None or waiting is None:
            return
        if outcome is LobbyOutcome.ADMITTED:
            self._lobby.admitted[user_id] = now + ADMISSION_SECONDS
        elif outcome is LobbyOutcome.REJECTED:
            self._lobby.rejected[user_id] = now + REJECTION_SECONDS
        if not self._census.counted:
            self._vacant_since = now
        self._record(LobbyLeft(offset=self.log.next, at=now, waiting=waiting, outcome=outcome, by=by, note=note))

    def _end_long_waits(self, now: float) -> None:
        for waiting in self.lobby():
            if waiting.since + self.defaults.lobby_timeout <= now:
                self._end_wait(waiting.user_id, LobbyOutcome.TIMEOUT, now, note="timeout")
        if self._lobby is not None:
            self._lobby.forget_old(now)
