"""Sound that plugins play into rooms, and who hears whom. specs/monibuca-rooms.md §10.4.

Where a room is mixed, both are set at its mixer. Elsewhere a guest of the server plays the file, to those alone who are
meant, and whoever is on hold hears it too.
"""

import asyncio
import logging
import math
import time
from collections.abc import Collection
from dataclasses import dataclass

import msgspec

from roomful.extensions.errors import api_errors
from roomful.extensions.ports import OnEnd
from roomful.media.api import MediaError
from roomful.media.ports.bot import BotFailed, BotPlan, BotProcess, Play
from roomful.media.ports.guest import Guest, GuestMedia
from roomful.media.ports.mixing import SILENCE, Desk, MixedRooms
from roomful.media.ports.worker import WorkerStatus
from roomful.rooms.extension import Code, RoomApiError
from roomful.rooms.extension.codes import bad_field
from roomful.rooms.ids import new_id
from roomful.rooms.model import ParticipantKind
from roomful.rooms.participant import JoinRequest
from roomful.rooms.permissions import Permission
from roomful.rooms.room import Room
from roomful.rooms.subscriptions import SubscriptionPermission, TrackGrant

MAX_PLAYING = 64
"""Files at the same time in rooms that are not mixed; each is a process."""

MAX_VOLUME = 10.0
STOP_SECONDS = 5.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Playback:
    """A file that a guest of the server plays."""

    room_sid: str
    guest: Guest
    process: BotProcess


