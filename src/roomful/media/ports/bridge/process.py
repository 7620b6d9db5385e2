"""The server's side of a bridge's worker."""

from collections.abc import Callable
from typing import Self

import msgspec

from roomful.media.ports.bridge.plan import BridgePlan, Command
from roomful.media.ports.bridge.states import BridgeStatus, PeerReport, Report
from roomful.media.ports.worker.process import WorkerFailed, WorkerProcess
from roomful.media.ports.worker.states import KeyframeWanted, Reason, State

_reports: msgspec.json.Decoder[Report] = msgspec.json.Decoder(Report)


class BridgeFailed(WorkerFailed[BridgeStatus]):
    """A bridge's worker did not come up."""


class BridgeProcess(WorkerProcess[BridgePlan, BridgeStatus]):
    """One bridge. Frames of peers come out of `take_output_fd()`, those of participants go into `take_frames_fd()`."""

    MODULE = "roomful.media.ports.bridge"
    NOUN = "bridge"
    MAKES_FRAMES = True

    on_peer: Callable[[PeerReport], None] | None = None
    """Hears what peers do."""

    @classmethod
    async def open(
        cls,
        plan: BridgePlan,
        on_status: Callable[[BridgeStatus], None],
        on_keyframe_wanted: Callable[[str], None],
    ) -> Self:
        """Start one. Raises BridgeFailed."""
        return await cls.start(plan, on_status=on_status, on_keyframe_wanted=on_keyframe_wanted)

    async def tell(self, command: Command) -> None:
        """Tell what happens in the room. One that has ended does not hear it."""
        await self._send(command)

    def _starting(self) -> BridgeStatus:
        return BridgeStatus(state=State.STARTING)

    def _decode(self, line: bytes) -> BridgeStatus | KeyframeWanted | None:
        report = _reports.decode(line)
        if isinstance(report, BridgeStatus | KeyframeWanted):
            return report
        if self.on_peer is not None:
            self.on_peer(report)
        return None

    def _killed(self, how: str) -> BridgeStatus:
        return BridgeStatus(state=State.FAILED, reason=Reason.KILLED, error=f"the bridge {how}")

    @classmethod
    def _failed(cls, status: BridgeStatus) -> Exception:
        return BridgeFailed(status)
