"""The link: the program that holds the outer ends of all TUN devices of a lab and carries the packets between them.

Run as `python -m <package>.link FD`, where FD is a SOCK_SEQPACKET socket on which requests (see `control`) come in; the
program ends when the other side closes it, so a lab that dies takes its link along.
"""

import contextlib
import gc
import heapq
import itertools
import os
import select
import socket
import sys
import time

import msgspec

from .control import (
    MAX_MESSAGE,
    AddLine,
    Counted,
    Done,
    Failed,
    Impair,
    Move,
    ReadCounters,
    Reply,
    Request,
    SetApart,
    SetCut,
)
from .direction import Direction
from .impairment import HostCounters
from .tun import MTU

_BATCH = 64
"""Packets taken from one device before the others get their turn."""
_READ_SIZE = MTU + 64
"""More than a device with this MTU ever hands over, so no packet is cut short."""


class Line:
    """One host's line: the open device and its two directions."""

    def __init__(self, device: int, seed: str) -> None:
        self.device = device
        self.up = Direction(f"{seed}/up")
        self.down = Direction(f"{seed}/down")
        self.side: int | None = None
        """Of a network that is divided; None reaches all."""

    def reaches(self, other: "Line") -> bool:
        """Whether packets get from the one to the other."""
        return self.side is None or other.side is None or self.side == other.side


class Link:
    """Carries IPv4 packets by destination address, first through the sender's `up`, then the receiver's `down`."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._lines: dict[str, Line] = {}
        self._by_address: dict[bytes, Line] = {}
        self._by_device: dict[int, Line] = {}
        self._under_way: list[tuple[float, int, bytes, Line, bool]] = []
        self._serial = itertools.count()
        self._poll = select.epoll()
        self._poll.register(control.fileno(), select.EPOLLIN)

    def run(self) -> None:
        """Carries packets until the control socket is closed."""
        while True:
            wait = -1.0 if not self._under_way else max(0.0, self._under_way[0][0] - time.monotonic())
            for descriptor, _ in self._poll.poll(wait):
                line = self._by_device.get(descriptor)
                if line is not None:
                    self._take(line)
                elif not self._answer():
                    return
            self._bring_out(time.monotonic())

    def _take(self, line: Line) -> None:
        """Reads what the host has sent and starts it on its way."""
        now = time.monotonic()
        self._bring_out(now)
        for _ in range(_BATCH):
            try:
                packet = os.read(line.device, _READ_SIZE)
            except BlockingIOError:
                return
            target = self._by_address.get(packet[16:20])
            if target is None or packet[0] >> 4 != 4 or not line.reaches(target):
                continue
            for out in line.up.admit(len(packet), now, is_udp=packet[9] == socket.IPPROTO_UDP):
                if out > now:
                    heapq.heappush(self._under_way, (out, next(self._serial), packet, target, False))
                else:
                    self._arrive(packet, target, now)

    def _arrive(self, packet: bytes, target: Line, at: float) -> None:
        """A packet has come through the sender's line at time `at` and enters the receiver's."""
        for out in target.down.admit(len(packet), at, is_udp=packet[9] == socket.IPPROTO_UDP):
            if out > at:
                heapq.heappush(self._under_way, (out, next(self._serial), packet, target, True))
            else:
                self._hand_over(packet, target)

    def _bring_out(self, now: float) -> None:
        """Lets everything that is due go on. Times, not the moment of looking, go into the next direction."""
        under_way = self._under_way
        while under_way and under_way[0][0] <= now:
            at, _, packet, target, through = heapq.heappop(under_way)
            if not through:
                self._arrive(packet, target, at)
            elif not target.down.drop_cut():
                self._hand_over(packet, target)

    def _hand_over(self, packet: bytes, target: Line) -> None:
        # A namespace that is being torn down refuses packets (EIO); to the sender that is a network like any other.
        with contextlib.suppress(OSError):
            os.write(target.device, packet)

    def _answer(self) -> bool:
        """Answers one request; false when the lab has closed the socket."""
        message, descriptors, _, _ = socket.recv_fds(self._control, MAX_MESSAGE, maxfds=1)
        if not message:
            return False
        try:
            reply = self._carry_out(msgspec.json.decode(message, type=Request), descriptors)
        except (msgspec.DecodeError, KeyError) as error:
            reply = Failed(f"{type(error).__name__}: {error}")
        self._control.send(msgspec.json.encode(reply))
        return True

    def _carry_out(self, request: Request, descriptors: list[int]) -> Reply:
        match request:
            case AddLine(name, address, seed):
                line = Line(descriptors[0], seed)
                os.set_blocking(line.device, False)
                self._lines[name] = self._by_address[socket.inet_aton(address)] = self._by_device[line.device] = line
                self._poll.register(line.device, select.EPOLLIN)
            case Impair(name, up, down):
                line = self._lines[name]
                if up is not None:
                    line.up.impair(up)
                if down is not None:
                    line.down.impair(down)
            case SetCut(name, off):
                line = self._lines[name]
                line.up.cut(off=off)
                line.down.cut(off=off)
            case Move(name, address):
                line = self._lines[name]
                self._by_address = {known: one for known, one in self._by_address.items() if one is not line}
                self._by_address[socket.inet_aton(address)] = line
            case SetApart(sides):
                places = {name: number for number, side in enumerate(sides) for name in side}
                for name in places:
                    self._lines[name]  # a side of hosts that there are
                for name, line in self._lines.items():
                    line.side = places.get(name)
            case ReadCounters(name):
                line = self._lines[name]
                return Counted(HostCounters(up=line.up.counters, down=line.down.counters))
        return Done()


def main() -> None:
    """Runs the link on the control socket whose descriptor is the first argument."""
    # On a busy machine a late link would look like a bad network; a pause of the collector would too.
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, -15)
    gc.disable()
    # A lab that is killed while it asks leaves its answer to nobody.
    with socket.socket(fileno=int(sys.argv[1])) as control, contextlib.suppress(ConnectionError):
        Link(control).run()


if __name__ == "__main__":
    main()
