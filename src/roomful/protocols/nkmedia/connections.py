"""All connections that are logged in, by user and by session id."""

import uuid
from collections.abc import Callable, Iterator

from roomful.protocols.nkmedia.caller import ConnectedCaller
from roomful.protocols.nkmedia.codes import Code, NkError

MAX_ID_LENGTH = 128


class Connections:
    """Finds who is connected. `on_removed` hears of each that is gone."""

    def __init__(self) -> None:
        self.on_removed: list[Callable[[ConnectedCaller, float], None]] = []
        self._by_id: dict[str, ConnectedCaller] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[ConnectedCaller]:
        return iter(list(self._by_id.values()))

    def get(self, session_id: str) -> ConnectedCaller | None:
        return self._by_id.get(session_id)

    def add(self, caller: ConnectedCaller, wanted: object) -> str:
        """Return the session id: the `wanted` one, or a new one for None. Raises NkError (100034, 100035)."""
        session_id = str(uuid.uuid4()) if wanted is None else wanted
        if not isinstance(session_id, str) or not 0 < len(session_id) <= MAX_ID_LENGTH:
            raise NkError(Code.INVALID_SESSION_ID)
        if session_id in self._by_id:
            raise NkError(Code.DUPLICATED_SESSION_ID)
        self._by_id[session_id] = caller
        return session_id

    def remove(self, caller: ConnectedCaller, now: float) -> None:
        if self._by_id.get(caller.session_id) is caller:
            del self._by_id[caller.session_id]
            for removed in self.on_removed:
                removed(caller, now)

    def by_user(self) -> dict[str, list[str]]:
        """User → session ids of its connections."""
        users: dict[str, list[str]] = {}
        for session_id, caller in self._by_id.items():
            users.setdefault(caller.user, []).append(session_id)
        return users
