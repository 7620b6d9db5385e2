"""Push over RTMP: a server that is gone, or that does not read, is nobody else's trouble.

Each connection is a process (`pusher`), which a thread feeds and begins again when it has ended.
"""

import contextlib
import logging
import queue
import signal
import subprocess
import sys
import threading
import time
from typing import BinaryIO, cast
from urllib.parse import urlsplit

from roomful.media.ports.compositor.outputs.place import Streams
from roomful.media.ports.compositor.outputs.pusher import CONNECTED, Pushing, head_of, send
from roomful.media.ports.scene.encoder import Encoded
from roomful.media.ports.worker.states import StreamInfo, StreamState

log = logging.getLogger(__name__)

MAX_WAITING = 600
"""Packets that wait for the network: some eight seconds. When there are more, all of them go."""

FIRST_WAIT = 1.0
LONGEST_WAIT = 30.0
GIVE_UP_SECONDS = 300.0
"""How long it is tried without any success."""

STALL_SECONDS = 20.0
"""How long a server may take to let us publish, and to read what was sent."""

END_SECONDS = 5.0
"""How long the end waits for what was not sent yet."""

PUSHER = "roomful.media.ports.compositor.outputs.pusher"

SCHEMES = frozenset({"rtmp", "rtmps"})


class BadUrl(ValueError):
    """This is no URL to push to. The message does not contain it, because it may be secret."""


def check_url(url: str) -> None:
    """Refuse what cannot be pushed to.

    Raises:
        BadUrl: another scheme, or no host.
    """
    try:
        parts = urlsplit(url)
        usable = parts.scheme in SCHEMES and bool(parts.hostname) and url.isprintable() and " " not in url
    except ValueError:
        usable = False
    if not usable:
        raise BadUrl("streams are pushed to URLs like rtmp://host/app/key or rtmps://host/app/key")


class _Lost(Exception):
    """A connection has ended; the message says why, without the URL."""

    def __init__(self, reason: str, *, stalled: bool) -> None:
        super().__init__(reason)
        self.stalled = stalled


class Push:
    """Takes packets, never blocks, never raises; `info` says how it goes."""

    def __init__(self, url: str, streams: Streams, started_at_ns: int) -> None:
        self.url = url
        self._streams = streams
        self._head = head_of(streams)
        self._pusher: subprocess.Popen[bytes] | None = None
        self._started_at = started_at_ns
        self._waiting: queue.Queue[Encoded | None] = queue.Queue()
        self._stopping = threading.Event()
        self._state = StreamState.CONNECTING
        self.error = ""
        self._retries = 0
        self._sent_from = self._sent_until = 0
        self._sent = 0
        self._thread = threading.Thread(target=self._run, name="push", daemon=True)
        self._wants_keyframe = True
        self._resync = False
        self._thread.start()

    @property
    def live(self) -> bool:
        return self._state in {StreamState.CONNECTING, StreamState.ACTIVE}

    @property
    def where(self) -> str:
        return f"a stream to {urlsplit(self.url).hostname}"

    def wants_keyframe(self, at: int) -> bool:
        """Whether the server waits for a picture to begin with."""
        wants, self._wants_keyframe = self._wants_keyframe, False
        return wants

    def write(self, packet: Encoded) -> None:
        if self.live:
            if self._waiting.qsize() > MAX_WAITING:
                self._drop()
            self._waiting.put(packet)

    def stop(self) -> None:
        """Begin to end; what waits is sent as far as it goes quickly."""
        self._stopping.set()
        self._waiting.put(None)

    def close(self) -> None:
        """End, within a few seconds."""
        self.stop()
        self._thread.join(END_SECONDS)
        if self._thread.is_alive() and self._pusher is not None:
            self._pusher.kill()
            self._thread.join(END_SECONDS)
        if self.live:
            self._state = StreamState.FINISHED if self._sent else StreamState.FAILED

    def info(self) -> StreamInfo:
        return StreamInfo(
            url=self.url,
            state=self._state,
            started_at_ns=self._started_at + self._sent_from if self._sent else 0,
            ended_at_ns=0 if self.live or not self._sent else self._started_at + self._sent_until,
            duration_ns=self._sent,
            retries=self._retries,
            error=self.error,
        )

    def _drop(self) -> None:
        while True:
            try:
                self._waiting.get_nowait()
            except queue.Empty:
                break
        # Without the packets in between nothing can be decoded before the next keyframe.
        self._resync = self._wants_keyframe = True
        if self._stopping.is_set():
            self._waiting.put(None)

    def _run(self) -> None:
        wait, troubled_since = FIRST_WAIT, time.monotonic()
        while not self._stopping.is_set():
            sent, begun = self._sent, time.monotonic()
            try:
                self._push()
                break
            except _Lost as lost:
                self.error = str(lost)
                # Of a server that stops to read, buffers have taken something; only time tells that it did read.
                good = time.monotonic() - begun > GIVE_UP_SECONDS if lost.stalled else self._sent > sent
            self._retries += 1
            log.warning("a stream was lost", extra={"host": urlsplit(self.url).hostname, "reason": self.error})
            if good:
                wait, troubled_since = FIRST_WAIT, time.monotonic()
            if time.monotonic() - troubled_since > GIVE_UP_SECONDS:
                self._state = StreamState.FAILED
                return
            self._state = StreamState.CONNECTING
            self._stopping.wait(wait)
            wait = min(2 * wait, LONGEST_WAIT)
        self._state = StreamState.FINISHED if self._sent else StreamState.FAILED

    def _push(self) -> None:
        """One connection, until the end. Raises _Lost."""
        if self._first() is None:
            return
        command = [sys.executable, "-m", PUSHER]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as pusher:
            self._pusher = pusher
            pipe, answers = cast(BinaryIO, pusher.stdin), cast(BinaryIO, pusher.stdout)
            said = b""
            with contextlib.suppress(OSError), pipe:  # it has ended, and says why
                send(pipe, Pushing(url=self.url, head=self._head, wait_seconds=STALL_SECONDS))
                said = answers.readline()
                if said == CONNECTED:
                    self._feed(pipe)
            reason = (answers.readline() if said == CONNECTED else said).decode().strip()
        self._pusher = None
        if pusher.returncode == 0:
            return
        stalled = pusher.returncode == -signal.SIGALRM
        silence = f"the server neither answered nor read for {STALL_SECONDS:g} seconds"
        raise _Lost(reason or (silence if stalled else "the push was ended"), stalled=stalled)

    def _feed(self, pipe: BinaryIO) -> None:
        """Hand over packets until there are no more. Raises OSError when the process has ended."""
        # What came while it connected is old by now: live is live.
        self._drop()
        packet = self._first()
        begun = packet.at if packet is not None else 0
        self._sent_from = self._sent_from or begun
        while packet is not None:
            self._resync = self._resync and not self._begins(packet)
            if packet.at >= begun and not self._resync:
                send(pipe, packet)
                self._state, self.error = StreamState.ACTIVE, ""
                self._sent += max(0, packet.at + packet.duration - max(self._sent_until, begun))
                self._sent_until = max(self._sent_until, packet.at + packet.duration)
            packet = self._waiting.get()

    def _first(self) -> Encoded | None:
        """Wait for a packet to begin with; `None` at the end."""
        self._wants_keyframe = True
        while (packet := self._waiting.get()) is not None:
            if self._begins(packet):
                self._resync = False
                return packet
        return None

    def _begins(self, packet: Encoded) -> bool:
        """Whether a viewer can begin with this packet."""
        return packet.keyframe and packet.is_audio is (self._streams.video is None)
