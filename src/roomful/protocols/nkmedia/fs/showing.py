"""A session whose client is played a film. specs/nkmedia.md §9.4 (`play`), §9.9."""

from typing import TYPE_CHECKING, Any

from roomful.protocols.nkmedia.codes import Code, NkError
from roomful.protocols.nkmedia.fs.parts import Park, Part
from roomful.protocols.nkmedia.players import Film, Player
from roomful.protocols.nkmedia.services import Services
from roomful.rooms.model import TrackKind

if TYPE_CHECKING:
    from roomful.protocols.nkmedia.fs.two_way_session import TwoWaySession


class Showing(Part):
    """Begins when the session is connected. After its film the session is parked."""

    type = "play"

    def __init__(self, session: "TwoWaySession", services: Services, uri: str, loops: int) -> None:
        """`loops`: how often; 0 is without end.

        Raises NkError: MISSING_FIELD, NOT_IMPLEMENTED, and as `PlayersApi.find`.
        """
        super().__init__(session)
        if not uri:
            raise NkError(Code.MISSING_FIELD, "uri")
        if services.players is None:
            raise NkError(Code.NOT_IMPLEMENTED)
        self.film: Film = services.players.find(uri)
        self.player: Player | None = None
        self._players = services.players
        self._clock = services.clock
        self._loops = loops

    def details(self) -> dict[str, Any]:
        return {"uri": self.film.uri, "loops": self._loops}

    def enter(self, now: float) -> None:
        del now
        self.player = self._players.show(self.session, self.film, self._loops, self._ended)

    def leave(self, now: float) -> None:
        del now
        if self.player is not None:
            self.player.stop()

    def mute(self, kind: TrackKind, muted: bool, now: float) -> None:
        raise NkError(Code.NOT_IMPLEMENTED)

    def _ended(self, code: Code) -> None:
        session, now = self.session, self._clock()
        if session.part is not self:
            return  # it has gone on to something else
        if code is not Code.NORMAL_TERMINATION and session.command.type == self.type:
            session.stop(code, now)
        else:
            session.become(Park(session), now)
