"""What a client can send to a meeting, by action. specs/monibuca-rooms.md §7.2."""

from typing import Annotated, Literal

import msgspec

from roomful.plugins.meeting.agenda import ItemId, ItemPatch, NewItem
from roomful.plugins.meeting.breakouts import WantedRoom

UserId = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
Reason = Annotated[str, msgspec.Meta(max_length=256)]
Kind = Literal["audio", "video", "screen"]


class Plain(msgspec.Struct, frozen=True, kw_only=True):
    """A message without fields of its own."""


class StartMeeting(Plain, frozen=True, kw_only=True):
    title: Annotated[str, msgspec.Meta(max_length=200)] = ""


class EndMeeting(Plain, frozen=True, kw_only=True):
    reason: Reason = ""


class Mute(Plain, frozen=True, kw_only=True):
    user_id: UserId
    """`*`: everybody but hosts."""
    kind: Kind = "audio"
    reason: Reason = ""


class Target(Plain, frozen=True, kw_only=True):
    user_id: UserId
    reason: Reason = ""


class Ban(Target, frozen=True, kw_only=True):
    duration: Annotated[float, msgspec.Meta(ge=0, le=10 * 365 * 86_400)] = 0
    """Seconds; 0 is for ever."""


class RaiseHand(Plain, frozen=True, kw_only=True):
    reason: Annotated[str, msgspec.Meta(max_length=100)] = ""


class LowerHand(Plain, frozen=True, kw_only=True):
    user_id: UserId | None = None
    """None: one's own; `*`: all."""


class StartRecording(Plain, frozen=True, kw_only=True):
    target: UserId = "room"
    """Or a user id."""


class StartTranscription(Plain, frozen=True, kw_only=True):
    language: Annotated[str, msgspec.Meta(max_length=35, pattern=r"^([A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*)?$")] = ""


class ShareScreen(Plain, frozen=True, kw_only=True):
    on: bool = True
    stream_path: Annotated[str, msgspec.Meta(max_length=400)] = ""


class LockRoom(Plain, frozen=True, kw_only=True):
    locked: bool = True


class ToggleLobby(Plain, frozen=True, kw_only=True):
    enabled: bool | None = None
    """None: the other way round."""


class AgendaAdd(Plain, frozen=True, kw_only=True):
    item: NewItem


class AgendaUpdate(Plain, frozen=True, kw_only=True):
    item_id: ItemId
    patch: ItemPatch


class AgendaRemove(Plain, frozen=True, kw_only=True):
    item_id: ItemId


class AgendaReorder(Plain, frozen=True, kw_only=True):
    order: Annotated[list[ItemId], msgspec.Meta(max_length=100)]


class AgendaStart(Plain, frozen=True, kw_only=True):
    item_id: ItemId | None = None
    """None: the next pending one."""


class AgendaComplete(Plain, frozen=True, kw_only=True):
    item_id: ItemId | None = None
    """None: the active one."""


class StartSpeakerTimer(Plain, frozen=True, kw_only=True):
    user_id: UserId
    seconds: Annotated[float, msgspec.Meta(ge=5, le=3600)]


class ExtendMeeting(Plain, frozen=True, kw_only=True):
    seconds: Annotated[float, msgspec.Meta(gt=0, le=86_400)]


class OpenBreakouts(Plain, frozen=True, kw_only=True):
    rooms: Annotated[list[WantedRoom], msgspec.Meta(max_length=50)] = []
    count: Annotated[int, msgspec.Meta(ge=0, le=50)] = 0
    """So many rooms, among which all who are no hosts are shared out."""
    seconds: Annotated[float, msgspec.Meta(ge=0, le=86_400)] = 0
    """Until they close; 0: when a host says so."""


class AssignBreakout(Plain, frozen=True, kw_only=True):
    user_id: UserId
    breakout_id: UserId


class BroadcastBreakouts(Plain, frozen=True, kw_only=True):
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]


class CloseBreakouts(Plain, frozen=True, kw_only=True):
    seconds: Annotated[float, msgspec.Meta(ge=0, le=3600)] = 0
    """From now."""


class EnterBreakout(Plain, frozen=True, kw_only=True):
    breakout_id: Annotated[str, msgspec.Meta(max_length=256)] = ""
    """Empty: the one that one belongs to."""
