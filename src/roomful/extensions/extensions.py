"""Calls extensions: one at a time per room, each for a few seconds at most, none at anybody else's cost."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

import msgspec

from roomful.extensions.errors import api_errors
from roomful.extensions.follower import Follower
from roomful.extensions.turns import TooMuchToDo, Turns
from roomful.extensions.views import device_view, room_view, user_view
from roomful.rooms.extension import (
    Code,
    ExtensionProps,
    JoinDecision,
    RoomApiError,
    RoomCallbacks,
    RoomPlan,
    RoomView,
    UserClaim,
    UserView,
    VerifiedUser,
)
from roomful.rooms.house_rules import HouseRules
from roomful.rooms.options import RoomOptions
from roomful.rooms.participant import JoinRequest, Participant
from roomful.rooms.registry import Rooms
from roomful.rooms.room import Room
from roomful.rooms.room_type import BASIC, RoomType

ResultT = TypeVar("ResultT")

CALLBACK_SECONDS = 5.0
LATER_ANSWER_SECONDS = 10.0
"""How long an extension may let the sender of a message wait for its answer, while others go on."""

logger = logging.getLogger(__name__)


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """What an extension registered for its room type."""

    callbacks: RoomCallbacks
    props: ExtensionProps


class Extensions:
    """The registered callbacks, and the ways to call them. Rooms of types that nobody registered have none.

    Protocols call `verify_user`, `before_join` (or `ask_to_join`), `message`, `action`, `chat` and `leave`; all else
    follows from the events of the rooms.
    """

    def __init__(self, rooms: Rooms, clock: Callable[[], float], *, callback_seconds: float = CALLBACK_SECONDS) -> None:
        """`clock` is unix seconds."""
        self.turns = Turns()
        self.errors: Counter[str] = Counter()
        """Exceptions and time-outs, by the extension's name."""
        self.registered: dict[str, Registered] = {}
        """By room type."""
        self.rooms = rooms
        self.clock = clock
        self._callback_seconds = callback_seconds
        self._followers: dict[str, Follower] = {}
        """By room sid."""
        rooms.plan = self._plan
        rooms.on_opened.append(self._on_new)

    def register(self, room_type: str, callbacks: RoomCallbacks, props: ExtensionProps) -> None:
        """Raises CONFLICT for a type or an action that another extension has."""
        if room_type in self.rooms.types:
            raise RoomApiError(Code.CONFLICT, f"rooms of type {room_type!r} belong to another extension")
        for other in self.registered.values():
            shared = other.props.message_actions & props.message_actions
            if shared:
                raise RoomApiError(
                    Code.CONFLICT, f"{other.props.name!r} has these actions: {', '.join(sorted(shared))}"
                )
        self.registered[room_type] = Registered(callbacks=callbacks, props=props)
        self.rooms.add_type(
            RoomType(
                name=room_type,
                manages_own_sessions=props.manages_own_sessions,
                max_users=props.max_users,
                default_role=props.default_role,
            )
        )
        for room in self.rooms:
            self._on_opened(room)

    def forget(self, name: str) -> None:
        """The extension of this name did not start: its rooms wait for it to come back."""
        for room_type in [one for one, registered in self.registered.items() if registered.props.name == name]:
            del self.registered[room_type]
            self.rooms.drop_type(room_type)
            for room in self.rooms:
                if room.options.type == room_type and (follower := self._followers.pop(room.sid, None)) is not None:
                    room.observers.discard(follower.on_event)

    def start(self) -> None:
        """All extensions are there: begin to call them."""
        self.turns.release()

    async def close(self, within: float) -> None:
        """Let what is under way finish, for at most so many seconds."""
        await self.turns.close(within)

    # What protocols ask

    async def verify_user(self, room: Room, token: str) -> VerifiedUser | None:
        """Ask whose token this is. Raises RoomApiError: it is refused, or the extension failed."""
        return await self._ask(room, "verify_user", lambda one, view: one.verify_user(view, token), otherwise=None)

    async def before_join(self, room: Room, claim: UserClaim) -> JoinDecision:
        """Raises RoomApiError if the extension refuses, or failed."""
        decision = await self._ask(
            room, "before_join", lambda one, view: one.before_join(view, claim), otherwise=JoinDecision()
        )
        if not decision.allow:
            raise RoomApiError(decision.code, decision.message or "the room does not let you in")
        return decision

    async def ask_to_join(self, room: Room, request: JoinRequest, token: str) -> JoinRequest:
        """Return the request as the extension of the room wants it: its role, whether it waits in the lobby.

        Raises RoomApiError if the extension refuses, or failed.
        """
        if not self.overrides(room, "before_join"):
            return request
        claim = UserClaim(
            user_id=request.user_id or request.identity,
            user_name=request.name,
            role=request.role,
            token=token,
            device=device_view(request.client),
            protocol=request.protocol,
        )
        decision = await self.before_join(room, claim)
        return msgspec.structs.replace(
            request, role=decision.role or request.role, passes_lobby=request.passes_lobby or decision.passes_lobby
        )

    async def message(self, room: Room, sid: str, message: dict[str, Any]) -> dict[str, Any]:
        """Pass on a message that the server does not know; returns fields for the `ack`.

        Raises RoomApiError: UNKNOWN_ACTION, INTERNAL if the extension failed, or as it refuses.
        """
        registered = self.registered.get(room.options.type)
        actions = registered.props.message_actions if registered is not None else frozenset[str]()
        action = message.get("action")
        unknown = RoomApiError(Code.UNKNOWN_ACTION, f"unknown action {str(action)[:64]!r}")
        if registered is None or (actions and action not in actions):
            raise unknown
        user = self._user(room, sid)
        answer: dict[str, Any] | bool | Awaitable[dict[str, Any]] = await self._ask(
            room, "on_message", lambda one, view: one.on_message(view, user, message), otherwise=False
        )
        if answer is False:
            raise unknown
        if isinstance(answer, Awaitable):
            answer = await self._later_answer(registered.props.name, answer)
        return answer if isinstance(answer, dict) else {}

    async def action(self, room: Room, sid: str, op: str, target_id: str | None, params: dict[str, Any]) -> None:
        """Ask whether a permission operation may be carried out. Raises RoomApiError: the veto, or the failure."""
        user = self._user(room, sid)
        veto: RoomApiError | None = await self._ask(
            room, "on_action", lambda one, view: one.on_action(view, user, op, target_id, params), otherwise=None
        )
        if veto is not None:
            raise veto

    async def action_of(self, room: Room, user_id: str, op: str, target_id: str | None, params: dict[str, Any]) -> None:
        """The same for who acts over HTTP; the extension has no say about those who are not in the room."""
        present = room.of_user(user_id)
        if present:
            await self.action(room, present[0].sid, op, target_id, params)

    async def chat(self, room: Room, sid: str, message: dict[str, Any]) -> dict[str, Any] | None:
        """Let the extension change (or drop: None) a chat message. Fails open. Raises RoomApiError as it refuses."""
        user = self._user(room, sid)
        return await self._ask(
            room, "on_chat", lambda one, view: one.on_chat(view, user, message), otherwise=message, fails_open=True
        )

    async def leave(self, room: Room, user_id: str, word: str) -> None:
        """Tell the extension that a user is about to leave, while it is still there. The caller then lets it leave."""
        follower = self._followers.get(room.sid)
        if follower is not None:
            await follower.leave(user_id, word)

    def audio_ended(self, room: Room, playback_id: str, error: str) -> None:
        """Tell the extension of a file that it let play."""
        self.turns.later(
            room.sid,
            lambda: self.call(room, "on_audio_ended", lambda one, view: one.on_audio_ended(view, playback_id, error)),
        )

    def describe(self, room: Room) -> dict[str, Any]:
        """What the extension of a room's type says of it."""
        registered = self.registered.get(room.options.type)
        if registered is None:
            return {}
        try:
            return registered.callbacks.describe(room.name)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the extension's
            self._failed(registered.props.name, "describe", error)
            return {}

    def view(self, room: Room) -> RoomView:
        return room_view(room, self.clock(), self.describe(room))

    # How they are called

    async def call(self, room: Room, name: str, call: Callable[[RoomCallbacks, RoomView], Awaitable[Any]]) -> None:
        """Call now, whatever else is going on; failures are logged and counted. For who is in turn already."""
        registered = self.registered.get(room.options.type)
        if registered is None:
            return
        try:
            async with asyncio.timeout(self._callback_seconds):
                await call(registered.callbacks, self.view(room))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the extension's
            self._failed(registered.props.name, name, error)

    async def guard(self, name: str, callback: str, call: Callable[[], Awaitable[None]]) -> None:
        """Run something else of the extension called `name`; failures are logged and counted."""
        try:
            async with asyncio.timeout(self._callback_seconds):
                await call()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the extension's
            self._failed(name, callback, error)

    def overrides(self, room: Room, name: str) -> bool:
        """Say whether the extension of this room wants to be called by that callback at all."""
        registered = self.registered.get(room.options.type)
        return registered is not None and getattr(type(registered.callbacks), name) is not getattr(RoomCallbacks, name)

    async def _ask(
        self,
        room: Room,
        name: str,
        call: Callable[[RoomCallbacks, RoomView], Awaitable[ResultT]],
        *,
        otherwise: ResultT,
        fails_open: bool = False,
    ) -> ResultT:
        registered = self.registered.get(room.options.type)
        if registered is None or not self.overrides(room, name):
            return otherwise

        async def answer() -> ResultT:
            async with asyncio.timeout(self._callback_seconds):
                return await call(registered.callbacks, self.view(room))

        try:
            return await self.turns.in_turn(room.sid, answer)
        except RoomApiError:
            raise
        except TooMuchToDo:
            pass
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the extension's
            self._failed(registered.props.name, name, error)
        if fails_open:
            return otherwise
        raise _failure()

    async def _later_answer(self, name: str, answer: Awaitable[dict[str, Any]]) -> dict[str, Any]:
        """Wait for an answer out of turn. Raises RoomApiError."""
        try:
            async with asyncio.timeout(LATER_ANSWER_SECONDS):
                return await answer
        except RoomApiError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the extension's
            self._failed(name, "on_message", error)
        raise _failure()

    def _user(self, room: Room, sid: str) -> UserView:
        with api_errors():
            participant: Participant = room.participant(sid)
        return user_view(room, room.of_user(participant.user_id), self.clock())

    def _failed(self, name: str, callback: str, error: Exception) -> None:
        self.errors[name] += 1
        logger.error("an extension failed", exc_info=error, extra={"extension": name, "callback": callback})

    def _plan(self, name: str, options: RoomOptions) -> RoomOptions:
        """A room that nobody gave a type gets that of the extension that expects it."""
        if options.type != BASIC.name:
            return options
        for room_type in self.registered:
            plan = self._plan_of(room_type, name)
            if plan is not None and plan.known:
                return msgspec.structs.replace(options, type=room_type)
        return options

    def _plan_of(self, room_type: str, name: str) -> RoomPlan | None:
        registered = self.registered.get(room_type)
        try:
            return None if registered is None else registered.callbacks.plan_room(name)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the extension's
            self._failed(room_type, "plan_room", error)
            return None

    def _on_new(self, room: Room) -> None:
        plan = self._plan_of(room.options.type, room.name)
        if plan is not None:
            room.restore_rules(
                HouseRules(
                    title=plan.name,
                    owner_id=plan.owner_id,
                    password=plan.password_hash,
                    lobby_enabled=plan.lobby_enabled,
                )
            )
        self._on_opened(room)

    def _on_opened(self, room: Room) -> None:
        if room.options.type not in self.registered or room.sid in self._followers:
            return
        follower = self._followers[room.sid] = Follower(self, room, partial(self._followers.pop, room.sid, None))
        room.observers.add(follower.on_event)
        follower.opened()


def _failure() -> RoomApiError:
    return RoomApiError(Code.INTERNAL, "the room's extension failed")
