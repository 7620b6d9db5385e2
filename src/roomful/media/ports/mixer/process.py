"""The server's side of a mixer."""

import msgspec

from roomful.media.ports.mixer.plan import MemberPlan, MixPlan, RemoveMember, Reserve, SetFloor, SetLayout
from roomful.media.ports.mixer.states import Message, Status
from roomful.media.ports.worker.process import WorkerFailed, WorkerProcess
from roomful.media.ports.worker.states import KeyframeWanted, Reason, State

_reports: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)


class MixerFailed(WorkerFailed[Status]):
    """A mixer did not start: bad plan, or the worker did not come up."""


class Mixer(WorkerProcess[MixPlan, Status]):
    """One mixer. `start` raises `MixerFailed`; frames are written to `take_frames_fd()`, read from `take_output_fd()`.

    Of the tracks that come out, the sound for a member has the member's sid as `TrackInfo.identity` and `mix` as name;
    the pictures have no identity, and `picture` as name.
    """

    MODULE = "roomful.media.ports.mixer"
    NOUN = "mix"
    MAKES_FRAMES = True

    async def set_member(self, member: MemberPlan) -> None:
        """Take a member in, or change the settings of one who is in."""
        await self._send(member)

    async def remove_member(self, sid: str) -> None:
        """Let a member go."""
        await self._send(RemoveMember(sid))

    async def set_layout(self, layout: str) -> None:
        """Arrange the picture another way; one that there is not is left out, see `layouts.parse`."""
        await self._send(SetLayout(layout))

    async def set_floor(self, sid: str) -> None:
        """Pin the floor to a member; an empty `sid` unpins it."""
        await self._send(SetFloor(sid))

    async def reserve(self, reservation: str, sid: str) -> None:
        """Put a member into the cells with this reservation; an empty `sid` clears them."""
        await self._send(Reserve(reservation, sid))

    def _starting(self) -> Status:
        return Status(state=State.STARTING)

    def _decode(self, line: bytes) -> Status | KeyframeWanted:
        return _reports.decode(line)

    def _killed(self, how: str) -> Status:
        return msgspec.structs.replace(self.status, state=State.FAILED, reason=Reason.KILLED, error=f"the mixer {how}")

    @classmethod
    def _failed(cls, status: Status) -> Exception:
        return MixerFailed(status)
