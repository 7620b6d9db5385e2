"""What can be asked: one struct for each command's `data`. specs/nkmedia.md §3, §8, §9.

Required fields have no default. Names of the earlier generation are in `ALIASES`, and commands have several names.
"""

from typing import Annotated, Any, Literal, TypeAlias

import msgspec

Name: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Bits: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**40)]
Seconds: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=10**9)]
AudioCodec: TypeAlias = Literal["opus", "isac32", "isac16", "pcmu", "pcma"]
VideoCodec: TypeAlias = Literal["vp8", "vp9", "h264"]
Uri: TypeAlias = Annotated[str, msgspec.Meta(max_length=1024)]
Loops: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
"""How often; 0 is without end."""
SdpType: TypeAlias = Literal["webrtc", "rtp"]

ALIASES = {
    "pass": "password",
    "room": "room_id",
    "publisher": "publisher_id",
    "peer": "peer_id",
    "events_body": "event_body",
    "sdpLineIndex": "sdpMLineIndex",
}
"""Other spellings of fields; each is read where its field is known."""


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """The `data` of a request."""


class Ping(Command, frozen=True, kw_only=True):
    time: int | float = 0


class Login(Command, frozen=True, kw_only=True):
    """All other fields are metadata."""

    user: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    password: Annotated[str, msgspec.Meta(max_length=8192)] = ""
    session_id: Any = None
    """Of this connection. Not given: a UUID."""


class UserList(Command, frozen=True, kw_only=True):
    pass


class UserGet(Command, frozen=True, kw_only=True):
    user: str


class UserSendEvent(Command, frozen=True, kw_only=True):
    user: str
    type: str = "*"
    body: Any = {}


class SessionStop(Command, frozen=True, kw_only=True):
    session_id: str


class SessionSendEvent(Command, frozen=True, kw_only=True):
    session_id: str
    type: str = "*"
    body: Any = {}


class SessionCmd(Command, frozen=True, kw_only=True, rename={"class_name": "class"}):
    session_id: str
    class_name: str
    cmd: str
    subclass: str = "core"
    data: dict[str, Any] = {}


class SessionLog(Command, frozen=True, kw_only=True):
    source: Annotated[str, msgspec.Meta(max_length=256)]
    message: Annotated[str, msgspec.Meta(max_length=4096)]
    level: Annotated[int, msgspec.Meta(ge=1, le=7)] = 1
    full_message: str = ""
    meta: dict[str, Any] = {}


class Unsubscribe(Command, frozen=True, kw_only=True, rename={"class_name": "class"}):
    class_name: Name
    subclass: Name = "*"
    type: Name = "*"
    obj_id: Name = "*"
    service: Any = None
    """Accepted and ignored: there is one service."""


class Subscribe(Unsubscribe, frozen=True, kw_only=True):
    body: Any = {}
    """Merged into each event that comes by this subscription."""


class GetSubscriptions(Command, frozen=True, kw_only=True):
    pass


class SendEvent(Command, frozen=True, kw_only=True, rename={"class_name": "class"}):
    class_name: Name
    subclass: str = ""
    type: str = ""
    obj_id: str = ""
    body: Any = {}
    service: Any = None


class RoomCreate(Command, frozen=True, kw_only=True, rename={"class_name": "class"}):
    class_name: str
    """`sfu` or `mcu`."""
    room_id: Name | None = None
    backend: str = ""
    audio_codec: AudioCodec = "opus"
    video_codec: VideoCodec = "vp8"
    bitrate: Bits = 0
    """Most bits per second of each publisher's video; 0 is no limit."""
    timeout: Annotated[int, msgspec.Meta(ge=5, le=259_200)] | None = None
    """Seconds that the room stays open with nobody in it. Not given: `nkmedia.room_timeout`."""
    layout: str | None = None
    """Of a room of class `mcu`. Not given: `mcu.layout`."""


class RoomDestroy(Command, frozen=True, kw_only=True):
    room_id: str


class RoomList(Command, frozen=True, kw_only=True):
    service: Any = None


class RoomInfo(Command, frozen=True, kw_only=True):
    room_id: str


class RoomGetInfo(Command, frozen=True, kw_only=True):
    room_id: str


