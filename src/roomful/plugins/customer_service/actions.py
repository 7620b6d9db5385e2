"""What agents and customers do with calls, whichever way they say it. specs/monibuca-rooms.md §8.5."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import msgspec

from roomful.plugins.customer_service.messages import (
    AcceptCall,
    PlayAudioFile,
    RateCall,
    Reasoned,
    SetAudioFile,
    SetMicrophone,
    StopAudioFile,
    ThatCall,
    TransferCall,
)
from roomful.plugins.customer_service.office import Office
from roomful.plugins.customer_service.session import Session
from roomful.rooms.extension import Code, RoomApiError
from roomful.rooms.extension.reading import read_as

Handler: TypeAlias = Callable[[Session, str, dict[str, Any]], Awaitable[dict[str, Any]]]


class Actions:
    """Each takes a session, who acts (an agent's or the customer's id), and the message. Raises RoomApiError."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._desk = office.centre.desk
        self.handlers: dict[str, Handler] = {
            "accept_call": self.accept,
            "reject_call": self.reject,
            "end_call": self.end,
            "transfer_call": self.transfer,
            "hold_call": self.hold,
            "resume_call": self.resume,
            "rate_call": self.rate,
            "play_audio_file": self.play,
            "set_audio_file": self.change,
            "stop_audio_file": self.stop,
            "list_audio_files": self.files,
            "set_microphone": self.microphone,
        }
        """By action."""

    async def accept(self, session: Session, user_id: str, message: dict[str, Any]) -> dict[str, Any]:
        wanted = read_as(AcceptCall, message)
        async with self._office.turn() as now:
            self._office.centre.ringing.accept(session, self._desk.pool.get(user_id), wanted.media, now)
        return self._office.way_in(session.id, user_id)

    async def reject(self, session: Session, user_id: str, message: dict[str, Any]) -> dict[str, Any]:
        read_as(Reasoned, message)
        async with self._office.turn() as now:
            self._office.centre.ringing.reject(session, self._desk.pool.get(user_id), now)
        return {}

    async def end(self, session: Session, user_id: str, message: dict[str, Any]) -> dict[str, Any]:
        read_as(Reasoned, message)
        async with self._office.turn() as now:
            self._office.centre.calling.hang_up(session, user_id, now)
        return {}

    async def transfer(self, session: Session, user_id: str, message: dict[str, Any]) -> dict[str, Any]:
        wanted = read_as(TransferCall, message)
        async with self._office.turn() as now:
            self._office.centre.calling.transfer(session, user_id, wanted.target_agent_id, wanted.note, now)
        return {}

    async def hold(self, session: Session, user_id: str, message: dict[str, Any]) -> dict[str, Any]:
        read_as(ThatCall, message)
        async with self._office.turn() as now:
            self._office.centre.calling.hold(session, user_id, now)
        return {}

    async def resume(self, session: Session, user_id: str, message: dict[str, Any]) -> dict[str, Any]:
        read_as(ThatCall, message)
        async with self._office.turn() as now:
            self._office.centre.calling.resume(session, user_id, now)
        return {}

    async def rate(self, session: Session, user_id: str, message: dict[str, Any]) -> dict[str, Any]:
        rating = read_as(RateCall, message)
        if user_id != session.record.customer_id:
            raise RoomApiError(Code.FORBIDDEN, "customers rate calls")
        async with self._office.turn() as now:
            self._office.centre.calling.rate(session, rating.score, rating.comment, now)
        return {"score": rating.score}

    # Audio files in the call

    async def play(self, session: Session, user_id: str, message: dict[str, Any]) -> dict[str, Any]:
        wanted = read_as(PlayAudioFile, message)
        self._office.centre.calling.require_agent(session, user_id)
        async with self._office.turn():
            return msgspec.to_builtins(await self._office.audio.play(session, user_id, wanted))

    async def change(self, session: Session, user_id: str, message: dict[str, Any]) -> dict[str, Any]:
        wanted = read_as(SetAudioFile, message)
        self._office.centre.calling.require_agent(session, user_id)
        async with self._office.turn():
            return msgspec.to_builtins(await self._office.audio.change(session, wanted))

    async def stop(self, session: Session, user_id: str, message: dict[str, Any]) -> dict[str, Any]:
        wanted = read_as(StopAudioFile, message)
        self._office.centre.calling.require_agent(session, user_id)
        async with self._office.turn():
            await self._office.audio.stop(session, wanted.playback_id)
        return {}

    async def files(self, session: Session, user_id: str, message: dict[str, Any]) -> dict[str, Any]:
        read_as(ThatCall, message)
        self._office.centre.calling.require_agent(session, user_id)
        files = [file.view() for file in await self._office.files.all()]
        return {"audio_files": files, **self._office.audio.view(session)}

    async def microphone(self, session: Session, user_id: str, message: dict[str, Any]) -> dict[str, Any]:
        wanted = read_as(SetMicrophone, message)
        self._office.centre.calling.require_agent(session, user_id)
        async with self._office.turn():
            await self._office.audio.set_microphone(session, user_id, wanted.volume)
        return {"volume": wanted.volume}
