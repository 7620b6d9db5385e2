"""`python -m roomful.media.ports.worker.nursery --fd N`: a process that has read all the workers' code, and forks.

On the packet socket N come names of modules, one in each packet, with the descriptors for its `run` and, as
the last, a pipe for word of what becomes of it: `pid\\n` at once and `code\\n` at the end, negative for a signal. The
nursery ends when the other end of its socket does; workers have their own ways to notice.

It has no threads and none of the server's sockets or rooms, which is why it can fork safely.
"""

import argparse
import contextlib
import importlib
import os
import select
import signal
import socket
import sys
import traceback
from pathlib import Path

KINDS = ("bot", "bridge", "compositor", "mixer", "pcm_stream", "recorder", "rtmp", "transcriber", "uploader")
MAX_LINE = 256
MAX_FDS = 8


class Nursery:
    """Forks on demand, and tells of each end."""

    def __init__(self, orders: socket.socket) -> None:
        self._orders = orders
        self._words: dict[int, int] = {}
        """By pid, where to write what became of it."""
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._wake, False)
        os.set_blocking(self._woken, False)

    def run(self) -> None:
        """Serve until the other end is closed."""
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _wake_up)
        # A Ctrl-C in a terminal goes to the whole process group; the server decides what it means.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        poll = select.poll()
        for fd in (self._orders.fileno(), self._woken):
            poll.register(fd, select.POLLIN)
        while True:
            ready = {fd for fd, _ in poll.poll()}
            if self._woken in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._woken, 4096)
            self._reap()
            if self._orders.fileno() in ready and not self._take():
                return

    def _take(self) -> bool:
        """Take one order; return whether there was one. They are written and read whole: a packet socket."""
        name, fds, _, _ = socket.recv_fds(self._orders, MAX_LINE, MAX_FDS)
        if not name:
            return False
        *given, word = fds
        pid = os.fork()
        if pid == 0:
            self._work(name.decode(), given, word)
        for fd in given:
            os.close(fd)
        self._words[pid] = word
        self._tell(word, pid)
        return True

    def _work(self, module: str, fds: list[int], word: int) -> None:
        """Be the worker. Never returns."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            for fd in (self._orders.fileno(), self._woken, self._wake, word, *self._words.values()):
                os.close(fd)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            with contextlib.suppress(OSError):  # only for who looks at the list of processes
                Path("/proc/self/comm").write_text(module.split(".")[-2], "ascii")
            code = importlib.import_module(module).run(*fds)
        except BaseException:  # noqa: BLE001 - whatever it is, this process ends here
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)

    def _reap(self) -> None:
        while self._words:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            word = self._words.pop(pid)
            self._tell(word, os.waitstatus_to_exitcode(status))
            os.close(word)

    @staticmethod
    def _tell(word: int, number: int) -> None:
        with contextlib.suppress(OSError):  # the server does not want to know any more
            os.write(word, f"{number}\n".encode())


def _wake_up(number: int, frame: object) -> None:
    """A handler has to be there, for the wake-up."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m roomful.media.ports.worker.nursery")
    parser.add_argument("--fd", type=int, required=True, help="packet socket of orders")
    orders = socket.socket(fileno=parser.parse_args().fd)
    for kind in KINDS:
        importlib.import_module(f"roomful.media.ports.{kind}.worker")
    Nursery(orders).run()


if __name__ == "__main__":
    main()