class MessageLogSend(Command, frozen=True, kw_only=True):
    room_id: str
    msg: dict[str, Any]


class MessageLogGet(Command, frozen=True, kw_only=True):
    room_id: str


class Sdp(msgspec.Struct, frozen=True, kw_only=True):
    """An offer or an answer."""

    sdp: str = ""
    sdp_type: SdpType = "webrtc"
    trickle_ice: bool = False

    def as_body(self) -> dict[str, Any]:
        """As others are told of it."""
        return {"sdp": self.sdp, "sdp_type": self.sdp_type, "trickle_ice": self.trickle_ice}


class Candidate(Command, frozen=True, kw_only=True):
    """An ICE candidate of whom a command is about."""

    sdpMLineIndex: int  # noqa: N815 - the field's name
    candidate: Annotated[str, msgspec.Meta(max_length=2048)]
    sdpMid: str = ""  # noqa: N815

    def as_body(self) -> dict[str, Any]:
        """As others are told of it."""
        return {"sdpMid": self.sdpMid, "sdpMLineIndex": self.sdpMLineIndex, "candidate": self.candidate}


class MediaCreate(Command, frozen=True, kw_only=True):
    type: str
    """`publish`, `listen`, `mcu`, `echo`, `park`, `bridge`, `proxy` or `play`."""
    session_id: Name | None = None
    offer: Sdp | None = None
    answer: Any = None
    wait_reply: bool = False
    backend: str = ""
    sdp_type: SdpType = "webrtc"
    no_offer_trickle_ice: bool = False
    no_answer_trickle_ice: bool = False
    trickle_ice_timeout: Annotated[int, msgspec.Meta(ge=100, le=30_000)] = 5000
    """Milliseconds; whole seconds are waited."""
    master_id: Name | None = None
    set_master_answer: bool = False
    stop_after_peer: bool = True
    wait_timeout: Seconds | None = None
    """Seconds until the answer is set. Not given: `nkmedia.wait_timeout`."""
    ready_timeout: Seconds | None = None
    subscribe: bool = True
    event_body: Any = {}
    room_id: Name | None = None
    create_room: bool = False
    publisher_id: Name | None = None
    peer_id: Name | None = None
    layout: str | None = None
    room_audio_codec: AudioCodec = "opus"
    room_video_codec: VideoCodec = "vp8"
    room_bitrate: Bits = 0
    mute_audio: bool = False
    mute_video: bool = False
    mute_data: bool = False
    bitrate: Bits = 0
    uri: Uri = ""
    loops: Loops = 1
    record: bool = False
    use_audio: bool = True
    use_video: bool = True


class MediaStart(MediaCreate, frozen=True, kw_only=True):
    wait_reply: bool = True


class MediaDestroy(Command, frozen=True, kw_only=True):
    session_id: str
    code: Any = None
    reason: Any = None


class SetAnswer(Command, frozen=True, kw_only=True):
    session_id: str
    answer: Sdp


class GetOffer(Command, frozen=True, kw_only=True):
    session_id: str


class GetAnswer(Command, frozen=True, kw_only=True):
    session_id: str


class SetCandidate(Candidate, frozen=True, kw_only=True):
    session_id: str


class SetCandidateEnd(Command, frozen=True, kw_only=True):
    session_id: str


class UpdateMedia(Command, frozen=True, kw_only=True):
    session_id: str
    mute_audio: bool | None = None
    mute_video: bool | None = None
    mute_data: bool | None = None
    bitrate: Bits | None = None


class SetType(Command, frozen=True, kw_only=True):
    session_id: str
    type: str
    room_id: Name | None = None
    create_room: bool = False
    publisher_id: Name | None = None
    peer_id: Name | None = None
    layout: str | None = None


class RoomAction(Command, frozen=True, kw_only=True):
    session_id: str
    action: str = "get_actions"
    layout: str | None = None
    member: str | None = None
    """Session id. Not given: the session itself."""
    value: int | None = None
    """Steps of volume."""
    reservation_id: str | None = None
    uri: Uri = ""
    """Of a recording, or of a film to play."""
    data: Any = None
    """The same fields, as some clients nest them."""


