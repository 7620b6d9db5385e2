"""What clients of a live room say. specs/monibuca-rooms.md §6.2."""

from typing import Annotated, Literal

import msgspec

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Note = Annotated[str, msgspec.Meta(max_length=200)]
Title = Annotated[str, msgspec.Meta(max_length=128)]
Category = Annotated[str, msgspec.Meta(max_length=64)]
Address = Annotated[str, msgspec.Meta(max_length=2048)]

MAX_GIFTS = 999
"""In one message."""


class StartLive(msgspec.Struct, frozen=True):
    title: Title | None = None
    cover: Address | None = None
    category: Category | None = None
    stream_path: Address | None = None
    """Where the show is published, if not at the streamer's own path."""


class ChangeLive(msgspec.Struct, frozen=True):
    """`stop_live`, `pause_live` and `resume_live`."""

    reason: Note = ""


class SendGift(msgspec.Struct, frozen=True):
    gift_id: Id
    count: Annotated[int, msgspec.Meta(ge=1, le=MAX_GIFTS)] = 1
    to_user_id: Id | None = None
    """None is the streamer."""
    request_id: Annotated[str, msgspec.Meta(max_length=64)] = ""
    """The same one from the same sender is the same gift: it is answered again, and counted once."""


class SendDanmaku(msgspec.Struct, frozen=True):
    content: str
    color: Annotated[str, msgspec.Meta(pattern="^#[0-9A-Fa-f]{6}$")] = "#FFFFFF"
    mode: Literal["scroll", "top", "bottom"] = "scroll"
    size: Literal["small", "normal", "large"] = "normal"


class LinkMicRequest(msgspec.Struct, frozen=True):
    media: Literal["audio", "video"] = "video"
    target_user_id: Id | None = None
    """Of the streamer alone: whom it invites."""
    message: Note = ""


class LinkMicAnswer(msgspec.Struct, frozen=True):
    """`link_mic_accept` and `link_mic_reject`."""

    user_id: Id | None = None
    """The other side. Viewers need not name the streamer."""
    reason: Note = ""


class LinkMicEnd(msgspec.Struct, frozen=True):
    user_id: Id | None = None
    """None is oneself."""


class LinkMicCancel(msgspec.Struct, frozen=True):
    """Says it all."""


class PkInvite(msgspec.Struct, frozen=True):
    target_room_id: Id
    duration: Annotated[int, msgspec.Meta(ge=60, le=1800)] | None = None
    """Seconds."""


class PkAnswer(msgspec.Struct, frozen=True):
    """`pk_accept`, `pk_reject` and `pk_end`."""

    pk_id: Id
    reason: Note = ""
