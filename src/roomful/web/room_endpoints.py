"""The HTTP API of the room service: `/room/rooms` and what is below. specs/monibuca-rooms.md §3.7.

Answers are `{"code": 0, "data": …}`, or `{"code": …, "message": …}` with the status `code // 100`.
"""

import time
import uuid
from typing import Annotated, Any, TypeAlias

import msgspec
from litestar import Request, Response, Router, delete, get, patch, post
from litestar.datastructures import State
from litestar.exceptions import ClientException
from litestar.params import FromQuery, JSONBody

from roomful.auth import bearer_token
from roomful.auth.admin import AdminCheck
from roomful.auth.errors import TokenError
from roomful.extensions.operations import RoomOperations
from roomful.extensions.permission_operations import Actor, prepared
from roomful.protocols.monibuca.authority import Authority, Caller
from roomful.protocols.monibuca.messages import ROOM_ID
from roomful.protocols.monibuca.tokens import RoomTokens
from roomful.rooms.extension import (
    BanView,
    ChatMuteView,
    ChatView,
    Code,
    LobbyView,
    Role,
    RoomApiError,
    RoomView,
    UserView,
)
from roomful.rooms.extension.codes import bad_field

Asked: TypeAlias = Request[Any, Any, State]
TAGS = ["rooms"]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What every call answers."""

    data: Any
    code: int = 0


class RoomPage(msgspec.Struct, frozen=True, kw_only=True):
    rooms: list[RoomView]
    total: int


class RoomAnswer(Answer, frozen=True, kw_only=True):
    data: RoomView


class RoomsAnswer(Answer, frozen=True, kw_only=True):
    data: RoomPage


class UsersAnswer(Answer, frozen=True, kw_only=True):
    data: list[UserView]


class LobbyAnswer(Answer, frozen=True, kw_only=True):
    data: list[LobbyView]


class BansAnswer(Answer, frozen=True, kw_only=True):
    data: list[BanView]


class ChatMutesAnswer(Answer, frozen=True, kw_only=True):
    data: list[ChatMuteView]


class MessagesAnswer(Answer, frozen=True, kw_only=True):
    data: list[ChatView]


class NewRoom(msgspec.Struct, frozen=True, kw_only=True):
    """A room to open."""

    room_id: str = ""
    """Made up where it is empty."""
    type: Annotated[str, msgspec.Meta(max_length=32)] = "basic"
    name: Annotated[str, msgspec.Meta(max_length=256)] = ""
    owner_id: Annotated[str, msgspec.Meta(max_length=256)] = ""
    password: Annotated[str, msgspec.Meta(max_length=256)] = ""
    lobby_enabled: bool | None = None
    """None is as rooms of this type are."""
    max_users: Annotated[int, msgspec.Meta(ge=0)] = 0
    metadata: dict[str, Any] = {}


class RoomChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What to change; what is not said stays."""

    name: Annotated[str, msgspec.Meta(max_length=256)] | None = None
    locked: bool | None = None
    lobby_enabled: bool | None = None
    metadata: dict[str, Any] | None = None
    """Merged; null deletes a key."""


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """A permission operation, as over the WebSocket."""

    op: str
    target_id: str | None = None
    params: dict[str, Any] = {}


