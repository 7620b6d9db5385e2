"""What agents and customers say, on either socket and over HTTP. specs/monibuca-rooms.md §8.5, §8.7."""

from typing import Annotated, Literal

import msgspec

from roomful.plugins.customer_service.session import Media

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Note = Annotated[str, msgspec.Meta(max_length=500)]
Title = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Description = Annotated[str, msgspec.Meta(max_length=2000)]
Address = Annotated[str, msgspec.Meta(max_length=2048)]
Password = Annotated[str, msgspec.Meta(min_length=8, max_length=256)]


class AcceptCall(msgspec.Struct, frozen=True, kw_only=True):
    session_id: Id | None = None
    """None: the one that rings."""
    media: Media | None = None


class Reasoned(msgspec.Struct, frozen=True, kw_only=True):
    """`reject_call` and `end_call`."""

    session_id: Id | None = None
    reason: Note = ""


class TransferCall(msgspec.Struct, frozen=True, kw_only=True):
    target_agent_id: Id
    session_id: Id | None = None
    note: Note = ""


class ThatCall(msgspec.Struct, frozen=True, kw_only=True):
    """`hold_call`, `resume_call` and `list_audio_files`."""

    session_id: Id | None = None


Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]


class SetMicrophone(msgspec.Struct, frozen=True, kw_only=True):
    """How loud the customer hears one's voice."""

    volume: Percent
    session_id: Id | None = None


class PlayAudioFile(msgspec.Struct, frozen=True, kw_only=True):
    """Mix a file into one's own voice."""

    file_id: Id
    session_id: Id | None = None
    volume: Percent = 100
    loop: bool = False


class SetAudioFile(msgspec.Struct, frozen=True, kw_only=True):
    """What is absent stays."""

    playback_id: Id
    session_id: Id | None = None
    volume: Percent | None = None
    paused: bool | None = None


class StopAudioFile(msgspec.Struct, frozen=True, kw_only=True):
    playback_id: Id | None = None
    """None: all."""
    session_id: Id | None = None


class RateCall(msgspec.Struct, frozen=True, kw_only=True):
    score: Annotated[int, msgspec.Meta(ge=1, le=5)]
    comment: Note = ""


class SetState(msgspec.Struct, frozen=True, kw_only=True):
    state: Literal["ready", "busy", "check_in", "check_out"]


class NewSession(msgspec.Struct, frozen=True, kw_only=True):
    title: Title
    customer_name: Name
    description: Description = ""
    media: Media = "video"


class NewVisitor(msgspec.Struct, frozen=True, kw_only=True):
    customer_name: Name = "Visitor"
    title: Title = "Visit"
    description: Description = ""
    media: Media = "video"


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    agent_id: Id


class Whisper(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a supervisor speaks to: `agent`, `both` or `none`."""

    supervisor_id: Id
    to: Literal["agent", "both", "none"]


class NewAgent(msgspec.Struct, frozen=True, kw_only=True):
    id: str = ""
    name: Name
    username: Name
    password: Password
    avatar: Address = ""
    enabled: bool = True


class AgentPatch(msgspec.Struct, frozen=True, kw_only=True):
    """What is absent stays."""

    name: Name | None = None
    username: Name | None = None
    password: Password | None = None
    avatar: Address | None = None
    enabled: bool | None = None


class Login(msgspec.Struct, frozen=True, kw_only=True):
    username: Annotated[str, msgspec.Meta(max_length=64)]
    password: Annotated[str, msgspec.Meta(max_length=256)]
