"""The lab's end of the link: starts the process, asks it, ends it."""

import socket
import subprocess
import threading

import msgspec

from . import program
from .control import MAX_MESSAGE, Failed, Reply, Request


class LinkProcess:
    """The running link of one lab. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.settimeout(10)
        with theirs:
            # A session of its own: Ctrl-C is for the tests, the link ends when they close it.
            self._process = subprocess.Popen(
                program.command("link", str(theirs.fileno())),
                pass_fds=[theirs.fileno()],
                env=program.environment(),
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process, for who wants to know what it costs."""
        return self._process.pid

    def ask(self, request: Request, descriptor: int | None = None) -> Reply:
        """Sends a request, with a descriptor if it needs one, and waits until it holds.

        Raises RuntimeError when the link refuses it or has died, TimeoutError when it does not answer for 10 s.
        """
        with self._lock:
            descriptors = [] if descriptor is None else [descriptor]
            try:
                socket.send_fds(self._control, [msgspec.json.encode(request)], descriptors)
                message = self._control.recv(MAX_MESSAGE)
            except BrokenPipeError:
                message = b""
        if not message:
            raise RuntimeError(f"the link has died, exit code {self._process.wait(timeout=5)}")
        reply = msgspec.json.decode(message, type=Reply)
        if isinstance(reply, Failed):
            raise RuntimeError(f"the link refused {request}: {reply.reason}")
        return reply

    def close(self) -> None:
        """Ends the link and waits for its end."""
        self._control.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=5)