class NewToken(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a token is for."""

    room_id: str
    user_id: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
    user_name: Annotated[str, msgspec.Meta(max_length=64)] = ""
    role: Role | None = None
    ttl: Annotated[float, msgspec.Meta(gt=0, le=30 * 86_400)] = 3600
    """Seconds."""


def room_endpoints(api: RoomOperations, authority: Authority, tokens: RoomTokens) -> Router:
    """Everything below `/room`, but the WebSocket."""

    def acting(request: Asked, room_id: str, *, writes: bool = True) -> Actor:
        if ROOM_ID.fullmatch(room_id) is None:
            raise RoomApiError(Code.ROOM_NOT_FOUND, "there is no such room")
        return authority.for_room(caller_of(request), room_id, time.time(), writes=writes)

    @get("/rooms", tags=TAGS, summary="The rooms of this server")
    async def list_rooms(
        request: Asked,
        page: FromQuery[int] = 1,
        page_size: FromQuery[int] = 20,
        type: FromQuery[str] = "",  # noqa: A002 - the name of the parameter
    ) -> RoomsAnswer:
        authority.for_server(caller_of(request), time.time(), "room_list")
        if page < 1 or not 1 <= page_size <= 100:
            raise bad_field("page_size" if page >= 1 else "page", "page is 1 or more, page_size 1 to 100")
        rooms = await api.list_rooms(type)
        part = list(rooms[(page - 1) * page_size : page * page_size])
        return RoomsAnswer(data=RoomPage(rooms=part, total=len(rooms)))

    @post("/rooms", status_code=200, tags=TAGS, summary="Open a room")
    async def create_room(request: Asked, data: JSONBody[NewRoom]) -> RoomAnswer:
        authority.for_server(caller_of(request), time.time(), "room_create")
        room_id = data.room_id or uuid.uuid4().hex[:12]
        if ROOM_ID.fullmatch(room_id) is None:
            raise bad_field("room_id", "room_id has 1 to 64 characters of A-Z a-z 0-9 _ - . :")
        view = await api.create_room(
            room_id,
            data.type,
            data.name,
            data.owner_id,
            password=data.password,
            lobby_enabled=data.lobby_enabled,
            max_users=data.max_users,
            metadata=data.metadata,
        )
        return RoomAnswer(data=view)

    @get("/rooms/{room_id:str}", tags=TAGS, summary="One room")
    async def read_room(request: Asked, room_id: str) -> RoomAnswer:
        acting(request, room_id, writes=False)
        return RoomAnswer(data=await api.get_room(room_id))

    @patch("/rooms/{room_id:str}", tags=TAGS, summary="Change a room")
    async def change_room(request: Asked, room_id: str, data: JSONBody[RoomChanges]) -> RoomAnswer:
        actor = acting(request, room_id).user_id
        if data.name is not None:
            await api.set_room_name(room_id, data.name)
        if data.locked is not None:
            await api.set_room_locked(room_id, data.locked, actor)
        if data.lobby_enabled is not None:
            await api.set_lobby_enabled(room_id, data.lobby_enabled, actor)
        if data.metadata is not None:
            await api.set_room_metadata(room_id, data.metadata)
        return RoomAnswer(data=await api.get_room(room_id))

    @delete("/rooms/{room_id:str}", status_code=200, tags=TAGS, summary="Close a room")
    async def close_room(request: Asked, room_id: str) -> Answer:
        actor = acting(request, room_id)
        await api.close_room(room_id, "admin" if actor.role is Role.ADMIN else "host", actor.user_id)
        return Answer(data=None)

    @get("/rooms/{room_id:str}/users", tags=TAGS, summary="Who is in a room")
    async def list_users(request: Asked, room_id: str) -> UsersAnswer:
        acting(request, room_id, writes=False)
        return UsersAnswer(data=list(await api.list_users(room_id)))

    @get("/rooms/{room_id:str}/lobby", tags=TAGS, summary="Who waits to be let in")
    async def list_lobby(request: Asked, room_id: str) -> LobbyAnswer:
        acting(request, room_id)
        return LobbyAnswer(data=list(await api.list_lobby(room_id)))

    @get("/rooms/{room_id:str}/bans", tags=TAGS, summary="Who is kept out")
    async def list_bans(request: Asked, room_id: str) -> BansAnswer:
        acting(request, room_id)
        return BansAnswer(data=list(await api.list_bans(room_id)))

    @get("/rooms/{room_id:str}/chat_mutes", tags=TAGS, summary="Who may not chat")
    async def list_chat_mutes(request: Asked, room_id: str) -> ChatMutesAnswer:
        acting(request, room_id)
        return ChatMutesAnswer(data=list(await api.list_chat_mutes(room_id)))

    @get("/rooms/{room_id:str}/messages", tags=TAGS, summary="The latest chat messages")
    async def list_messages(request: Asked, room_id: str) -> MessagesAnswer:
        acting(request, room_id, writes=False)
        return MessagesAnswer(data=list(await api.chat_history(room_id)))

    @post("/rooms/{room_id:str}/actions", status_code=200, tags=TAGS, summary="Carry out a permission operation")
    async def act(request: Asked, room_id: str, data: JSONBody[Action]) -> Answer:
        actor = acting(request, room_id)
        room = api.room(room_id)
        carry = await prepared(api, room_id, actor, data.op, data.target_id, data.params)
        await api.extensions.action_of(room, actor.user_id, data.op, data.target_id, data.params)
        result = await carry()
        return Answer(data=result if isinstance(result, bool) else None)

    @post("/rooms/{room_id:str}/broadcast", status_code=200, tags=TAGS, summary="Send an event to all members")
    async def broadcast(request: Asked, room_id: str, data: JSONBody[dict[str, Any]]) -> Answer:
        acting(request, room_id)
        return Answer(data={"delivered": await api.broadcast_to_room(room_id, data)})

    @post("/token", status_code=200, tags=TAGS, summary="A token for somebody to join a room with")
    async def create_token(request: Asked, data: JSONBody[NewToken]) -> Answer:
        if not authority.is_admin(caller_of(request)):
            raise RoomApiError(Code.FORBIDDEN, "that takes the admin token")
        token = tokens.make(data.room_id, data.user_id, data.user_name, data.role, data.ttl, time.time())
        return Answer(data={"token": token})

    return Router(
        path="/room",
        route_handlers=[
            list_rooms,
            create_room,
            read_room,
            change_room,
            close_room,
            list_users,
            list_lobby,
            list_bans,
            list_chat_mutes,
            list_messages,
            act,
            broadcast,
            create_token,
        ],
        exception_handlers={RoomApiError: refused, ClientException: misunderstood},
    )


def caller_of(request: Asked) -> Caller:
    client = request.scope["client"]
    try:
        bearer = bearer_token(request.scope["headers"], b"") or request.query_params.get("token", "")
    except TokenError:
        bearer = ""
    return Caller(bearer=bearer, address=client[0] if client else "", headers=dict(request.headers.items()))


def require_admin(request: Asked, may_ask: AdminCheck) -> None:
    """Raise RoomApiError (FORBIDDEN) for who is no administrator to `may_ask`."""
    caller = caller_of(request)
    if not may_ask(caller.bearer, caller.address, caller.headers):
        raise RoomApiError(Code.FORBIDDEN, "that takes the admin token")


def refused(_: Asked, error: RoomApiError) -> Response[dict[str, Any]]:
    content: dict[str, Any] = {"code": int(error.code), "message": error.message}
    return Response(content | ({"detail": error.detail} if error.detail else {}), status_code=error.code.status)


def misunderstood(_: Asked, error: ClientException) -> Response[dict[str, Any]]:
    """What Litestar refuses by itself: bodies and parameters of another shape."""
    code = {400: Code.BAD_FIELD, 404: Code.NOT_FOUND}.get(error.status_code, error.status_code * 100 + 1)
    return Response({"code": int(code), "message": error.detail}, status_code=error.status_code)
