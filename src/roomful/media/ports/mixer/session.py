"""A mix as a state machine: records and commands in, records out; `now` is wall time in ns, an argument."""

import logging
from collections.abc import Callable

import msgspec

from roomful.media.ports.frames import Codec, Frame, Record, Stop, TrackEnded, TrackInfo, TrackStarted
from roomful.media.ports.mixer.bus import Bus
from roomful.media.ports.mixer.layouts import BadLayout, check
from roomful.media.ports.mixer.plan import (
    MAX_MEMBERS,
    MAX_PLAYBACKS,
    MAX_RECORDERS,
    Command,
    MemberPlan,
    MixPlan,
    Playback,
    RemoveMember,
    Reserve,
    SetFloor,
    SetLayout,
    StopPlayback,
)
from roomful.media.ports.mixer.player import Player
from roomful.media.ports.mixer.routing import Routing
from roomful.media.ports.mixer.states import Status
from roomful.media.ports.mixer.view import View
from roomful.media.ports.scene.cast import Cast
from roomful.media.ports.scene.clock import SECOND, FrameClock, LiveClock
from roomful.media.ports.scene.floor import Floor
from roomful.media.ports.scene.haste import Haste
from roomful.media.ports.scene.jitter import Jitter
from roomful.media.ports.scene.voice import CHUNK, RATE
from roomful.media.ports.worker.states import Failed, KeyframeWanted, Problem, Reason, State

log = logging.getLogger(__name__)

VIDEO_RATE = 90000
SLOW = SECOND // 4
"""What is behind by more than this is no conversation; pictures have to wait first."""

POSSIBLE = frozenset({Codec.VP8, Codec.H264})

_commands: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)


