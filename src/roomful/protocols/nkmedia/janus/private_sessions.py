"""The commands that make media sessions on Janus that are in no room: `echo`, `proxy`, `bridge`."""

from collections.abc import Callable
from typing import Any

from roomful.protocols.nkmedia.caller import Caller
from roomful.protocols.nkmedia.codes import Code, NkError
from roomful.protocols.nkmedia.commands import MediaCreate
from roomful.protocols.nkmedia.janus.bridge import Bridge, Proxy
from roomful.protocols.nkmedia.janus.echo import JanusEcho
from roomful.protocols.nkmedia.janus.engine import JanusEngine
from roomful.protocols.nkmedia.media_session import MediaSession, read_description
from roomful.protocols.nkmedia.pending import Pending
from roomful.protocols.nkmedia.room_settings import JANUS
from roomful.protocols.nkmedia.services import Services

TYPES = frozenset({"echo", "proxy", "bridge"})


class PrivateSessions:
    """See the module."""

    def __init__(
        self,
        services: Services,
        engine: JanusEngine | None,
        *,
        find: Callable[[str], MediaSession | None],
        admit: Callable[[MediaSession, Callable[[], None], float], None],
        reply: Callable[[MediaSession, str, dict[str, Any]], Pending],
        forget: Callable[[MediaSession, float], None],
    ) -> None:
        """Of the table of all sessions: `find` by id, `admit` a new one, `reply` to its `create`, and `forget` it."""
        self._services = services
        self._engine = engine
        self._find = find
        self._admit = admit
        self._reply = reply
        self._forget = forget

    def makes(self, command: MediaCreate) -> bool:
        """Whether a session of this type, with this backend if one is named, is one of these."""
        if command.type not in TYPES or self._engine is None:
            return False
        if command.backend or command.type != "bridge":
            return command.backend in ("", JANUS)
        peer = self._find(command.peer_id or "")
        return peer is None or isinstance(peer, Proxy)

    def create(self, caller: Caller, command: MediaCreate, session_id: str, now: float) -> Pending:
        """Raises NkError, MediaError."""
        engine = self._engine
        if engine is None or not engine.is_up:
            raise NkError(Code.NO_MEDIASERVER)
        kind = {"echo": JanusEcho, "proxy": Proxy, "bridge": Bridge}[command.type]
        proxy = self._bridged(command) if kind is Bridge else None
        if (kind is Bridge) is not (command.offer is None):
            raise NkError(Code.INVALID_OPERATION)
        given = command.offer
        offer = None if given is None else read_description(given)
        session = kind(engine, self._services, caller, command, session_id, self._forget, now)

        def begin() -> None:
            if isinstance(session, Bridge) and proxy is not None:
                session.ring(proxy)
            elif given is not None and offer is not None:
                session.begin(given, offer, now)

        self._admit(session, begin, now)
        return self._reply(session, "offer" if kind is Bridge else "answer", {})

    def _bridged(self, command: MediaCreate) -> Proxy:
        """Raises NkError."""
        if command.peer_id is None:
            raise NkError(Code.MISSING_FIELD, "peer_id")
        peer = self._find(command.peer_id)
        if peer is None:
            raise NkError(Code.SESSION_NOT_FOUND)
        if not isinstance(peer, Proxy):
            raise NkError(Code.INVALID_OPERATION)
        return peer
