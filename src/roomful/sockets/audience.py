"""The sockets that get the same."""

import asyncio
from collections.abc import Iterable, Sequence

from roomful.sockets.socket import Socket, Write


class Audience:
    """Sockets that are told together. A socket is in one audience at most; who adds it must discard it.

    What an audience is told in one turn of the event loop goes out at the end of the turn, in one write per socket: a
    burst of messages costs as many system calls as one. Whatever else a socket sends keeps its place in the order.
    """

    def __init__(self) -> None:
        self._writes: dict[Socket, Write] = {}
        """The sockets, and their `write`: with thousands of them, looking it up is what costs."""
        self._frames: list[bytes] = []
        """What waits for the end of the turn."""
        self._apart: dict[Socket, list[bytes]] = {}
        """The same for sockets that get something else in this turn."""
        self.waiting = False

    def __len__(self) -> int:
        return len(self._writes)

    def add(self, socket: Socket) -> None:
        """Let a socket hear what is sent from now on. Raises ValueError for one that is in another audience."""
        if socket.audience not in (None, self):
            raise ValueError("the socket is in another audience")
        if self.waiting:
            self._apart[socket] = []
        self._writes[socket] = socket.write
        socket.audience = self

    def discard(self, socket: Socket) -> None:
        """The socket hears what was sent before, and nothing more."""
        if socket.audience is self:
            self.flush_to(socket)
            self._apart.pop(socket, None)
            del self._writes[socket]
            socket.audience = None

    def replace_write(self, socket: Socket) -> None:
        """The socket, which is in the audience, has another `write` now."""
        self._writes[socket] = socket.write

    def send_frame(self, frame: bytes, *, but: Socket | None = None) -> None:
        """Send a frame to all, or to all `but` one."""
        self._wait()
        if but is not None:
            self._part(but)
        self._frames.append(frame)
        for socket, frames in self._apart.items():
            if socket is not but:
                frames.append(frame)

    def send_frame_to(self, socket: Socket, frame: bytes) -> None:
        """Send a frame to one socket, behind what waits for it."""
        self._wait()
        self._part(socket).append(frame)

    def flush_to(self, socket: Socket) -> None:
        """Write now what waits for one socket."""
        if self.waiting:
            frames = self._apart.get(socket, self._frames)
            self._apart[socket] = []
            _write_all((socket.write,), frames)

    def flush(self) -> None:
        """Write now what waits."""
        if not self.waiting:
            return
        frames, apart = self._frames, self._apart
        self._frames, self._apart, self.waiting = [], {}, False
        if apart:
            writes = [write for socket, write in self._writes.items() if socket not in apart]
        else:
            writes = self._writes.values()
        _write_all(writes, frames)
        for socket, own in apart.items():
            _write_all((socket.write,), own)

    def _wait(self) -> None:
        if not self.waiting:
            self.waiting = True
            asyncio.get_running_loop().call_soon(self.flush)

    def _part(self, socket: Socket) -> list[bytes]:
        return self._apart.setdefault(socket, self._frames.copy())


def _write_all(writes: Iterable[Write], frames: Sequence[bytes]) -> None:
    if frames:
        data = b"".join(frames)
        for write in writes:
            write(data)
