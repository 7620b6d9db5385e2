"""What a client can send. specs/room-signals.md §2.1, §3, §6, §7."""

from enum import StrEnum, auto
from typing import Annotated, ClassVar, Literal, TypeAlias

import msgspec

from roomful.protocols.room_signals.channels import Channel

MAX_SDP = 65_536
"""Characters."""

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
RoomId = Annotated[str, msgspec.Meta(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]*\Z")]
Sdp = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_SDP, pattern="^v=0")]
Host: TypeAlias = Literal["iOS", "iOS_EX", "Android", "Web", "Web_Studio", "Server"]


class Category(StrEnum):
    STREAM = "stream"
    SCREENSHARE = "screenshare"


class EngineName(StrEnum):
    """Who carries the media of a room."""

    NATIVE = "native"
    AGORA = "agora"
    HUNDREDMS = "hundredms"
    LIVEKIT = "livekit"


class _Wire(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Base of what is on the wire. Unknown fields are ignored."""


class SessionInfo(_Wire, frozen=True, kw_only=True):
    """`ss`: which session of whom sends this."""

    user_id: Id
    session_id: Id
    category: Category = Category.STREAM
    host: Host = "Web"
    device_id: str = ""
    """Empty: the session id."""


class Target(_Wire, frozen=True, kw_only=True):
    """`to` as an object: one session, or all of a user."""

    user_id: Id | None = None
    session_id: Id | None = None

    def __post_init__(self) -> None:
        if self.user_id is None and self.session_id is None:
            raise ValueError("`to` names nobody")


To: TypeAlias = Id | Target
"""`to`: a string is a user id."""


class Options(_Wire, frozen=True, kw_only=True):
    """`op`."""

    ack: bool = False
    """Send an ack for a signal that has none when all is well."""


class JoinOptions(Options, frozen=True, kw_only=True):
    room_creating: bool = False
    user_faking: bool = False
    no_offers: bool = False
    """Leave `es.sdps` empty: the client will WATCH."""
    chat: bool = False
    """Pass CHAT on to this session, and take it from there; the document has no chat, so nobody else gets any."""


class OfferOptions(Options, frozen=True, kw_only=True):
    restarting: bool = False
    hls_forwarding: bool = False


class Signal(_Wire, frozen=True, kw_only=True):
    """What all signals have."""

    name: ClassVar[str] = ""
    """`s`."""
    ch: Channel
    rid: RoomId
    ss: SessionInfo


class Plain(Signal, frozen=True, kw_only=True):
    """A signal whose options are only those that all have."""

    op: Options = Options()


class Join(Signal, frozen=True, kw_only=True):
    name = "JOIN"
    ve: bool = False
    ae: bool = False
    eg: EngineName = EngineName.NATIVE
    op: JoinOptions = JoinOptions()


class Leave(Plain, frozen=True, kw_only=True):
    name = "LEAVE"


class Update(Plain, frozen=True, kw_only=True):
    name = "UPDATE"
    ve: bool | None = None
    """None: as it is; so is `ae`."""
    ae: bool | None = None

    def __post_init__(self) -> None:
        if self.ve is None and self.ae is None:
            raise ValueError("neither `ve` nor `ae`: nothing to update")


class Heartbeat(Plain, frozen=True, kw_only=True):
    name = "HEARTBEAT"
    bid: str = ""
    send_ack: bool = msgspec.field(default=True, name="send_ack")


class Kick(Plain, frozen=True, kw_only=True):
    name = "KICK"
    to: To


class PublishRequest(Plain, frozen=True, kw_only=True):
    name = "PUBLISH_REQUEST"
    ve: bool = False
    ae: bool = False
    msg: str = ""


class PublishAccept(Plain, frozen=True, kw_only=True):
    name = "PUBLISH_ACCEPT"
    to: To


class PublishReject(Plain, frozen=True, kw_only=True):
    name = "PUBLISH_REJECT"
    to: To


class Offer(Signal, frozen=True, kw_only=True):
    name = "OFFER"
    sdp: Sdp
    to: To | None = None
    op: OfferOptions = OfferOptions()


class Answer(Plain, frozen=True, kw_only=True):
    name = "ANSWER"
    sdp: Sdp
    to: To | None = None


class Ice(Plain, frozen=True, kw_only=True):
    name = "ICE"
    sdp: Annotated[str, msgspec.Meta(max_length=MAX_SDP)]
    to: To | None = None


class Watch(Plain, frozen=True, kw_only=True):
    name = "WATCH"
    to: To


class SimulcastUpdate(Plain, frozen=True, kw_only=True):
    name = "SIMULCAST_UPDATE"
    to: To
    layer: Literal["low", "medium", "high", "auto"] = "auto"


class ChatType(StrEnum):
    TEXT = auto()
    IMAGE = auto()
    EMOJI = auto()
    CUSTOM = auto()


class Chat(Plain, frozen=True, kw_only=True):
    name = "CHAT"
    msg: str
    type: ChatType = ChatType.TEXT
    to: To | None = None
    """None: everybody."""


AnySignal: TypeAlias = (
    Join
    | Leave
    | Update
    | Heartbeat
    | Kick
    | PublishRequest
    | PublishAccept
    | PublishReject
    | Offer
    | Answer
    | Ice
    | Watch
    | SimulcastUpdate
    | Chat
)

ACTIONS: dict[str, type[AnySignal]] = {
    "join": Join,
    "leave": Leave,
    "updateVideo": Update,
    "heartbeat": Heartbeat,
    "kick": Kick,
    "publishRequest": PublishRequest,
    "publishAccept": PublishAccept,
    "publishReject": PublishReject,
    "offer": Offer,
    "answer": Answer,
    "iceCandidate": Ice,
    "watch": Watch,
    "simulcastUpdate": SimulcastUpdate,
    "chat": Chat,
}
"""By `action` of the envelope."""

NAMES = frozenset(signal.name for signal in ACTIONS.values())
"""All that `s` can be."""
