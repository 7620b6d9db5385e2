"""A film from a URL. Where it leads is checked of the URL, and of every redirect, playlist and segment behind it.

FFmpeg connects by itself. For HTTP and TLS it is told to do so by way of a proxy that knows the rules. For RTSP and SRT
there is no such way: they get the address that was checked in place of the name.
"""

import asyncio
import os
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import av
from av.container import InputContainer
from av.error import FFmpegError

from roomful.media.ports.bot.film import Film, FilmFrame
from roomful.media.ports.bot.plan import Pull
from roomful.media.ports.worker.states import Failed, Reason
from roomful.outgoing import AddressRules, ForbiddenAddress, GuardedProxy, resolve

OVER_HTTP = "http,https,httpproxy,tcp,tls,crypto,hls"
PROTOCOLS = {
    "http": OVER_HTTP,
    "https": OVER_HTTP,
    "rtsp": "rtsp,tcp,udp,rtp",
    "rtsps": "rtsps,httpproxy,tcp,tls,udp,rtp",
    "srt": "srt",
}
"""By the scheme of the URL, what it may lead to: never files of this machine."""

UNPROXIED_PORTS = {"rtsp": 554, "srt": 0}

OPEN_SECONDS = 15.0
READ_SECONDS = 20.0


class RemoteFilm(Film):
    """Played once, as it comes. One per process: FFmpeg knows the proxy by the environment."""

    def __init__(self, pull: Pull, keyframe_wanted: Callable[[int], bool]) -> None:
        """
        Raises:
            Failed: it cannot be read, has neither pictures nor sound, or leads where it must not.
        """
        self._rules = AddressRules(pull.allow, pull.deny)
        self._proxy = GuardedProxy(self._rules)
        super().__init__(pull.url, keyframe_wanted)

    @property
    def duration(self) -> int:
        return 0  # so that it is not put elsewhere, which would take a second proxy

    def frames(self) -> Iterator[FilmFrame]:
        """Yield the frames as they come.

        Raises:
            Failed: it breaks off, or leads where it must not: FFmpeg would leave that out and go on.
        """
        try:
            for frame in super().frames():
                self._check()
                yield frame
        except Failed:
            self._check()
            raise
        self._check()

    def _opened(self, path: str) -> InputContainer:
        scheme = urlsplit(path).scheme
        if scheme in UNPROXIED_PORTS:
            path = asyncio.run(_pinned(path, self._rules))
        # Not as an option, which demuxers do not hand on to everything they open.
        os.environ.pop("no_proxy", None)
        os.environ["http_proxy"] = self._proxy.start()
        options = {"protocol_whitelist": PROTOCOLS[scheme], "rtsp_transport": "tcp"}
        try:
            return av.open(path, options=options, timeout=(OPEN_SECONDS, READ_SECONDS))
        except FFmpegError as error:
            raise OSError(self._proxy.refusal or self._proxy.trouble or str(error)) from error

    def _check(self) -> None:
        if self._proxy.refusal:
            raise Failed(Reason.BAD_INPUT, f"it leads to a forbidden address: {self._proxy.refusal}")


async def _pinned(url: str, rules: AddressRules) -> str:
    """The URL with an address that is permitted in place of the name. Raises OSError."""
    parts = urlsplit(url)
    try:
        address, *_ = await resolve(parts.hostname or "", parts.port or UNPROXIED_PORTS[parts.scheme], rules)
    except ForbiddenAddress as error:
        raise OSError(str(error)) from None
    user, at, _ = parts.netloc.rpartition("@")
    host = f"[{address}]" if ":" in address else address
    return parts._replace(netloc=f"{user}{at}{host}" + (f":{parts.port}" if parts.port else "")).geturl()
