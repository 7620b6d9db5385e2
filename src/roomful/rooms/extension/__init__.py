"""The contract between the server and its plugins: all that a plugin may use. specs/monibuca-rooms.md §4, §5.

A plugin is an `Extension`. Its `init` gets a `Context`, registers `RoomCallbacks` for one room type, and may add HTTP
routes and sockets of its own. What it does to rooms goes through the `RoomApi`; what it has to remember goes into
`Records`.
"""

from roomful.rooms.extension.api import RoomApi
from roomful.rooms.extension.callbacks import (
    ExtensionProps,
    JoinDecision,
    RoomCallbacks,
    RoomPlan,
    UserClaim,
    VerifiedUser,
)
from roomful.rooms.extension.codes import Code, RoomApiError
from roomful.rooms.extension.context import Context, Extension, OutgoingFailed, OutgoingRequests, Timer
from roomful.rooms.extension.records import Records
from roomful.rooms.extension.routes import PluginSocket, Reply, Request, Route, SocketHandler, SocketRoute
from roomful.rooms.extension.views import (
    BanView,
    ChatMuteView,
    ChatView,
    DeviceView,
    ForceMutes,
    LobbyView,
    MediaState,
    RecordingView,
    Role,
    RoomView,
    TranscriptView,
    UserView,
)

__all__ = [
    "BanView",
    "ChatMuteView",
    "ChatView",
    "Code",
    "Context",
    "DeviceView",
    "Extension",
    "ExtensionProps",
    "ForceMutes",
    "JoinDecision",
    "LobbyView",
    "MediaState",
    "OutgoingFailed",
    "OutgoingRequests",
    "PluginSocket",
    "RecordingView",
    "Records",
    "Reply",
    "Request",
    "Role",
    "RoomApi",
    "RoomApiError",
    "RoomCallbacks",
    "RoomPlan",
    "RoomView",
    "Route",
    "SocketHandler",
    "SocketRoute",
    "Timer",
    "TranscriptView",
    "UserClaim",
    "UserView",
    "VerifiedUser",
]