class RecorderAction(Command, frozen=True, kw_only=True):
    session_id: str
    action: str = "get_actions"
    uri: Uri = ""
    """`file://…` or a path, below the directory of recordings. Empty: a name of the server's."""


class PlayerAction(Command, frozen=True, kw_only=True):
    session_id: str
    action: str = "get_actions"
    uri: Uri = ""
    loops: Loops = 1
    position: Annotated[int, msgspec.Meta(ge=0)] | None = None
    """Milliseconds."""


class MediaInfo(Command, frozen=True, kw_only=True):
    session_id: str


class MediaList(Command, frozen=True, kw_only=True):
    pass


class CallCreate(Command, frozen=True, kw_only=True):
    callee: Name
    type: str = "user"
    """`user`, all connections of a user, or `session`, one connection."""
    call_id: Name | None = None
    caller: Any = {}
    """Who calls, for the callee."""
    offer: Sdp | None = None
    backend: str = ""
    no_offer_trickle_ice: bool = False
    no_answer_trickle_ice: bool = False
    trickle_ice_timeout: Annotated[int, msgspec.Meta(ge=100, le=30_000)] = 5000
    sdp_type: SdpType = "webrtc"
    subscribe: bool = True
    event_body: Any = {}
    ring_time: Annotated[int, msgspec.Meta(ge=1, le=3600)] = 30
    """Seconds."""


class CallHangup(Command, frozen=True, kw_only=True):
    call_id: str
    reason: str = ""


class CallRinging(Command, frozen=True, kw_only=True):
    call_id: str
    callee: Any = {}


class CallAccepted(Command, frozen=True, kw_only=True):
    call_id: str
    answer: Sdp | None = None
    callee: Any = {}
    subscribe: bool = True
    event_body: Any = {}


class CallRejected(Command, frozen=True, kw_only=True):
    call_id: str


class CallSetCandidate(Candidate, frozen=True, kw_only=True):
    call_id: str


class CallSetCandidateEnd(Command, frozen=True, kw_only=True):
    call_id: str


COMMANDS: dict[str, dict[str, dict[str, type[Command]]]] = {
    "core": {
        "core": {"ping": Ping},
        "user": {"login": Login, "list": UserList, "get": UserGet, "send_event": UserSendEvent},
        "session": {"stop": SessionStop, "send_event": SessionSendEvent, "cmd": SessionCmd, "log": SessionLog},
        "event": {
            "subscribe": Subscribe,
            "unsubscribe": Unsubscribe,
            "get_subscriptions": GetSubscriptions,
            "send": SendEvent,
            "send_event": SendEvent,
        },
    },
    "media": {
        "room": {
            "create": RoomCreate,
            "destroy": RoomDestroy,
            "list": RoomList,
            "get_list": RoomList,
            "info": RoomInfo,
            "get_info": RoomGetInfo,
            "msglog_send": MessageLogSend,
            "msglog_get": MessageLogGet,
        },
        "session": {
            "create": MediaCreate,
            "start": MediaStart,
            "destroy": MediaDestroy,
            "stop": MediaDestroy,
            "set_answer": SetAnswer,
            "get_offer": GetOffer,
            "get_answer": GetAnswer,
            "set_candidate": SetCandidate,
            "set_candidate_end": SetCandidateEnd,
            "update_media": UpdateMedia,
            "set_type": SetType,
            "update_type": SetType,
            "room_action": RoomAction,
            "recorder_action": RecorderAction,
            "player_action": PlayerAction,
            "get_info": MediaInfo,
            "info": MediaInfo,
            "get_list": MediaList,
            "list": MediaList,
        },
        "call": {
            "create": CallCreate,
            "start": CallCreate,
            "hangup": CallHangup,
            "ringing": CallRinging,
            "accepted": CallAccepted,
            "answered": CallAccepted,
            "rejected": CallRejected,
            "set_candidate": CallSetCandidate,
            "set_candidate_end": CallSetCandidateEnd,
        },
    },
}
"""Class → subclass → cmd → its data."""

UPDATES = {
    "session_type": "set_type",
    "listen_switch": "set_type",
    "media": "update_media",
    "mcu_layout": "room_action",
}
"""`update` of the earlier generation: its `update_type` says which command is meant. specs/nkmedia.md §0.2."""
