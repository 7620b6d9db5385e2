"""The API without sockets and clocks: connections that are written to, a media engine that remembers, a time to set."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from roomful.media.api import Event, EventHandler, PendingTrack
from roomful.media.ports.bot import Command, FilmStatus, Play
from roomful.media.ports.mixing import Desk, MixInfo, MixState
from roomful.media.ports.recorder import Container
from roomful.protocols.nkmedia.codes import Code, NkError
from roomful.protocols.nkmedia.hub import Hub
from roomful.protocols.nkmedia.messages import read
from roomful.protocols.nkmedia.players import Film
from roomful.protocols.nkmedia.screen import Viewer
from roomful.protocols.nkmedia.server import NkMedia
from roomful.protocols.nkmedia.services import Services, Settings
from roomful.protocols.nkmedia.users import Users
from roomful.rooms.errors import RoomError, RoomErrorCode
from roomful.rooms.model import LeaveReason, ParticipantKind, TrackKind, TrackSource
from roomful.rooms.options import RoomDefaults
from roomful.rooms.participant import JoinRequest, Participant
from roomful.rooms.permissions import Permission
from roomful.rooms.registry import Rooms
from roomful.rooms.room import Room
from roomful.rooms.tracks import TrackSpec
from roomful.sockets.wheel import Wheel

OFFER = """\
v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1
m=audio 9 UDP/TLS/RTP/SAVPF 111
a=mid:0
a=sendonly
a=rtpmap:111 opus/48000/2
m=video 9 UDP/TLS/RTP/SAVPF 96
c=IN IP4 0.0.0.0
a=mid:1
a=sendonly
a=rtpmap:96 VP8/90000
"""
ANSWER = OFFER.replace("a=sendonly", "a=recvonly")


HIDDEN = Permission(can_subscribe=False, hidden=True)


class FakeMedia:
    """A media engine in which all goes well when it is told so."""

    def __init__(self) -> None:
        self.commands: list[tuple[Any, ...]] = []
        self._numbers = itertools.count(1)
        self._handlers: dict[int, EventHandler] = {}

    def next_peer(self) -> int:
        return next(self._numbers)

    def next_request(self) -> int:
        return next(self._numbers)

    def attach(self, peer: int, handler: EventHandler) -> None:
        self._handlers[peer] = handler

    def detach(self, peer: int) -> None:
        self._handlers.pop(peer, None)

    def tell(self, peer: int, event: Event) -> None:
        if peer in self._handlers:
            self._handlers[peer](event)

    def open_peer(
        self,
        room: str,
        peer: int,
        *,
        participant: str = "",
        full_ice: bool = False,
        channels: bool = False,
        two_way: bool = False,
    ) -> None:
        self.commands.append(("open_peer", peer))

    def close_peer(self, peer: int) -> None:
        self.commands.append(("close_peer", peer))

    def accept_offer(self, peer: int, request: int, sdp: str, pending: Sequence[PendingTrack]) -> None:
        self.commands.append(("accept_offer", peer, request, sdp, list(pending)))

    def create_offer(self, peer: int, request: int, *, ice_restart: bool = False) -> None:
        self.commands.append(("create_offer", peer, request))

    def accept_answer(self, peer: int, request: int, sdp: str, pending: Sequence[PendingTrack] = ()) -> None:
        self.commands.append(("accept_answer", peer, request, sdp, *([list(pending)] if pending else [])))

    def add_candidate(self, peer: int, candidate: str) -> None:
        self.commands.append(("add_candidate", peer, candidate))

    def subscribe(self, peer: int, track: str, stream_id: str) -> None:
        self.commands.append(("subscribe", peer, track))

    def unsubscribe(self, peer: int, track: str) -> None:
        self.commands.append(("unsubscribe", peer, track))

    def set_subscription(self, peer: int, track: str, *, enabled: bool, max_spatial: int = 2) -> None:
        self.commands.append(("set_subscription", peer, track, enabled))

    def set_track_muted(self, track: str, muted: bool) -> None:
        self.commands.append(("set_track_muted", track, muted))

    def limit_peer(self, peer: int, bitrate: int | None) -> None:
        self.commands.append(("limit_peer", peer, bitrate))

    def unpublish(self, track: str) -> None:
        self.commands.append(("unpublish", track))

    def move_track(self, track: str, to: str, room: str) -> None:
        self.commands.append(("move_track", track, to, room))

    def attach_room(self, room: str, handler: EventHandler) -> None:
        raise NotImplementedError

    def detach_room(self, room: str) -> None:
        raise NotImplementedError

    def send_data(self, peers: Sequence[int], label: str, data: bytes) -> None:
        raise NotImplementedError

    def last(self, command: str) -> tuple[Any, ...]:
        return [one for one in self.commands if one[0] == command][-1]


class FakeMix:
    """A mix of nothing, which has a real desk."""

    def __init__(self, room: Room, layout: str) -> None:
        self.desk = Desk(room, layout)
        self.room = room
        self.floor = ""
        self.on_rate: list[Callable[[float], None]] = []

    @property
    def info(self) -> MixInfo:
        return MixInfo(
            room=self.room.name, state=MixState.ACTIVE, identity="mix", layout=self.desk.layout, floor=self.floor
        )


class FakeMixes:
    """Mixers who are participants, and publish when they are told to."""

    def __init__(self) -> None:
        self.of: dict[str, FakeMix] = {}
        self.full = False

    def check_place(self) -> None:
        if self.full:
            raise RoomError(RoomErrorCode.RESOURCE_EXHAUSTED, "no more rooms are mixed")

    def begin(self, room: Room, layout: str = "") -> FakeMix:
        request = JoinRequest(identity=f"MX_{room.name}", kind=ParticipantKind.AGENT, auto_subscribe=False)
        mixer = room.join(request, 0)
        room.activate(mixer.sid, 0)
        room.set_mixer(mixer.sid, 0)
        mix = self.of[room.sid] = FakeMix(room, layout or "group:grid")
        return mix

    def find(self, room: Room) -> FakeMix | None:
        return self.of.get(room.sid)

    def publish(self, room: Room, kind: TrackKind, only_for: str = "") -> str:
        """The mixer publishes a track; returns its sid."""
        track = room.publish(room.mixer, TrackSpec(kind=kind, only_for=only_for), 0)
        room.bind(track.sid, "", "", 0)
        return track.sid


class FakeFile:
    """A recording."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.is_over = False
        self.pauses: list[bool] = []

    def pause(self, *, paused: bool) -> None:
        self.pauses.append(paused)

    def stop(self) -> None:
        self.is_over = True


