"""The test's end of an `rtc_client` that runs in a host of the lab."""

import asyncio
import contextlib
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar

import msgspec

from . import program
from .host import Host
from .media_quality import is_seen_and_heard
from .rtc_messages import Failed, MediaReport, Message, Publishing

Wanted = TypeVar("Wanted", bound=Message)
JOIN_TIMEOUT = 40.0
"""Seconds. On a quiet machine it takes one, with the rest of a build on all cores more than ten."""

_decoder = msgspec.json.Decoder(Message)


class RtcClient:
    """A client that is in the room and publishing when the context is entered, and gone (killed, if need be) after it.

    With `tone` (Hz, steps of 50) it publishes audio, with `frame_rate` (frames per second) a small video; 0: neither.
    With one peer connection, as the SDK has it by default, the server only answers; with two it also makes offers.
    Entering raises ConnectionRefusedError when it cannot join, TimeoutError when that takes more than JOIN_TIMEOUT.
    """

    def __init__(
        self,
        host: Host,
        url: str,
        token: str,
        *,
        tone: int = 0,
        frame_rate: float = 0.0,
        single_peer_connection: bool = False,
    ) -> None:
        self.host = host
        self.messages: list[Message] = []
        """Everything the client has said, oldest first."""
        arguments = [url, token, "--tone", str(tone), "--frame-rate", str(frame_rate)]
        if single_peer_connection:
            arguments.append("--single-peer-connection")
        self._command = host.command(program.command("rtc_client", *arguments))
        self._news = asyncio.Condition()
        self._is_gone = False

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            env=program.environment(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        self._listening = asyncio.create_task(self._listen())
        try:
            await self.wait_for(Publishing, within=JOIN_TIMEOUT)
        except BaseException:
            self.kill()
            await self._listening
            for failed in self.said(Failed):
                raise ConnectionRefusedError(failed.reason) from None
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._send("quit")
        try:
            await asyncio.wait_for(self._process.wait(), timeout=5)
        except TimeoutError:
            self.kill()
            await self._process.wait()
        await self._listening

    def mark(self) -> int:
        """A place in the messages: now. For the `since` of `wait_for`."""
        return len(self.messages)

    def said(self, wanted: type[Wanted], since: int = 0) -> list[Wanted]:
        """All messages of that kind so far, from place `since` on."""
        return [message for message in self.messages[since:] if isinstance(message, wanted)]

    async def wait_for(
        self, wanted: type[Wanted], where: Callable[[Wanted], bool] = lambda _: True, *, within: float, since: int = 0
    ) -> Wanted:
        """The first message of that kind for which `where` holds, from place `since` on; waits for it if need be.

        Raises TimeoutError after `within` seconds, RuntimeError when the client ends before.
        """

        async def found() -> Wanted:
            place = since
            while True:
                for message in filter(where, self.said(wanted, since=place)):
                    return message
                place = len(self.messages)
                if self._is_gone:
                    raise RuntimeError(f"{self.host.name} ended, exit code {self._process.returncode}")
                async with self._news:
                    while len(self.messages) == place and not self._is_gone:
                        await self._news.wait()

        try:
            return await asyncio.wait_for(found(), within)
        except TimeoutError:
            said = [message for message in self.messages[since:] if not isinstance(message, MediaReport)]
            raise TimeoutError(f"{self.host.name}: no such {wanted.__name__} within {within} s; only {said}") from None

    async def sees_and_hears(self, *identities: str, within: float, since: int = 0) -> MediaReport:
        """The first report, from place `since` on, of an interval in which frames and sound of all of them came."""
        return await self.wait_for(
            MediaReport,
            lambda report: all(is_seen_and_heard(identity, report) for identity in identities),
            within=within,
            since=since,
        )

    async def watch(self, seconds: float) -> list[MediaReport]:
        """The reports of the next so many seconds."""
        since = self.mark()
        first = await self.wait_for(MediaReport, within=5, since=since)
        await self.wait_for(
            MediaReport, lambda report: report.at >= first.at + seconds, within=seconds + 5, since=since
        )
        # The first interval began before the watch did.
        return self.said(MediaReport, since)[1:]

    def mute(self) -> None:
        """Mutes the tone."""
        self._send("mute")

    def unmute(self) -> None:
        """Lets the tone be heard again."""
        self._send("unmute")

    def leave(self) -> None:
        """Leaves the room in good order; the program goes on."""
        self._send("leave")

    def kill(self) -> None:
        """Ends the program at once (SIGKILL): it tells nobody."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    def _send(self, command: str) -> None:
        assert self._process.stdin is not None
        if not self._process.stdin.is_closing():
            self._process.stdin.write(f"{command}\n".encode())

    async def _listen(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self.messages.append(_decoder.decode(line))
            await self._tell()
        await self._process.wait()
        self._is_gone = True
        await self._tell()

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()