class RoomPlayer:
    """What is played now."""

    def __init__(self, media: GuestMedia, mixed_rooms: MixedRooms) -> None:
        self._media = media
        self._mixed_rooms = mixed_rooms
        self._playing: dict[str, Playback] = {}
        self._ending: set[asyncio.Task[WorkerStatus]] = set()

    async def play(self, room: Room, path: str, to: Collection[str], *, loop: bool, volume: float) -> str:
        """Play to these users, to all if there are none. Returns a playback id.

        Raises BAD_FIELD (volume), BACKEND_UNAVAILABLE.
        """
        _check(volume)
        mixed = self._mixed_rooms.find(room)
        if mixed is not None:
            identities = [one.identity for user in to for one in room.of_user(user)] if to else None
            with api_errors():
                return mixed.desk.play(path, loop=loop, gain=_decibels(volume), to=identities)
        if len(self._playing) >= MAX_PLAYING:
            raise RoomApiError(Code.BACKEND_UNAVAILABLE, f"a server plays {MAX_PLAYING} files at most")
        plan = BotPlan(act=Play(path=path, loop=loop, volume=volume, pictures=False))
        try:
            process = await BotProcess.start(plan)
        except BotFailed as error:
            raise RoomApiError(Code.BACKEND_UNAVAILABLE, str(error)) from error
        number = new_id("PB_")
        try:
            with api_errors():
                guest = self._enter(room, number, to)
        except RoomApiError:
            await process.kill()
            raise
        self._playing[number] = Playback(room.sid, guest, process)
        try:
            guest.play(process.take_output_fd())
        except MediaError as error:
            guest.leave(str(error))
            raise RoomApiError(Code.BACKEND_UNAVAILABLE, str(error)) from error
        return number

    def play_as(self, room: Room, path: str, speaker_id: str, *, loop: bool, volume: float, on_end: OnEnd) -> str:
        """Mix it into a user's voice. Returns a playback id; `on_end` hears of the end of the file.

        Raises USER_NOT_FOUND, BAD_FIELD (volume), BACKEND_UNAVAILABLE.
        """
        _check(volume)
        speaker = next(iter(room.of_user(speaker_id)), None)
        if speaker is None:
            raise RoomApiError(Code.USER_NOT_FOUND, f"{speaker_id!r} is not in the room")
        mixed = self._mixed_rooms.find(room)
        number = ""

        def ended(problem: str) -> None:
            self._end_needless_mixes(room)
            on_end(number, problem)

        with api_errors():
            mix = mixed or self._mixed_rooms.voice(room, speaker)
            number = mix.desk.play(path, loop=loop, gain=_decibels(volume), on_end=ended)
        return number

    def change(self, room: Room, number: str, *, volume: float | None, paused: bool | None) -> bool:
        """Play a mixed file as loud as that, hold it or let it go on; return whether it is being played here.

        Raises BAD_FIELD (volume).
        """
        gain = None if volume is None else _decibels(_check(volume))
        return any(desk.change_playing(number, gain=gain, paused=paused) for desk in self._desks(room))

    async def stop(self, room: Room, number: str) -> bool:
        """End it; return whether it was being played in this room."""
        if any(desk.stop_playing(number) for desk in self._desks(room)):
            self._end_needless_mixes(room)
            return True
        playback = self._playing.get(number)
        if playback is None or playback.room_sid != room.sid:
            return False
        playback.guest.leave()
        return True

    def set_voice(self, room: Room, speaker_id: str, volume: float) -> None:
        """Let all others hear a user as loud as that: a factor.

        Raises USER_NOT_FOUND, BAD_FIELD (volume), LIMIT_REACHED.
        """
        gain = _decibels(_check(volume))
        speakers = room.of_user(speaker_id)
        if not speakers:
            raise RoomApiError(Code.USER_NOT_FOUND, f"{speaker_id!r} is not in the room")
        mixed = self._mixed_rooms.find(room)
        with api_errors():
            for speaker in speakers:
                if mixed is not None:
                    settings = mixed.desk.settings(speaker.identity)
                    mixed.desk.set_member(speaker.identity, msgspec.structs.replace(settings, gain=gain))
                elif gain or any(mix.member == speaker.sid for mix in self._mixed_rooms.voices(room)):
                    self._mixed_rooms.voice(room, speaker).set_gain(gain)
        self._end_needless_mixes(room)

    def set_hearing(self, room: Room, listener_id: str, speaker_id: str, gain: float) -> None:
        """Let a user hear another one as loud as that: a factor.

        Raises BAD_FIELD, BACKEND_UNAVAILABLE where nothing mixes and it is neither 0 nor 1.
        """
        if not 0 <= gain <= MAX_VOLUME:
            raise bad_field("gain", f"from 0 to {MAX_VOLUME:g}")
        mixed = self._mixed_rooms.find(room)
        with api_errors():
            if mixed is not None:
                level = _decibels(gain) if gain else None
                hears = {speaker.identity: level for speaker in room.of_user(speaker_id)}
                for listener in room.of_user(listener_id):
                    settings = mixed.desk.settings(listener.identity)
                    changed = msgspec.structs.replace(settings, hears=settings.hears | hears)
                    mixed.desk.set_member(listener.identity, changed)
            elif gain in (0, 1):
                room.set_hearing(listener_id, speaker_id, bool(gain), time.time())
            else:
                raise RoomApiError(Code.BACKEND_UNAVAILABLE, "only in a mixed room somebody can be heard less or more")

    async def close(self) -> None:
        """End everything."""
        for playback in list(self._playing.values()):
            playback.guest.leave()
        await asyncio.gather(*self._ending)

    def _desks(self, room: Room) -> list[Desk]:
        mixed = self._mixed_rooms.find(room)
        return [mix.desk for mix in (*self._mixed_rooms.voices(room), *((mixed,) if mixed is not None else ()))]

    def _end_needless_mixes(self, room: Room) -> None:
        for mix in self._mixed_rooms.voices(room):
            if mix.changes_nothing:
                mix.stop()

    def _enter(self, room: Room, number: str, to: Collection[str]) -> Guest:
        request = JoinRequest(
            identity=f"announcement-{number}",
            name="Announcement",
            permission=Permission(can_subscribe=False, can_publish_data=False),
            kind=ParticipantKind.AGENT,
            protocol="announcement",
            auto_subscribe=False,
            announces=True,
        )
        guest = Guest(room, self._media, request, on_left=lambda reason: self._left(room, number, reason))
        if to:
            identities = {one.identity for user in to for one in room.of_user(user)}
            grants = tuple(TrackGrant(identity=identity, all_tracks=True) for identity in identities)
            allowed = SubscriptionPermission(all_participants=False, grants=grants)
            room.set_subscription_permission(guest.sid, allowed, time.time())
        return guest

    def _left(self, room: Room, number: str, reason: str) -> None:
        playback = self._playing.pop(number)
        if reason:
            logger.info("an announcement ended", extra={"room": room.name, "reason": reason})
        task = asyncio.create_task(playback.process.stop(STOP_SECONDS), name="announcement-end")
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)


def _check(volume: float) -> float:
    """Raises BAD_FIELD."""
    if not 0 <= volume <= MAX_VOLUME:
        raise bad_field("volume", f"from 0 to {MAX_VOLUME:g}")
    return volume


def _decibels(factor: float) -> float:
    return max(SILENCE, 20 * math.log10(factor)) if factor else SILENCE
