"""Calls over HTTP: the same as the actions of the sockets; and supervision."""

from typing import Any

import msgspec

from roomful.plugins.customer_service.actions import Actions
from roomful.plugins.customer_service.ids import new_id
from roomful.plugins.customer_service.messages import RateCall, Whisper
from roomful.plugins.customer_service.office import Office
from roomful.plugins.customer_service.routes.sessions import ONE
from roomful.plugins.customer_service.session import Session
from roomful.plugins.customer_service.staff import Staff
from roomful.plugins.customer_service.status import Status, bad_state
from roomful.plugins.customer_service.tokens import Kind
from roomful.rooms.extension import Code, Request, RoomApiError, Route
from roomful.rooms.stream_paths import StreamPath

MAX_BODY = 16 * 1024
"""Bytes. Most of these calls need no body at all."""


def call_routes(office: Office, actions: Actions, staff: Staff) -> list[Route]:
    api = _Calls(office, actions, staff)
    return [
        *(
            Route(
                method="POST",
                path=f"{ONE}/{verb}",
                handler=api.action(f"{verb}_call"),
                summary=f"{verb.capitalize()} a call, as its agent",
                accepts_raw=MAX_BODY,
            )
            for verb in ("accept", "reject", "end", "transfer", "hold", "resume")
        ),
        Route(
            method="POST",
            path=f"{ONE}/rating",
            handler=api.rate,
            summary="Rate a call, as its customer",
            body_type=RateCall,
        ),
        Route(method="POST", path=f"{ONE}/listen", handler=api.listen, summary="Listen to a call, unseen", admin=True),
        Route(
            method="POST",
            path=f"{ONE}/whisper",
            handler=api.whisper,
            summary="Speak to the agent of a call alone",
            body_type=Whisper,
            admin=True,
        ),
    ]


class _Calls:
    def __init__(self, office: Office, actions: Actions, staff: Staff) -> None:
        self._office = office
        self._actions = actions
        self._staff = staff
        self._hearing: set[tuple[str, str, str]] = set()
        """Room, supervisor and who hears it."""

    def action(self, name: str) -> Any:
        """A handler."""

        async def handle(request: Request) -> dict[str, Any]:
            agent = self._staff.require(request)
            session = self._session(request)
            ring = session.ring
            acting = ring.agent_id if ring is not None and name in ("accept_call", "reject_call") else None
            user_id = agent.id if agent is not None else acting or session.record.agent_id
            if user_id is None:
                raise bad_state(session.state_word, "no agent has the call")
            answer = await self._actions.handlers[name](session, user_id, _message(request, session))
            return answer | {"session": session.record.view(self._office.now())}

        return handle

    async def rate(self, request: Request) -> dict[str, Any]:
        customer_id = self._staff.customer_of(request, request.path["session_id"])
        session = self._session(request)
        return await self._actions.rate(session, customer_id, msgspec.structs.asdict(request.body))

    async def listen(self, request: Request) -> dict[str, Any]:
        session = self._session(request)
        self._require_call(session)
        supervisor_id = new_id("supervisor")
        self._hearing = {one for one in self._hearing if one[0] in self._office.centre.desk.sessions}
        await self._let_hear(session, supervisor_id, "none")
        token = self._office.room_token(Kind.SUPERVISOR, session.id, supervisor_id)
        return {"room_id": session.id, "room_token": token, "supervisor_id": supervisor_id}

    async def whisper(self, request: Request) -> dict[str, Any]:
        wanted: Whisper = request.body
        session = self._session(request)
        self._require_call(session)
        await self._let_hear(session, wanted.supervisor_id, wanted.to)
        return {"to": wanted.to}

    async def _let_hear(self, session: Session, supervisor_id: str, whom: str) -> None:
        record = session.record
        gains = {record.agent_id: float(whom != "none"), record.customer_id: float(whom == "both")}
        for listener_id, gain in gains.items():
            if listener_id is not None:
                await self._office.api.set_hearing(session.id, listener_id, supervisor_id, gain)
                await self._tell_whether_heard(session.id, listener_id, supervisor_id, bool(gain))

    async def _tell_whether_heard(self, room_id: str, listener_id: str, supervisor_id: str, heard: bool) -> None:
        """Where to hear somebody who is not seen; who never heard the supervisor is told nothing."""
        listener = (room_id, supervisor_id, listener_id)
        if heard is (listener in self._hearing):
            return
        (self._hearing.add if heard else self._hearing.remove)(listener)
        whep_url = f"/webrtc/whep/{StreamPath(room_id, supervisor_id)}"
        message = {"action": "supervisor_speaks", "on": heard, "supervisor_id": supervisor_id, "whep_url": whep_url}
        await self._office.api.send_to_user(room_id, listener_id, message)

    def _require_call(self, session: Session) -> None:
        if session.status is not Status.ACTIVE:
            raise bad_state(session.state_word, "there is no call to listen to")

    def _session(self, request: Request) -> Session:
        return self._office.centre.desk.session(request.path["session_id"])


def _message(request: Request, session: Session) -> dict[str, Any]:
    """The fields of the same action on a socket. Raises RoomApiError (BAD_JSON)."""
    try:
        fields = msgspec.json.decode(request.raw or b"{}", type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise RoomApiError(Code.BAD_JSON, "the body is a JSON object, or empty") from None
    return fields | {"session_id": session.id}
