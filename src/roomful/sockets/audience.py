"""The sockets that get the same."""

import asyncio
from collections.abc import Mapping
from os import write as write_file

from roomful.sockets.socket import Socket, Write


class Audience:
    """Sockets that are told together. A socket is in one audience at most; who adds it must discard it.

    What an audience is told in one turn of the event loop goes out at the end of the turn, in one write per socket: a
    burst of messages costs as many system calls as one. Whatever else a socket sends keeps its place in the order.
    """

    def __init__(self) -> None:
        self._descriptors: dict[Socket, int] = {}
        """Sockets that can be written to directly: with thousands of them, what has to be looked at is what costs."""
        self._writes: dict[Socket, Write] = {}
        """The other sockets, and their `write`."""
        self._frames: list[bytes] = []
        """What waits for the end of the turn."""
        self._apart: dict[Socket, list[bytes]] = {}
        """The same for sockets that get something else in this turn."""
        self.waiting = False

    def __len__(self) -> int:
        return len(self._descriptors) + len(self._writes)

    def add(self, socket: Socket) -> None:
        """Let a socket hear what is sent from now on. Raises ValueError for one that is in another audience."""
        if socket.audience not in (None, self):
            raise ValueError("the socket is in another audience")
        if self.waiting:
            self._apart[socket] = []
        socket.audience = self
        self.replace_write(socket)

    def discard(self, socket: Socket) -> None:
        """The socket hears what was sent before, and nothing more."""
        if socket.audience is self:
            self.flush_to(socket)
            self._apart.pop(socket, None)
            self._descriptors.pop(socket, None)
            self._writes.pop(socket, None)
            socket.audience = None

    def replace_write(self, socket: Socket) -> None:
        """The socket, which is in the audience, has another `write` or `descriptor` now."""
        if socket.descriptor >= 0:
            self._writes.pop(socket, None)
            self._descriptors[socket] = socket.descriptor
        else:
            self._descriptors.pop(socket, None)
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
            if frames:
                socket.write(b"".join(frames))

    def flush(self) -> None:
        """Write now what waits."""
        if not self.waiting:
            return
        frames, apart = self._frames, self._apart
        self._frames, self._apart, self.waiting = [], {}, False
        if frames:
            self._write_to_all(b"".join(frames), apart)
        for socket, own in apart.items():
            if own:
                socket.write(b"".join(own))

    def _write_to_all(self, data: bytes, apart: Mapping[Socket, object]) -> None:
        """Write to all that are not `apart`."""
        descriptors, writes = self._descriptors, list(self._writes.items())
        if apart:
            descriptors = {socket: descriptor for socket, descriptor in descriptors.items() if socket not in apart}
        for socket, rest in _write_directly(descriptors, data):
            socket.write(rest)
        for socket, write in writes:
            if socket not in apart:
                write(data)

    def _wait(self) -> None:
        if not self.waiting:
            self.waiting = True
            asyncio.get_running_loop().call_soon(self.flush)

    def _part(self, socket: Socket) -> list[bytes]:
        return self._apart.setdefault(socket, self._frames.copy())


def _write_directly(descriptors: Mapping[Socket, int], data: bytes) -> list[tuple[Socket, bytes]]:
    """Write as much as the kernel takes. Returns who has not got all of it, and the rest."""
    size = len(data)
    left: list[tuple[Socket, bytes]] = []
    for socket, descriptor in descriptors.items():
        try:
            written = write_file(descriptor, data)
        except OSError:  # it takes nothing now, or is gone: the transport can wait, and finds out
            left.append((socket, data))
        else:
            if written != size:
                left.append((socket, data[written:]))
    return left
