"""The worker process of a bridge: endpoints on one side, the engine's frames on the other."""

import asyncio
import contextlib
import os
import signal
import socket
import time

import msgspec

from roomful.media.ports.bot.sender import Sender
from roomful.media.ports.bridge.participants import Doorway, Participants
from roomful.media.ports.bridge.peers import Peers
from roomful.media.ports.bridge.plan import (
    Admitted,
    Arrived,
    BridgePlan,
    Command,
    Dismissed,
    Left,
    Renamed,
    Said,
)
from roomful.media.ports.bridge.states import BridgeStatus
from roomful.media.ports.frames import BadRecord, Frame, FrameDecoder, Stop, TrackEnded, TrackStarted
from roomful.media.ports.worker.control import BadPlan, Control
from roomful.media.ports.worker.states import Reason, State
from roomful.media.ports.worker.work import run_worker
from roomful.p2p import EndpointAddr, EndpointId, IrohRoomsError, Live, LiveConfig, Room, RoomTicket, SecretKey

READ_BYTES = 256 * 1024
TICK_SECONDS = 0.1

_command: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)


def run(frames_fd: int, control_fd: int, output_fd: int) -> int:
    """Run a worker on inherited descriptors; return the exit code of the process."""
    output = socket.socket(fileno=output_fd)

    def work(plan: BridgePlan, control: Control) -> bool:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        return asyncio.run(_Bridging(plan, frames_fd, control, output).run())

    return run_worker(control_fd, BridgePlan, BridgeStatus, work)


class _Bridging:
    """From the plan to the end of the room, or of the server."""

    def __init__(self, plan: BridgePlan, frames_fd: int, control: Control, output: socket.socket) -> None:
        self._plan = plan
        self._frames_fd = frames_fd
        self._control = control
        self._output = output
        self._sender = Sender(output, control)
        self._decoder = FrameDecoder()
        self._over = asyncio.Event()
        self._failure = ""
        try:
            self._addresses = [EndpointAddr.parse(peer) for peer in plan.peers]
            self._allowed = None if plan.allows_all else {EndpointId.parse(peer) for peer in plan.allow}
            self._ticket = RoomTicket.parse(plan.ticket) if plan.ticket else RoomTicket.generate()
        except ValueError as error:
            raise BadPlan(str(error)) from error

    async def run(self) -> bool:
        """Bridge; return whether all went well."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._over.set)
        try:
            async with Live.bind(self._config()) as live:
                for address in self._addresses:
                    live.add_peer_addr(address)
                # Without a name and without a broadcast it is nobody to the other bridges of the room.
                async with await live.join_room(self._ticket) as room:
                    await self._serve(live, room)
        except (IrohRoomsError, ValueError) as error:
            self._failure = str(error)
        state = State.FAILED if self._failure else State.COMPLETE
        reason = Reason.BAD_INPUT if self._failure else None
        self._control.send(BridgeStatus(state=state, reason=reason, error=self._failure))
        return not self._failure

    async def _serve(self, live: Live, room: Room) -> None:
        siblings = {live.endpoint_id}
        if self._allowed is not None:
            self._allowed.add(live.endpoint_id)
        doorway = Doorway(self._config, room.ticket(), [live.addr(), *self._addresses], siblings, self._control.send)
        peers = Peers(self._plan, siblings, self._sender, self._control.send)
        participants = Participants(doorway)
        loop = asyncio.get_running_loop()
        os.set_blocking(self._frames_fd, False)
        loop.add_reader(self._control, self._take_commands, peers, participants)
        loop.add_reader(self._frames_fd, self._take_frames, participants)
        loop.add_reader(self._output, self._take_requests)
        ticket, endpoint = str(room.ticket()), str(live.addr())
        self._control.send(BridgeStatus(state=State.ACTIVE, ticket=ticket, endpoint=endpoint))
        ticking = asyncio.create_task(_tick(participants))
        hearing = asyncio.create_task(self._hear(room, peers))
        try:
            await self._over.wait()
        finally:
            for reader in (self._control, self._frames_fd, self._output):
                loop.remove_reader(reader)
            for task in (ticking, hearing):
                task.cancel()
            await peers.close()
            await participants.close()

    def _config(self) -> LiveConfig:
        """Each endpoint has a key of its own, whatever the environment says."""
        return LiveConfig(
            secret_key=SecretKey.generate(),
            preset="minimal" if self._plan.offline else "n0",
            bind=(f"{self._plan.bind}:0",) if self._plan.bind else (),
            allowed_peers=self._allowed,
        )

    async def _hear(self, room: Room, peers: Peers) -> None:
        try:
            async for event in room:
                peers.hear(event)
        except IrohRoomsError as error:
            self._failure = str(error)
        self._over.set()

    def _take_commands(self, peers: Peers, participants: Participants) -> None:
        if self._control.parent_gone():
            self._over.set()
        for line in self._control.commands():
            match _command.decode(line):
                case Arrived(sid=sid, name=name):
                    participants.arrived(sid, name)
                case Renamed(sid=sid, name=name):
                    participants.renamed(sid, name)
                case Left(sid=sid):
                    participants.left(sid)
                case Said(sid=sid, text=text):
                    participants.said(sid, text)
                case Admitted(peer=peer):
                    peers.admit(peer)
                case Dismissed(peer=peer):
                    peers.dismiss(peer)

    def _take_frames(self, participants: Participants) -> None:
        try:
            data = os.read(self._frames_fd, READ_BYTES)
            for record in self._decoder.feed(data):
                match record:
                    case Frame():
                        participants.frame(record)
                    case TrackStarted():
                        participants.begin(record)
                    case TrackEnded(number):
                        participants.end(number)
                    case Stop():
                        self._over.set()
                    case _:
                        pass
        except BlockingIOError:
            return
        except BadRecord as error:
            self._failure, data = f"the stream of frames is broken: {error}", b""
        if not data:
            self._over.set()

    def _take_requests(self) -> None:
        """The engine asks for keyframes, which no peer can be asked for: groups begin every second or two."""
        with contextlib.suppress(BlockingIOError, TimeoutError):
            if not self._output.recv(4096):
                self._over.set()


async def _tick(participants: Participants) -> None:
    while True:
        await asyncio.sleep(TICK_SECONDS)
        participants.tick(time.monotonic())
