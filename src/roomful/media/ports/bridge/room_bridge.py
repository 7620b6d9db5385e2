"""One room that is open to iroh peers: participants of the one side are told of to the other."""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from roomful.media.ports.bridge.plan import Admitted, Arrived, BridgePlan, Command, Dismissed, Left, Renamed, Said
from roomful.media.ports.bridge.process import BridgeProcess
from roomful.media.ports.bridge.states import BridgeStatus, PeerArrived, PeerLeft, PeerReport, PeerSaid, Unbridgeable
from roomful.media.ports.frames import Codec, TrackInfo
from roomful.media.ports.frames_in import FramesIn
from roomful.media.ports.frames_out import FramesOut, FramesOutApi
from roomful.media.ports.guest import Guest, GuestMedia
from roomful.media.ports.worker.states import State
from roomful.rooms.errors import RoomError
from roomful.rooms.events import (
    ChatSent,
    ParticipantJoined,
    ParticipantLeft,
    ParticipantUpdated,
    RoomClosed,
    RoomEvent,
    TrackMuted,
    TrackPublished,
    TrackUnpublished,
)
from roomful.rooms.model import Encryption
from roomful.rooms.participant import JoinRequest, Participant
from roomful.rooms.permissions import Permission
from roomful.rooms.room import Room
from roomful.rooms.tracks import Track

log = logging.getLogger(__name__)

PROTOCOL = "iroh"
MAX_PEERS = 64
"""Participants from the other side; a room of peers is a full mesh and carries fewer."""

MAX_PROBLEMS = 16
STOP_SECONDS = 5.0


class BridgeMedia(GuestMedia, FramesOutApi, Protocol):
    """What a bridge needs of the media engine."""


