"""Audio files that agents mix into what their customers hear, and how loud they are themselves.

specs/monibuca-rooms.md §10.5.

The server mixes, so that it is the same for agents with any client; the files are those of `audio_files`.
"""

import contextlib
from typing import Any

import msgspec

from roomful.plugins.customer_service.audio_files import AudioFiles
from roomful.plugins.customer_service.desk import Desk
from roomful.plugins.customer_service.messages import PlayAudioFile, SetAudioFile
from roomful.plugins.customer_service.session import Session
from roomful.plugins.customer_service.status import Status, bad_state
from roomful.rooms.extension import Code, RoomApi, RoomApiError

FULL = 100
MAX_PLAYING = 4
"""Files at the same time in one call."""


class Playing(msgspec.Struct, kw_only=True):
    """A file that the customer hears, as clients are told."""

    playback_id: str
    file_id: str
    name: str
    volume: int
    """Percent."""
    loop: bool
    paused: bool = False


class CallAudio:
    """What is mixed into all calls now. All that agents ask for raises RoomApiError."""

    def __init__(self, api: RoomApi, files: AudioFiles, desk: Desk) -> None:
        self._api = api
        self._files = files
        self._desk = desk
        self._playing: dict[str, dict[str, Playing]] = {}
        """By session, by playback."""
        self._microphones: dict[str, tuple[str, int]] = {}
        """Session → agent, and percent; others are as they are."""

    def playing(self, session_id: str) -> list[Playing]:
        return list(self._playing.get(session_id, {}).values())

    async def play(self, session: Session, agent_id: str, wanted: PlayAudioFile) -> Playing:
        """Raises also NOT_FOUND (the file), LIMIT_REACHED, BACKEND_UNAVAILABLE."""
        if len(self.playing(session.id)) >= MAX_PLAYING:
            raise RoomApiError(Code.LIMIT_REACHED, f"{MAX_PLAYING} files at most are played at the same time")
        file, path = await self._files.locate(wanted.file_id)
        _require_call(session)
        number = await self._api.mix_audio(
            session.id, agent_id, str(path), loop=wanted.loop, volume=wanted.volume / 100
        )
        playing = Playing(playback_id=number, file_id=file.id, name=file.name, volume=wanted.volume, loop=wanted.loop)
        self._playing.setdefault(session.id, {})[number] = playing
        self._tell(session)
        return playing

    async def change(self, session: Session, wanted: SetAudioFile) -> Playing:
        """Raises also NOT_FOUND."""
        playing = self._playing.get(session.id, {}).get(wanted.playback_id)
        volume = None if wanted.volume is None else wanted.volume / 100
        if playing is None or not await self._api.set_audio(
            session.id, wanted.playback_id, volume=volume, paused=wanted.paused
        ):
            raise _not_playing()
        playing.volume = playing.volume if wanted.volume is None else wanted.volume
        playing.paused = playing.paused if wanted.paused is None else wanted.paused
        self._tell(session)
        return playing

    def microphone(self, session: Session) -> int:
        """How loud the agent is, percent."""
        agent_id, volume = self._microphones.get(session.id, ("", FULL))
        return volume if agent_id == session.record.agent_id else FULL

    def view(self, session: Session) -> dict[str, Any]:
        """All of it, as clients are told."""
        return {"playing": msgspec.to_builtins(self.playing(session.id)), "microphone": self.microphone(session)}

    async def set_microphone(self, session: Session, agent_id: str, volume: int) -> None:
        """Raises also USER_NOT_FOUND, LIMIT_REACHED, BACKEND_UNAVAILABLE."""
        _require_call(session)
        await self._api.set_voice(session.id, agent_id, volume / 100)
        self._microphones[session.id] = agent_id, volume
        if volume == FULL:
            del self._microphones[session.id]
        self._tell(session)

    async def agent_back(self, session: Session) -> None:
        """The agent has come anew: its voice is to be as it was."""
        agent_id, volume = self._microphones.get(session.id, ("", FULL))
        if agent_id and agent_id == session.record.agent_id:
            try:
                await self._api.set_voice(session.id, agent_id, volume / 100)
            except RoomApiError:
                del self._microphones[session.id]
                self._tell(session)

    async def end(self, session: Session) -> None:
        """The call is over."""
        agent_id, _ = self._microphones.pop(session.id, ("", FULL))
        if agent_id:
            with contextlib.suppress(RoomApiError):  # it is not there any more
                await self._api.set_voice(session.id, agent_id, 1.0)
        if self.playing(session.id):
            await self.stop(session, None)

    async def stop(self, session: Session, playback_id: str | None) -> None:
        """End one, or all. Raises also NOT_FOUND."""
        playing = self._playing.get(session.id, {})
        if playback_id is not None and playback_id not in playing:
            raise _not_playing()
        for number in [playback_id] if playback_id is not None else list(playing):
            playing.pop(number, None)
            await self._api.stop_audio(session.id, number)
        self._forget_silence(session.id)
        self._tell(session)

    def ended(self, session: Session, playback_id: str, error: str) -> None:
        """A file has come to its end."""
        if self._playing.get(session.id, {}).pop(playback_id, None) is not None:
            self._forget_silence(session.id)
            self._tell(session, error=error)

    def _forget_silence(self, session_id: str) -> None:
        if not self._playing.get(session_id):
            self._playing.pop(session_id, None)

    def _tell(self, session: Session, **more: str) -> None:
        """Tell the agent, in the room and at its workplace: the customer hears it."""
        fields = self.view(session) | {name: text for name, text in more.items() if text}
        agent = self._desk.agent_of(session)
        if agent is not None:
            self._desk.tell_one(session, agent.id, "audio_playing", **fields)
            self._desk.tell_agent(agent, "audio_playing", session, **fields)


def _require_call(session: Session) -> None:
    if session.status is not Status.ACTIVE:
        raise bad_state(session.state_word, "nobody is there to hear it")


def _not_playing() -> RoomApiError:
    return RoomApiError(Code.NOT_FOUND, "no such file is played in this call")
