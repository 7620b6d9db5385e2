"""Files of conferences: what is recorded of them, and what is played to their members. specs/nkmedia.md §13.5."""

from collections.abc import Callable
from weakref import WeakKeyDictionary

from roomful.media.ports.bot import Play
from roomful.media.ports.mixing import Desk
from roomful.protocols.nkmedia.codes import Code, NkError
from roomful.protocols.nkmedia.recordings import Places, Recording, uri_of
from roomful.protocols.nkmedia.services import Services
from roomful.rooms.room import Room

OnPlayed = Callable[[Room, str, str], None]
"""Called with a room, the `uri` of a file that is over there by itself, and what was wrong, if anything was."""


class _Files:
    """Of one conference."""

    def __init__(self) -> None:
        self.places: Places | None = None
        self.recording: Recording | None = None
        self.played: dict[str, str] = {}
        """Number at the desk → `uri`."""


class RoomFiles:
    """See the module."""

    def __init__(self, services: Services, on_played: OnPlayed) -> None:
        self._recordings = services.recordings
        self._players = services.players
        self._codecs = services.settings.mix_codecs
        self._on_played = on_played
        self._of: WeakKeyDictionary[Desk, _Files] = WeakKeyDictionary()

    def record(self, room: Room, desk: Desk, uri: str) -> str:
        """Record the mix, to this place or to one of our own; the file before ends. Return the place.

        Raises NkError: NOT_IMPLEMENTED, nothing is recorded here; INVALID_VALUE; NO_MEDIASERVER.
        """
        if self._recordings is None:
            raise NkError(Code.NOT_IMPLEMENTED)
        files = self._files(desk)
        files.places = files.places or Places(room.name, self._recordings.directory)
        path, container = files.places.choose(uri, self._codecs)
        if files.recording is not None:
            files.recording.stop()
        files.recording = self._recordings.start_mix(room, desk, path, container)
        return uri_of(path)

    def record_no_more(self, desk: Desk) -> None:
        """Raises NkError (NO_ACTIVE_RECORDER)."""
        files = self._files(desk)
        if files.recording is None or files.recording.is_over:
            raise NkError(Code.NO_ACTIVE_RECORDER)
        files.recording.stop()
        files.recording = None

    def play(self, room: Room, desk: Desk, uri: str) -> str:
        """Play the sound of a film of ours to all, beside what is played already. Return which.

        Raises NkError: NOT_IMPLEMENTED, none are played here; MISSING_FIELD; INVALID_VALUE, it is none of our own;
        INVALID_URI, it is not there. RoomError: too many are played.
        """
        if self._players is None:
            raise NkError(Code.NOT_IMPLEMENTED)
        if not uri:
            raise NkError(Code.MISSING_FIELD, "uri")
        film = self._players.find(uri)
        if not isinstance(film.act, Play):
            raise NkError(Code.INVALID_VALUE, "uri")
        played = self._files(desk).played

        def over(problem: str) -> None:
            if played.pop(number, None) is not None:
                self._on_played(room, film.uri, problem)

        number = desk.play(film.act.path, on_end=over)
        played[number] = film.uri
        return film.uri

    def play_no_more(self, desk: Desk, uri: str) -> None:
        """End this file, or all if none is named. Raises NkError (NO_ACTIVE_PLAYER)."""
        played = self._files(desk).played
        if uri and self._players is not None:
            uri = self._players.find(uri).uri
        ended = [number for number, one in played.items() if uri in ("", one)]
        if not ended:
            raise NkError(Code.NO_ACTIVE_PLAYER)
        for number in ended:
            del played[number]
            desk.stop_playing(number)

    def _files(self, desk: Desk) -> _Files:
        return self._of.setdefault(desk, _Files())