class FakePlayer:
    """A film that is played."""

    def __init__(self, film: Film, loops: int, on_end: Callable[[Code], None], sid: str = "") -> None:
        self.film = film
        self.loops = loops
        self.sid = sid
        self.is_over = False
        self.status: FilmStatus | None = None
        self.orders: list[Command] = []
        self._on_end = on_end

    def stop(self) -> None:
        self.end(Code.NORMAL_TERMINATION)

    def order(self, command: Command) -> None:
        self.orders.append(command)

    def end(self, code: Code) -> None:
        if not self.is_over:
            self.is_over = True
            self._on_end(code)


class FakeRecordings:
    """Writes nothing, and remembers what it should."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.resolve()
        self.files: list[FakeFile] = []

    def start(self, room: Room, publisher: Participant, path: Path, container: Container) -> FakeFile:
        self.files.append(FakeFile(path))
        return self.files[-1]

    def start_mix(self, room: Room, desk: Desk, path: Path, container: Container) -> FakeFile:
        self.files.append(FakeFile(path))
        return self.files[-1]


class FakePlayers:
    """Plays one film, `film.mp4`, of which the guest's tracks are there at once."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.playing: list[FakePlayer] = []
        self._clock = clock

    def find(self, uri: str) -> Film:
        if not uri.endswith("film.mp4"):
            raise NkError(Code.INVALID_VALUE, "uri")
        return Film("file:///films/film.mp4", Play(path="/films/film.mp4"))

    def show(self, viewer: Viewer, film: Film, loops: int, on_end: Callable[[Code], None]) -> FakePlayer:
        viewer.receive_track(f"film of {viewer.id}")

        def ended(code: Code) -> None:
            viewer.receive_track_no_more(f"film of {viewer.id}")
            on_end(code)

        self.playing.append(FakePlayer(film, loops, ended))
        return self.playing[-1]

    def start(self, room: Room, film: Film, loops: int, on_end: Callable[[Code], None]) -> FakePlayer:
        guest = room.join(JoinRequest(identity=f"player-{len(self.playing)}", permission=HIDDEN), self._clock())
        room.activate(guest.sid, self._clock())
        spec = TrackSpec(kind=TrackKind.VIDEO, source=TrackSource.CAMERA, mime="video/VP8")
        room.bind(room.publish(guest.sid, spec, self._clock()).sid, "video/VP8", "", self._clock())

        def ended(code: Code) -> None:
            room.leave(guest.sid, LeaveReason.CLIENT_INITIATED, self._clock())
            on_end(code)

        self.playing.append(FakePlayer(film, loops, ended, guest.sid))
        return self.playing[-1]