class RoomBridge:
    """The bridge of one room, from `open` to `close`, the end of the room or of the worker."""

    def __init__(self, room: Room, media: BridgeMedia, plan: BridgePlan, on_end: Callable[[], None]) -> None:
        self.room = room
        self.plan = plan
        self.status = BridgeStatus(state=State.STARTING)
        self.problems: deque[str] = deque(maxlen=MAX_PROBLEMS)
        """What could not cross lately, for people."""
        self._media = media
        self._on_end = on_end
        self._guests: dict[str, Guest] = {}
        self._process: BridgeProcess | None = None
        self._out: FramesOut | None = None
        self._in: FramesIn | None = None
        self._origins: dict[int, str] = {}
        """Number of a track of the worker → identity of the peer that sends it."""
        self._commands: asyncio.Queue[Command] = asyncio.Queue()
        self._telling: asyncio.Task[None] | None = None
        self._open = True

    async def open(self) -> None:
        """Start. Raises BridgeFailed, MediaError."""
        process = self._process = await BridgeProcess.open(self.plan, self._follow, self._request_keyframe)
        try:
            process.on_peer = self._hear
            self._in = FramesIn(self._media, self.room.sid, process.take_output_fd(), self)
            self._out = FramesOut(self._media, self.room.sid, process.take_frames_fd())
        except BaseException:
            await self.close()
            raise
        self._telling = asyncio.create_task(self._tell_all(process), name="bridge")
        self.room.observers.add(self._observe)
        for participant in list(self.room.participants.values()):
            self._arrived(participant)
            for track in participant.tracks.values():
                if track.published:
                    self._add(track)

    async def close(self) -> None:
        """Take everybody of the other side out, and stop. A second call waits for the first."""
        self._end()
        if self._process is not None:
            await self._process.stop(STOP_SECONDS)

    @property
    def peers(self) -> list[str]:
        """Endpoint ids of those who are in the room."""
        return list(self._guests)

    # What the engine tells of the worker's tracks.

    def announce(self, number: int, codec: Codec, info: TrackInfo) -> str | None:
        guest = self._guests.get(info.identity)
        if guest is None:
            return None
        self._origins[number] = info.identity
        return guest.announce(number, codec, info)

    def publish(self, number: int) -> None:
        if guest := self._guest_of(number):
            guest.publish(number)

    def unpublish(self, number: int) -> None:
        if guest := self._guest_of(number):
            guest.unpublish(number)
        self._origins.pop(number, None)

    def closed(self, reason: str) -> None:
        self._end()

    # What peers do.

    def _hear(self, report: PeerReport) -> None:
        match report:
            case PeerArrived(peer=peer, name=name):
                self._admit(peer, name)
            case PeerLeft(peer=peer):
                if guest := self._guests.get(peer):
                    guest.leave()
            case PeerSaid(peer=peer, text=text):
                if guest := self._guests.get(peer):
                    with contextlib.suppress(RoomError):  # muted, too fast or too long: nobody is there to be told
                        self.room.send_chat(guest.sid, text, time.time())
            case Unbridgeable(who=who, what=what):
                self._complain(f"{who}: {what}")

    def _admit(self, peer: str, name: str) -> None:
        if not self._open or not self.plan.allows(peer):
            return
        if guest := self._guests.get(peer):
            with contextlib.suppress(RoomError):
                self.room.update_participant(guest.sid, time.time(), name=name)
            return
        if len(self._guests) >= MAX_PEERS:
            self._complain(f"{peer}: {MAX_PEERS} peers are in the room already")
            return
        request = JoinRequest(
            identity=f"{PROTOCOL}:{peer}",
            name=name,
            permission=Permission(can_subscribe=False),
            protocol=PROTOCOL,
            client={"sdk": PROTOCOL},
        )
        try:
            self._guests[peer] = Guest(
                self.room, self._media, request, on_left=lambda reason: self._dismissed(peer, reason)
            )
        except RoomError as error:
            self._complain(f"{peer}: {error}")
            return
        self._tell(Admitted(peer=peer))

    def _dismissed(self, peer: str, reason: str) -> None:
        """Its participant is gone, whoever wanted it."""
        if self._guests.pop(peer, None) is not None:
            self._tell(Dismissed(peer=peer))
        self._origins = {number: origin for number, origin in self._origins.items() if origin != peer}

    def _guest_of(self, number: int) -> Guest | None:
        return self._guests.get(self._origins.get(number, ""))

    # What participants do.

    def _observe(self, event: RoomEvent) -> None:
        match event:
            case ParticipantJoined():
                if participant := self.room.participants.get(event.sid):
                    self._arrived(participant)
            case ParticipantUpdated() if "name" in event.changed:
                participant = self.room.participants.get(event.sid)
                if participant is not None and self._crosses(participant):
                    self._tell(Renamed(sid=event.sid, name=participant.name or participant.identity))
            case ParticipantLeft() if event.participant.protocol != PROTOCOL:
                self._tell(Left(sid=event.sid))
            case TrackPublished():
                self._add(self.room.track(event.sid))
            case TrackMuted(muted=False):
                if track := self.room.tracks.get(event.sid):
                    self._add(track)
            case TrackMuted() | TrackUnpublished():
                # Peers know no mute: a muted track is none, until it is heard again.
                if self._out is not None:
                    self._out.remove(event.sid)
            case ChatSent() if event.recipients is None:
                author = self.room.participants.get(event.message.sender)
                if author is not None and self._crosses(author):
                    self._tell(Said(sid=author.sid, text=event.message.content))
            case RoomClosed():
                self._end()
            case _:
                pass

    def _arrived(self, participant: Participant) -> None:
        if self._crosses(participant):
            self._tell(Arrived(sid=participant.sid, name=participant.name or participant.identity))

    @staticmethod
    def _crosses(participant: Participant) -> bool:
        """What came from peers does not go back to them, and who is hidden here is hidden there."""
        return participant.protocol != PROTOCOL and not participant.hidden and not participant.robot

    def _add(self, track: Track) -> None:
        publisher = self.room.participants.get(track.publisher)
        if publisher is None or self._out is None or not self._crosses(publisher) or track.only_for:
            return
        if track.muted or not track.published:
            return
        if track.encryption is not Encryption.NONE:
            self._complain(f"{publisher.identity}: its {track.source} is encrypted end to end")
            return
        self._out.add(
            TrackInfo(
                track.sid,
                publisher.sid,
                publisher.identity,
                source=track.source,
                name=track.name,
                width=track.width,
                height=track.height,
            )
        )

    # The worker.

    def _follow(self, status: BridgeStatus) -> None:
        self.status = status
        if status.state.final:
            self._end()

    def _request_keyframe(self, track: str) -> None:
        if self._out is not None:
            self._out.request_keyframe(track)

    def _tell(self, command: Command) -> None:
        if self._open:
            self._commands.put_nowait(command)

    async def _tell_all(self, process: BridgeProcess) -> None:
        while True:
            await process.tell(await self._commands.get())

    def _complain(self, what: str) -> None:
        self.problems.append(what)
        log.warning("bridge: %s", what, extra={"room": self.room.name})

    def _end(self) -> None:
        if not self._open:
            return
        self._open = False
        self.room.observers.discard(self._observe)
        for guest in list(self._guests.values()):
            guest.leave()
        self._guests.clear()
        for port in (self._in, self._out):
            if port is not None:
                port.close()
        if self._telling is not None:
            self._telling.cancel()
        self._on_end()
