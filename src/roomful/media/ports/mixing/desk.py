"""What is set for a mix: it holds over the deaths of mixers, and is told to each of them."""

import asyncio
from collections.abc import Callable, Iterable
from typing import TypeAlias

import msgspec

from roomful.media.ports.mixer import Mixer, Playback, Status
from roomful.media.ports.mixer.layouts import RESERVATIONS, BadLayout, check
from roomful.media.ports.mixer.plan import (
    MAX_MEMBERS,
    MAX_PLAYBACKS,
    Command,
    MemberPlan,
    RemoveMember,
    Reserve,
    SetFloor,
    SetLayout,
    StopPlayback,
)
from roomful.media.ports.mixing.members import (
    PLAIN,
    MemberSettings,
    PlayedFile,
    member_plan,
    members_of,
    playback,
    sid_of,
)
from roomful.rooms.errors import RoomError, RoomErrorCode
from roomful.rooms.ids import new_id
from roomful.rooms.room import Room

MAX_SETTINGS = 512
"""Identities whose settings are kept."""

OnEnd: TypeAlias = Callable[[str], None]
Key: TypeAlias = tuple[str, str]


class Desk:
    """Where whoever mixes a room sets things: the layout, who hears whom, what is played.

    What is set takes effect within a moment, also where no mixer runs yet. All that sets raises RoomError, and has then
    changed nothing.
    """

    def __init__(self, room: Room, layout: str) -> None:
        self.layout = layout
        self._room = room
        self._floor = ""
        self._reserved: dict[str, str] = {}
        self._settings: dict[str, MemberSettings] = {}
        self._played: dict[str, tuple[PlayedFile, OnEnd | None]] = {}
        self._recorders: set[str] = set()
        self._waiting = False
        self._news = asyncio.Event()

    @property
    def playing(self) -> list[str]:
        """Ids of the files that are played."""
        return list(self._played)

    def set_layout(self, layout: str) -> None:
        """Arrange the picture another way: a layout or group of NkMEDIA's, specs/nkmedia.md §12."""
        try:
            check(layout)
        except BadLayout as error:
            raise RoomError(RoomErrorCode.INVALID_ARGUMENT, str(error)) from None
        self.layout = layout
        self.changed()

    def set_floor(self, identity: str) -> None:
        """Show this member as who speaks, whoever speaks; an empty identity lets it follow the talk again."""
        self._floor = self._here(identity)
        self.changed()

    def reserve(self, reservation: str, identity: str) -> None:
        """Show this member in the cells for `presenter`, `secondary` or `third`; an empty identity: nobody."""
        if reservation not in RESERVATIONS.values():
            known = ", ".join(RESERVATIONS.values())
            raise RoomError(RoomErrorCode.INVALID_ARGUMENT, f"nothing is reserved for {reservation!r}, but for {known}")
        self._reserved[reservation] = self._here(identity)
        self.changed()

    def settings(self, identity: str) -> MemberSettings:
        """How somebody is in the mix, or will be."""
        return self._settings.get(identity, PLAIN)

    def set_member(self, identity: str, settings: MemberSettings) -> None:
        """Change how somebody is in the mix, here or not: who comes back finds it so."""
        if settings == PLAIN:
            self._settings.pop(identity, None)
        elif identity not in self._settings and len(self._settings) >= MAX_SETTINGS:
            raise RoomError(RoomErrorCode.RESOURCE_EXHAUSTED, f"a mix keeps the settings of {MAX_SETTINGS} at most")
        else:
            self._settings[identity] = settings
        self.changed()

    def play(
        self,
        path: str,
        *,
        loop: bool = False,
        gain: float = 0.0,
        to: Iterable[str] | None = None,
        on_end: OnEnd | None = None,
    ) -> str:
        """Play the sound of a file of this machine into the mix; return its id.

        `gain` is in dB. `to` are the identities of who hears it, those who are deaf too; without it all hear it but
        the deaf. `on_end` hears of its end by itself, with what was wrong, if anything was. After the death of a
        mixer it begins again.
        """
        if len(self._played) >= MAX_PLAYBACKS:
            raise RoomError(RoomErrorCode.RESOURCE_EXHAUSTED, f"a mix plays {MAX_PLAYBACKS} files at most")
        number = new_id("PB_")
        played = PlayedFile(path=path, loop=loop, gain=gain, to=None if to is None else tuple(to))
        self._played[number] = played, on_end
        self.changed()
        return number

    def change_playing(self, number: str, *, gain: float | None = None, paused: bool | None = None) -> bool:
        """Play a file louder or more softly, hold it or let it go on; return whether it is being played."""
        if number not in self._played:
            return False
        played, on_end = self._played[number]
        changed = msgspec.structs.replace(
            played,
            gain=played.gain if gain is None else gain,
            paused=played.paused if paused is None else paused,
        )
        self._played[number] = changed, on_end
        self.changed()
        return True

    def stop_playing(self, number: str) -> bool:
        """End a file; return whether it was being played."""
        self.changed()
        return self._played.pop(number, None) is not None

    def add_recorder(self, identity: str) -> None:
        """Let the mixer make a sound of all members for this recorder, once it is in the room."""
        self._recorders.add(identity)
        self.changed()

    def remove_recorder(self, identity: str) -> None:
        """It listens no longer."""
        self._recorders.discard(identity)
        self.changed()

    def set_waiting(self, waiting: bool) -> None:
        """Files do not begin before there is somebody to hear them."""
        self._waiting = waiting
        self.changed()

    def end_all(self, problem: str = "") -> None:
        """End all files, as if they had ended by themselves."""
        played, self._played = self._played, {}
        self.changed()
        for _, on_end in played.values():
            if on_end is not None:
                on_end(problem)

    # For the mixed room

    def changed(self) -> None:
        """Something else changed that the mixer may have to be told: who is here."""
        self._news.set()

    def on_status(self, status: Status) -> None:
        """The mixer says which files are over."""
        unreadable = {problem.track for problem in status.problems}
        for number in status.over:
            _, on_end = self._played.pop(number, (None, None))
            self.changed()
            if on_end is not None:
                on_end("the file cannot be played" if number in unreadable else "")

    async def tell(self, mixer: Mixer) -> None:
        """Tell a mixer what is set, and each time what has changed: whatever was between is not worth telling."""
        told: dict[Key, Command] = {}
        while True:
            self._news.clear()
            wanted = self._wanted()
            for key in [key for key in told if key not in wanted]:
                await mixer.order(_end_of(told.pop(key)))
            for key, command in wanted.items():
                if told.get(key) != command:
                    told[key] = command
                    await mixer.order(command)
            await self._news.wait()

    def _wanted(self) -> dict[Key, Command]:
        """All that a mixer has to know, each under a key of its own."""
        room = self._room
        wanted: dict[Key, Command] = {}
        for one in members_of(room)[:MAX_MEMBERS]:
            wanted["member", one.sid] = member_plan(room, one, self.settings(one.identity))
        for sid in filter(None, (sid_of(room, identity) for identity in self._recorders)):
            wanted["member", sid] = MemberPlan(sid=sid, mute_audio=True, mute_video=True)
        for number, (played, _) in self._played.items():
            plan = playback(room, number, played)
            wanted["file", number] = msgspec.structs.replace(plan, paused=played.paused or self._waiting)
        for reservation, identity in self._reserved.items():
            wanted["reserved", reservation] = Reserve(reservation, sid_of(room, identity))
        wanted["layout", ""] = SetLayout(self.layout)
        wanted["floor", ""] = SetFloor(sid_of(room, self._floor))
        return wanted

    def _here(self, identity: str) -> str:
        if identity:
            self._room.with_identity(identity)
        return identity


def _end_of(command: Command) -> Command:
    """What takes back a command that holds no longer."""
    match command:
        case MemberPlan():
            return RemoveMember(command.sid)
        case Playback():
            return StopPlayback(command.id)
        case _:  # the others are replaced, not taken back
            return command
