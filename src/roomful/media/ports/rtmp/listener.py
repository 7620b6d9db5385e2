"""The server's side of RTMP: who publishes under which key is decided by whoever starts the listener."""

import socket
from collections.abc import Callable

import msgspec

from roomful.media.ports.rtmp.plan import Accept, Publishing, Refuse, Report, RtmpPlan, RtmpStatus, Stopped
from roomful.media.ports.worker.process import WorkerFailed, WorkerProcess
from roomful.media.ports.worker.states import KeyframeWanted, Reason, State

_reports: msgspec.json.Decoder[Report] = msgspec.json.Decoder(Report)


class RtmpFailed(WorkerFailed[RtmpStatus]):
    """The listener did not start: the port is taken, or the worker did not come up."""


class RtmpListener(WorkerProcess[RtmpPlan, RtmpStatus]):
    """The worker of all RTMP publishers. Set `on_publishing` and `on_stopped` before any can come."""

    MODULE = "roomful.media.ports.rtmp"
    NOUN = "RTMP listener"

    on_publishing: Callable[[Publishing], None] | None = None
    """Called with each who wants to publish; answer with `accept` or `refuse` within ten seconds."""

    on_stopped: Callable[[int, str], None] | None = None
    """Called with the number of a stream that was accepted and has ended, and why; empty if it ended as it should."""

    async def accept(self, stream: int) -> int:
        """Let somebody publish; return the descriptor on which the frames come, for the engine."""
        ours, theirs = socket.socketpair()
        with theirs:
            await self._send(Accept(stream=stream), theirs.fileno())
        return ours.detach()

    async def refuse(self, stream: int, reason: str) -> None:
        """Send somebody away, whether accepted or not."""
        await self._send(Refuse(stream=stream, reason=reason))

    def _starting(self) -> RtmpStatus:
        return RtmpStatus(state=State.STARTING)

    def _decode(self, line: bytes) -> RtmpStatus | KeyframeWanted | None:
        match _reports.decode(line):
            case Publishing() as publishing:
                if self.on_publishing is not None:
                    self.on_publishing(publishing)
            case Stopped(stream=stream, reason=reason):
                if self.on_stopped is not None:
                    self.on_stopped(stream, reason)
            case RtmpStatus() as status:
                return status
        return None

    def _killed(self, how: str) -> RtmpStatus:
        return RtmpStatus(state=State.FAILED, reason=Reason.KILLED, error=f"the RTMP listener {how}")

    @classmethod
    def _failed(cls, status: RtmpStatus) -> Exception:
        return RtmpFailed(status)
