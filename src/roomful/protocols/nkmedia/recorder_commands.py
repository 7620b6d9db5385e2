"""`recorder_action`: files of what a session publishes. specs/nkmedia.md §9.9."""

from collections.abc import Collection
from weakref import WeakKeyDictionary

from roomful.protocols.nkmedia.caller import Caller
from roomful.protocols.nkmedia.codes import Code, NkError
from roomful.protocols.nkmedia.commands import MediaCreate, MediaStart, RecorderAction
from roomful.protocols.nkmedia.executor import Executor
from roomful.protocols.nkmedia.media_session import LONGEST_NEGOTIATION, MediaSession
from roomful.protocols.nkmedia.media_sessions import MediaSessions
from roomful.protocols.nkmedia.pending import Data, Outcome, Pending, Result
from roomful.protocols.nkmedia.publisher import Publisher
from roomful.protocols.nkmedia.recordings import Places, Recording, RecordingsApi, uri_of
from roomful.protocols.nkmedia.room_settings import settings_of_room

ACTIONS = ["start", "stop", "pause", "resume", "get_actions"]


class RecorderCommands:
    """See the module."""

    def __init__(self, recordings: RecordingsApi | None, sessions: MediaSessions, executor: Executor) -> None:
        self._recordings = recordings
        self._sessions = sessions
        self._of: WeakKeyDictionary[MediaSession, SessionRecorder] = WeakKeyDictionary()
        self._create = executor.handler(MediaCreate)
        executor.add({RecorderAction: self._act, MediaCreate: self._create_recorded, MediaStart: self._create_recorded})

    def _create_recorded(self, caller: Caller, command: MediaCreate, now: float) -> Result:
        """With `record`, the first file begins with the answer."""
        if not command.record:
            return self._create(caller, command, now)
        if command.type != "publish" or self._recordings is None:
            raise NkError(Code.NOT_IMPLEMENTED)
        reply = Pending()

        def created(outcome: Outcome) -> None:
            session = self._sessions.find(outcome["session_id"]) if isinstance(outcome, dict) else None
            reply.settle(outcome)
            if session is not None:
                session.wait_for("answer", within=LONGEST_NEGOTIATION).then(lambda told: answered(session, told))

        def answered(session: MediaSession, told: Outcome) -> None:
            def start() -> None:
                self._start(session, "")

            if isinstance(told, dict):
                session.guard(start, now)

        result = self._create(caller, command, now)
        if isinstance(result, Pending):
            result.then(created)
        else:
            created(result)
        return reply

    def _act(self, caller: Caller, command: RecorderAction, now: float) -> Data:
        del caller, now
        session = self._sessions.ready(command.session_id)
        if command.action not in ACTIONS:
            raise NkError(Code.INVALID_ACTION, command.action[:64])
        if command.action == "get_actions":
            return {"actions": ACTIONS}
        if command.action == "start":
            return {"uri": self._start(session, command.uri)}
        recorder = self._of.get(session)
        if recorder is None or not recorder.is_active:
            raise NkError(Code.NO_ACTIVE_RECORDER)
        if command.action == "stop":
            recorder.stop()
        else:
            recorder.pause(paused=command.action == "pause")
        return None

    def _start(self, session: MediaSession, uri: str) -> str:
        """Record it from now on, to this place or to one of our own; return the place. Raises NkError."""
        if not isinstance(session, Publisher) or self._recordings is None:
            raise NkError(Code.NOT_IMPLEMENTED)
        if session not in self._of:
            self._of[session] = SessionRecorder(session, self._recordings)
        return self._of[session].start(uri)


class SessionRecorder:
    """The files of one session, one at a time."""

    def __init__(self, session: Publisher, recordings: RecordingsApi) -> None:
        self._participant = session.participant
        self._room = session.room
        self._recordings = recordings
        self._places = Places(session.id, recordings.directory)
        self._recording: Recording | None = None

    @property
    def is_active(self) -> bool:
        return self._recording is not None and not self._recording.is_over

    def start(self, uri: str) -> str:
        """Begin a file; the one before ends. Raises NkError (INVALID_VALUE, NO_MEDIASERVER)."""
        path, container = self._places.choose(uri, self._codecs())
        self.stop()
        self._recording = self._recordings.start(self._room, self._participant, path, container)
        return uri_of(path)

    def pause(self, *, paused: bool) -> None:
        if self._recording is not None:
            self._recording.pause(paused=paused)

    def stop(self) -> None:
        if self._recording is not None:
            self._recording.stop()
            self._recording = None

    def _codecs(self) -> Collection[str]:
        """MIME types of what it publishes, or is going to: from Janus it comes only after the answer."""
        settings = settings_of_room(self._room)
        published = [track.mime for track in self._participant.tracks.values() if track.published]
        return published or (frozenset[str]() if settings is None else settings.codecs)
