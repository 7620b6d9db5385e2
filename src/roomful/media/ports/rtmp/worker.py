"""The worker process: all RTMP publishers of the server."""

import asyncio
import contextlib
import itertools
import os
import signal
import socket
import time
from collections import deque

import msgspec

from roomful.media.ports.rtmp.flv import BadFlv
from roomful.media.ports.rtmp.plan import Accept, Command, Publishing, Refuse, Report, RtmpPlan, RtmpStatus, Stopped
from roomful.media.ports.rtmp.publisher import Publisher
from roomful.media.ports.rtmp.session import Audio, BadRtmp, Ended, PublishAsked, RtmpSession, Video
from roomful.media.ports.worker.control import Control
from roomful.media.ports.worker.states import Reason, State
from roomful.media.ports.worker.work import run_worker

READ_BYTES = 64 * 1024
PUBLISH_SECONDS = 10.0
"""How long somebody may be connected without publishing."""

SILENT_SECONDS = 30.0
"""How long a publisher may send nothing."""

MAX_FDS = 16

_commands: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)


class Refused(Exception):
    """The server does not want this publisher; the message is its reason."""


class Connection:
    """One publisher."""

    def __init__(self, number: int, gate: "Gate", reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._number = number
        self._gate = gate
        self._reader = reader
        self._writer = writer
        self._session = RtmpSession()
        self._publisher: Publisher | None = None
        self._started = time.monotonic()
        self.answer: asyncio.Future[socket.socket] = asyncio.get_running_loop().create_future()
        """The socket for the frames, or why there is none."""

    async def run(self) -> None:
        """Serve until the end; tell the gate of it if anything was published."""
        reason = ""
        try:
            await self._serve()
        except (BadRtmp, BadFlv, Refused) as error:
            reason = str(error)
        except TimeoutError:
            reason = "nothing came for too long"
        except OSError as error:
            reason = f"the connection broke: {error}"
        finally:
            self.answer.cancel()
            with contextlib.suppress(OSError):
                self._writer.write(self._session.take_output())
                self._writer.close()
        if self._publisher is not None:
            with contextlib.suppress(OSError):
                await self._publisher.stop()
            self._gate.report(Stopped(stream=self._number, reason=reason))

    def refuse(self, reason: str) -> None:
        """End it, whether it was accepted or not."""
        if self.answer.done():
            self._session.refuse(reason)
            self._reader.feed_eof()
        else:
            self.answer.set_exception(Refused(reason))

    async def _serve(self) -> None:
        while True:
            left = self._started + PUBLISH_SECONDS - time.monotonic()
            async with asyncio.timeout(SILENT_SECONDS if self._publisher else max(left, 0)):
                data = await self._reader.read(READ_BYTES)
            if not data:
                return
            for event in self._session.receive(data):
                match event:
                    case PublishAsked():
                        await self._ask(event)
                    case Audio() if self._publisher is not None:
                        await self._publisher.audio(event)
                    case Video() if self._publisher is not None:
                        await self._publisher.video(event)
                    case Ended():
                        return
                    case _:
                        pass
            self._writer.write(self._session.take_output())
            await self._writer.drain()

    async def _ask(self, asked: PublishAsked) -> None:
        address = str(self._writer.get_extra_info("peername", ("",))[0])
        self._gate.report(Publishing(stream=self._number, app=asked.app, key=asked.key, address=address))
        try:
            async with asyncio.timeout(PUBLISH_SECONDS):
                output = await self.answer
        except Refused as refused:
            self._session.refuse(str(refused))
            raise
        self._publisher = Publisher(output)
        self._session.accept()


class Gate:
    """Listens, and asks the server about each who wants to publish."""

    def __init__(self, plan: RtmpPlan, control: Control) -> None:
        self._plan = plan
        self._control = control
        self._connections: dict[int, Connection] = {}
        self._numbers = itertools.count(1)
        self._fds: deque[int] = deque()
        self._buffer = b""
        self._parent = socket.socket(fileno=os.dup(control.fileno()))
        self._done = asyncio.Event()

    def report(self, report: Report) -> None:
        self._control.send(report)

    async def run(self) -> None:
        """Serve until the parent is gone, or SIGTERM comes.

        Raises:
            OSError: an address is taken.
        """
        server = await asyncio.start_server(self._connected, self._plan.addresses, self._plan.port)
        loop = asyncio.get_running_loop()
        self._parent.setblocking(False)
        loop.add_reader(self._parent, self._heard)
        loop.add_signal_handler(signal.SIGTERM, self._done.set)
        port = server.sockets[0].getsockname()[1]
        self.report(RtmpStatus(state=State.ACTIVE, port=port))
        await self._done.wait()
        server.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._connections) >= self._plan.max_connections:
            writer.close()
            return
        number = next(self._numbers)
        connection = self._connections[number] = Connection(number, self, reader, writer)
        try:
            await connection.run()
        finally:
            del self._connections[number]

    def _heard(self) -> None:
        try:
            data, fds, _, _ = socket.recv_fds(self._parent, READ_BYTES, MAX_FDS)
        except BlockingIOError:
            return
        except OSError:
            data, fds = b"", []
        self._fds.extend(fds)
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            self._obey(_commands.decode(line))
        if not data:
            self._done.set()

    def _obey(self, command: Command) -> None:
        connection = self._connections.get(command.stream)
        match command:
            case Accept():
                output = socket.socket(fileno=self._fds.popleft())
                if connection is None or connection.answer.done():
                    output.close()
                else:
                    connection.answer.set_result(output)
            case Refuse(reason=reason):
                if connection is not None:
                    connection.refuse(reason)


def run(frames_fd: int, control_fd: int) -> int:
    """Run a worker on inherited descriptors; return the exit code of the process."""
    os.close(frames_fd)
    return run_worker(control_fd, RtmpPlan, RtmpStatus, _listen)


def _listen(plan: RtmpPlan, control: Control) -> bool:
    try:
        asyncio.run(_serve(plan, control))
    except OSError as error:
        control.send(RtmpStatus(state=State.FAILED, reason=Reason.BAD_PLAN, error=f"RTMP: {error}"))
        return False
    control.send(RtmpStatus(state=State.COMPLETE))
    return True


async def _serve(plan: RtmpPlan, control: Control) -> None:
    await Gate(plan, control).run()
