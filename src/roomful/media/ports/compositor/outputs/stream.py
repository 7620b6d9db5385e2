"""Push over RTMP, on a thread of its own: a server that is gone, or that does not read, is nobody else's trouble."""

import logging
import queue
import threading
import time
from urllib.parse import urlsplit

from av.error import FFmpegError

from roomful.media.ports.compositor.outputs.place import FLV, Streams
from roomful.media.ports.compositor.states import StreamInfo, StreamState
from roomful.media.ports.recorder.media_file import MediaFile
from roomful.media.ports.scene.encoder import Encoded

log = logging.getLogger(__name__)

MAX_WAITING = 600
"""Packets that wait for the network: some eight seconds. When there are more, all of them go."""

FIRST_WAIT = 1.0
LONGEST_WAIT = 30.0
GIVE_UP_SECONDS = 300.0
"""How long it is tried without any success."""

END_SECONDS = 5.0
"""How long the end waits for what was not sent yet."""

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


class Push:
    """Takes packets, never blocks, never raises; `info` says how it goes."""

    def __init__(self, url: str, streams: Streams, started_at_ns: int) -> None:
        self.url = url
        self._streams = streams
        self._started_at = started_at_ns
        self._waiting: queue.Queue[Encoded | None] = queue.Queue()
        self._stopping = threading.Event()
        self._state = StreamState.CONNECTING
        self.error = ""
        self._retries = 0
        self._sent_from = self._sent_until = 0
        self._sent = 0
        # Not waited for by the interpreter: libavformat may sit in a system call.
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
            sent = self._sent
            try:
                self._push()
                break
            except (FFmpegError, OSError, ValueError) as error:
                self.error = _reason(error)
            self._retries += 1
            log.warning("a stream was lost", extra={"host": urlsplit(self.url).hostname, "reason": self.error})
            if self._sent > sent:
                wait, troubled_since = FIRST_WAIT, time.monotonic()
            if time.monotonic() - troubled_since > GIVE_UP_SECONDS:
                self._state = StreamState.FAILED
                return
            self._state = StreamState.CONNECTING
            self._stopping.wait(wait)
            wait = min(2 * wait, LONGEST_WAIT)
        self._state = StreamState.FINISHED if self._sent else StreamState.FAILED

    def _push(self) -> None:
        """One connection, until the end."""
        first = self._first()
        if first is None:
            return
        file = MediaFile(self.url, FLV, self._streams.sources, first.at)
        # What came while it connected is old by now: live is live.
        self._drop()
        packet = self._first()
        begun: int | None = None
        try:
            while packet is not None:
                if begun is None:
                    begun = packet.at
                    file.start = begun
                    self._sent_from = self._sent_from or begun
                index = self._streams.index(is_audio=packet.is_audio)
                self._resync = self._resync and not self._begins(packet)
                if packet.at >= begun and not self._resync:
                    file.write(index, packet.data, packet.at, packet.duration, keyframe=packet.keyframe)
                    self._state, self.error = StreamState.ACTIVE, ""
                    self._sent += max(0, packet.at + packet.duration - max(self._sent_until, begun))
                    self._sent_until = max(self._sent_until, packet.at + packet.duration)
                packet = self._waiting.get()
        finally:
            file.close()

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


def _reason(error: Exception) -> str:
    """What went wrong, without the URL, which the text of the exception has in it."""
    return str(getattr(error, "strerror", "") or type(error).__name__)