class Client:
    """One connection, as its user sees it. It answers requests of the server unless told otherwise."""

    def __init__(self, stage: "Stage", *, polite: bool = True) -> None:
        self.got: list[dict[str, Any]] = []
        self.closed: int | None = None
        self._stage = stage
        self._polite = polite
        self._tids = itertools.count(1)
        self._held: Callable[[], None] | None = None
        self.session = stage.server.session(self, f"ws:203.0.113.7:{1000 + len(stage.clients)}", stage.now)
        stage.clients.append(self)

    # As the line of the session

    def send(self, message: bytes) -> None:
        value = msgspec.json.decode(message)
        self.got.append(value)
        if "cmd" in value and self._polite:
            self.session.receive(read(msgspec.json.encode({"result": "ok", "tid": value["tid"]})), self._stage.now)

    def close(self, code: int, why: str) -> None:
        if self.closed is None:
            self.closed = code
            self.session.on_lost(self._stage.now)

    def hold(self, seconds: float, then: Callable[[], None]) -> None:
        self._stage.held.append((seconds, then))

    # As a user

    def say(self, **message: Any) -> None:
        self.session.receive(read(msgspec.json.encode(message)), self._stage.now)

    def ask(self, path: str, **data: Any) -> dict[str, Any]:
        """Ask `class/subclass/cmd` and return the response, which must have come."""
        tid = self.begin(path, data)
        return self.response(tid)

    def begin(self, path: str, data: Any) -> int:
        class_name, subclass, cmd = path.split("/")
        tid = next(self._tids)
        self.say(**{"class": class_name}, subclass=subclass, cmd=cmd, data=data, tid=tid)
        return tid

    def response(self, tid: int) -> dict[str, Any]:
        found = [one for one in self.got if one.get("tid") == tid and "result" in one]
        assert len(found) == 1, self.got
        return found[0]

    def ok(self, path: str, **data: Any) -> Any:
        """Ask, and return the data of the response, which is `ok`."""
        response = self.ask(path, **data)
        assert response["result"] == "ok", response
        return response.get("data")

    def refused(self, path: str, **data: Any) -> tuple[int, str]:
        response = self.ask(path, **data)
        assert response["result"] == "error", response
        return response["data"]["code"], response["data"]["error"]

    def login(self, user: str = "ann", **data: Any) -> "Client":
        self.ok("core/user/login", user=user, **data)
        return self

    def events(self, subclass: str = "", kind: str = "") -> list[dict[str, Any]]:
        """The `data` of all events, or of those of that subclass and type."""
        told = [one["data"] for one in self.got if one.get("cmd") == "event"]
        return [one for one in told if subclass in ("", one.get("subclass")) and kind in ("", one.get("type"))]

    def told(self) -> list[tuple[str, Any]]:
        """Type and body of all events."""
        return [(one.get("type", ""), one.get("body")) for one in self.events()]

    def vanish(self) -> None:
        self.session.on_lost(self._stage.now)


class Stage:
    """See the module."""

    def __init__(
        self, *, users: Mapping[str, str] = {}, settings: Settings | None = None, directory: Path | None = None
    ) -> None:
        """`directory`: recordings go there, by name only."""
        self.now = 1_000_000.0
        self.clients: list[Client] = []
        self.held: list[tuple[float, Callable[[], None]]] = []
        self.unsaved: list[Callable[[], None]] | None = None
        """Rooms that wait to be saved; None: they are saved at once."""
        self.rooms = Rooms(RoomDefaults(empty_timeout=300, departure_timeout=20))
        self.media = FakeMedia()
        self.mixes = FakeMixes()
        self.wheel: Wheel[Any] = Wheel()
        self.recordings = FakeRecordings(directory) if directory is not None else None
        self.players = FakePlayers(lambda: self.now)
        self.server = NkMedia(
            Services(
                rooms=self.rooms,
                media=self.media,
                mixes=self.mixes,
                users=Users(users, {"APIkey": "a-secret"}, everybody=True),
                settings=settings or Settings(),
                hub=Hub(),
                wheel=self.wheel,
                clock=lambda: self.now,
                keep=self._keep,
                recordings=self.recordings,
                players=self.players,
            )
        )

    def client(self, user: str = "ann") -> Client:
        """Somebody who is logged in."""
        return Client(self).login(user)

    def pass_time(self, seconds: float) -> None:
        """Let time pass, second by second."""
        until = self.now + seconds
        while self.now < until:
            self.now = min(until, self.now + 1.0)
            self.wheel.turn(self.now)
            self.rooms.tick(self.now)

    def _keep(self, room: Room, done: Callable[[], None]) -> None:
        if self.unsaved is None:
            done()
        else:
            self.unsaved.append(done)