class Session:
    """Mixes the room moment by moment, each when it is due, and writes what comes of it with `write`.

    The first tracks are the pictures, one for each codec; the others are the members', in the order they came.
    """

    def __init__(self, plan: MixPlan, write: Callable[[Record], object]) -> None:
        self._plan = plan
        self._write = write
        self._clock = FrameClock() if plan.offline else LiveClock()
        self._jitter = Jitter(round(plan.delay_seconds * SECOND))
        self._cast = Cast(self._clock, video=bool(plan.video_codecs), jitter=self._jitter, spares=self._spares)
        self._floor = Floor()
        self._haste = Haste(plan.fps, slow=SLOW)
        self._routing = Routing()
        self._members = self._routing.members
        self._players: dict[str, Player] = {}
        self._numbers: dict[str, int] = {}
        self._next_number = len(plan.video_codecs)
        self._chunk = self._picture = 0
        self.stopped = False
        """STOP was read."""

    def open(self, now: int) -> None:
        """Begin.

        Raises:
            Failed: the plan makes no sense.
        """
        plan = self._plan
        try:
            check(plan.layout)
        except BadLayout as error:
            raise Failed(Reason.BAD_PLAN, str(error)) from error
        _need(set(plan.video_codecs) <= POSSIBLE, "pictures are VP8 or H.264")
        for side in (plan.width, plan.height):
            _need(16 <= side <= 4096 and side % 2 == 0, f"width and height are even, from 16 to 4096, not {side}")
        _need(1 <= plan.fps <= 60, "there are 1 to 60 pictures per second")
        _need(0 <= plan.delay_seconds <= 2, "the delay is at most 2 seconds")
        _need(50_000 <= plan.video_bitrate <= 100_000_000, "the video bitrate is 50 kbit/s to 100 Mbit/s")
        _need(8_000 <= plan.audio_bitrate <= 512_000, "the audio bitrate is 8 to 512 kbit/s")
        _need(len(plan.members) <= MAX_MEMBERS, f"there are at most {MAX_MEMBERS} members")
        self._bus = Bus(plan.audio_bitrate, self._routing)
        self._view = View(plan, self._cast, self._members)
        for number, codec in enumerate(plan.video_codecs):
            self._write(TrackStarted(number, codec, VIDEO_RATE, 0, TrackInfo(source="camera", name="picture")))
        for member in plan.members:
            self._set_member(member)
        if not plan.offline:
            self._cast.epoch = now

    def due(self) -> int:
        """When there is something to do next."""
        return self._moment(self._chunk + 1) + self._jitter.delay

    def feed(self, record: Record, now: int, *, prompt: bool = True) -> None:
        """Take one record. One that is not `prompt` may have come before `now`."""
        if isinstance(record, Stop):
            self.stopped = True
            return
        self._cast.feed(record, now, self._moment(self._chunk), prompt=prompt)
        if self._plan.offline and isinstance(record, Frame):
            self.render(self._clock.position(now) - self._jitter.delay)

    def command(self, line: bytes) -> None:
        """Follow a command; one that makes no sense is left out."""
        try:
            match _commands.decode(line):
                case MemberPlan() as member:
                    self._set_member(member)
                case RemoveMember(sid):
                    self._remove_member(sid)
                case Playback() as playback:
                    self._play(playback)
                case StopPlayback(playback):
                    self._stop_playback(playback)
                case SetLayout(layout):
                    check(layout)
                    self._view.seats.wish = layout
                case SetFloor(sid):
                    self._floor.pinned = sid or None
                case Reserve(reservation, sid):
                    self._view.seats.reservations[reservation] = sid
        except (msgspec.DecodeError, BadLayout) as error:
            log.warning("a command was left out", extra={"reason": str(error)})

    def want_keyframe(self, number: int) -> None:
        """Somebody asks for a keyframe of the track with this number."""
        if number < len(self._plan.video_codecs):
            self._view.want_keyframe()

    def tick(self, now: int) -> list[KeyframeWanted]:
        """Mix what is due; return for which tracks the mix waits."""
        limit = self._clock.position(now) - self._jitter.delay
        if not self._plan.offline:
            behind = self._picture_at() if self._plan.video_codecs else self._moment(self._chunk)
            self._haste.note(limit - behind, limit)
        self.render(limit)
        return self._cast.keyframes_wanted(now)

    def finish(self) -> None:
        """Write the end."""
        for player in self._players.values():
            player.close()
        self._write(Stop())

    def status(self, now: int, state: State) -> Status:
        seats = self._view.seats if hasattr(self, "_view") else None
        return Status(
            state=state,
            problems=[
                *self._cast.problems(self._clock.position(now)),
                *(Problem(track=one, what="unreadable") for one, player in self._players.items() if player.unreadable),
            ],
            members=list(self._members),
            layout=seats.wish if seats else self._plan.layout,
            shown=seats.layout if seats else "",
            cells=list(seats.seated) if seats else [],
            floor=self._floor.holder or "",
            fps=self._haste.fps,
            over=[one for one, player in self._players.items() if player.over],
        )

    def render(self, limit: int) -> None:
        """Mix every moment before this one. Voices wait for no pictures, and pictures for each other."""
        if self._cast.epoch is None:
            return
        while (end := self._moment(self._chunk + 1)) <= limit:
            self._speak(self._moment(self._chunk), end)
            self._chunk += 1
        if self._plan.video_codecs and (at := self._picture_at()) <= limit:
            self._show(at)
            self._picture += self._haste.step

    def _picture_at(self) -> int:
        return (self._cast.epoch or 0) + self._picture * SECOND // self._plan.fps

    def _show(self, at: int) -> None:
        rtp = self._picture * VIDEO_RATE // self._plan.fps
        for number, data, keyframe in self._view.show(self._picture, at, self._floor.holder):
            self._write(Frame(number, rtp, at, data, keyframe))

    def _speak(self, at: int, end: int) -> None:
        for sid in self._cast.forget(at):
            self._floor.leave(sid)
        heard = self._cast.listen(self._chunk)
        people = self._cast.people
        present = {sid: one for sid, one in self._members.items() if sid in people}
        self._floor.update({sid: people[sid].talker for sid, one in present.items() if not one.mute_audio}, end)
        sounds = {
            sid: heard[sid]
            for sid, one in present.items()
            if sid in heard and (one.always_mix or people[sid].talker.open)
        }
        played = (one for one in self._players if not self._routing.playbacks[one].paused)
        sounds |= {one: chunk for one in played if (chunk := self._players[one].read()) is not None}
        for sid, packet in self._bus.mix(sounds, self._chunk).items():
            rtp = self._chunk * CHUNK
            self._write(Frame(self._numbers[sid], rtp, at, packet.data, keyframe=True, level=packet.level))

    def _set_member(self, member: MemberPlan) -> None:
        sid = member.sid
        if sid not in self._members:
            if len(self._members) >= MAX_MEMBERS + MAX_RECORDERS:
                log.warning("a member was left out: the mix is full", extra={"member": sid})
                return
            if member.listens:
                number = self._numbers[sid] = self._free_number()
                info = TrackInfo(source="microphone", name="mix", listener=sid)
                self._write(TrackStarted(number, Codec.OPUS, RATE, 2, info))
                self._view.want_keyframe()
        elif member.listens is not self._members[sid].listens:
            self._remove_member(sid)
            self._set_member(member)
        self._members[sid] = member

    def _remove_member(self, sid: str) -> None:
        if self._members.pop(sid, None) is not None:
            self._bus.forget(sid)
            self._floor.leave(sid)
            if sid in self._numbers:
                self._write(TrackEnded(self._numbers.pop(sid)))

    def _play(self, playback: Playback) -> None:
        if playback.id not in self._players:
            if len(self._players) >= MAX_PLAYBACKS:
                log.warning("a file is not played: there are too many", extra={"playback": playback.id})
                return
            self._players[playback.id] = Player(playback.path, loop=playback.loop)
        self._routing.playbacks[playback.id] = playback

    def _stop_playback(self, playback: str) -> None:
        player = self._players.pop(playback, None)
        if player is not None:
            player.close()
            del self._routing.playbacks[playback]

    def _free_number(self) -> int:
        used = set(self._numbers.values())
        while self._next_number in used or self._next_number < len(self._plan.video_codecs):
            self._next_number = (self._next_number + 1) % 0x10000
        number, self._next_number = self._next_number, (self._next_number + 1) % 0x10000
        return number

    def _spares(self, sid: str) -> bool:
        member = self._members.get(sid)
        return member is None or not member.always_mix

    def _moment(self, chunk: int) -> int:
        return (self._cast.epoch or 0) + chunk * CHUNK * SECOND // RATE


def _need(true: bool, what: str) -> None:
    if not true:
        raise Failed(Reason.BAD_PLAN, f"this cannot be mixed: {what}")
