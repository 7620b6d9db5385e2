"""Sessions over HTTP: made, listed, assigned, closed; their links."""

from pathlib import PurePath
from typing import Any

import msgspec

from roomful.plugins.customer_service.ids import from_iso
from roomful.plugins.customer_service.messages import Assignment, NewSession, NewVisitor
from roomful.plugins.customer_service.office import Office
from roomful.plugins.customer_service.reception import Reception
from roomful.plugins.customer_service.session import Session, SessionRecord
from roomful.plugins.customer_service.staff import Staff
from roomful.plugins.customer_service.status import EndReason, Status, bad_state
from roomful.rooms.extension import Code, Reply, Request, RoomApiError, Route
from roomful.rooms.extension.codes import bad_field
from roomful.rooms.extension.paging import Page

ALL = "/customer-service/sessions"
ONE = "/customer-service/sessions/{session_id}"
ENTRANCE = "/customer-service/entrance"


def session_routes(office: Office, staff: Staff, reception: Reception) -> list[Route]:
    api = _Sessions(office, staff, reception)
    return [
        Route(method="GET", path=ALL, handler=api.list, summary="List sessions"),
        Route(
            method="POST",
            path=ALL,
            handler=api.create,
            summary="Make a session for a customer",
            body_type=NewSession,
            admin=True,
        ),
        Route(method="GET", path=ONE, handler=api.get, summary="One session"),
        Route(method="GET", path=f"{ONE}/recording", handler=api.recording, summary="A file of its recording (?id=)"),
        Route(method="DELETE", path=ONE, handler=api.delete, summary="Close a session, also in a call", admin=True),
        Route(
            method="POST",
            path=f"{ONE}/assign",
            handler=api.assign,
            summary="Choose the agent",
            body_type=Assignment,
            admin=True,
        ),
        Route(method="GET", path=f"{ONE}/link", handler=api.link, summary="The customer's link"),
        Route(method="GET", path=f"{ONE}/qrcode", handler=api.qr_code, summary="The link as a QR code (SVG)"),
        Route(method="GET", path=ENTRANCE, handler=api.entrance, summary="The link for everybody"),
        Route(method="GET", path=f"{ENTRANCE}/qrcode", handler=api.entrance_qr_code, summary="It as a QR code (SVG)"),
        Route(
            method="POST",
            path="/customer-service/visitors",
            handler=api.visit,
            summary="Come in as a customer without an invitation",
            body_type=NewVisitor,
        ),
        Route(method="GET", path="/customer-service/queue", handler=api.queue, summary="Who waits"),
        Route(
            method="DELETE",
            path="/customer-service/queue/{session_id}",
            handler=api.dismiss,
            summary="Send somebody who waits away",
            admin=True,
        ),
    ]


class _Sessions:
    def __init__(self, office: Office, staff: Staff, reception: Reception) -> None:
        self._office = office
        self._staff = staff
        self._reception = reception

    async def list(self, request: Request) -> dict[str, Any]:
        self._staff.require(request)
        page, query = Page.of(request), request.query
        where = {name: value for name in ("status", "agent_id") if (value := query.get(name))}
        if where.get("status") not in (None, *Status):
            raise bad_field("status", f"status is one of {', '.join(Status)}")
        first, last = (from_iso(name, query[name]) if query.get(name) else None for name in ("from", "to"))
        span = None if first is None and last is None else ("created_at", first, last)
        found, total = await self._office.archive.sessions(where, span, page.size, page.offset)
        now = self._office.now()
        return {"sessions": [record.view(now) for record in found], "total": total}

    async def create(self, request: Request) -> dict[str, Any]:
        new: NewSession = request.body
        session = await self._reception.create(new)
        view = session.record.view(self._office.now())
        names = ("id", "title", "customer_id", "customer_name", "status", "created_at", "description", "media")
        link = self._reception.link(session, request.base_url)
        return {name: view[name] for name in names} | {"room_id": session.id, "link": link}

    async def get(self, request: Request) -> dict[str, Any]:
        self._staff.require(request)
        record = await self._record(request)
        recordings = await self._office.api.list_recordings(record.id)
        session = self._office.centre.desk.sessions.get(record.id)
        open_link = session is not None and not record.is_over and record.link_expires_at > self._office.now()
        return record.view(self._office.now()) | {
            "recording_files": [msgspec.to_builtins(one) for one in recordings],
            "link": self._reception.link(session, request.base_url) if session is not None and open_link else None,
        }

    async def recording(self, request: Request) -> Reply:
        self._staff.require(request)
        record = await self._record(request)
        path = await self._office.api.recording_file(record.id, request.query.get("id", ""))
        name = f"{record.id}{PurePath(path).suffix}"
        headers = {"content-disposition": f'attachment; filename="{name}"', "x-content-type-options": "nosniff"}
        return Reply(headers=headers, file=path)

    async def delete(self, request: Request) -> Reply:
        record = await self._record(request)
        session = self._office.centre.desk.sessions.get(record.id)
        if session is not None and not record.is_over:
            async with self._office.turn() as now:
                self._office.centre.calling.end(session, EndReason.DELETED, "admin", now)
        body = msgspec.json.encode({"code": 0, "message": "session closed"})
        return Reply(content=body, content_type="application/json")

    async def assign(self, request: Request) -> dict[str, Any]:
        assignment: Assignment = request.body
        session = await self._session(request)
        async with self._office.turn() as now:
            self._office.centre.ringing.assign(session, assignment.agent_id, now)
        return session.record.view(now)

    async def link(self, request: Request) -> dict[str, Any]:
        self._staff.require(request)
        session = await self._session(request)
        return {"link": self._reception.link(session, request.base_url)}

    async def qr_code(self, request: Request) -> Reply:
        self._staff.require(request)
        session = await self._session(request)
        return Reply(content=self._reception.qr_code(session, request.base_url), content_type="image/svg+xml")

    async def entrance(self, request: Request) -> dict[str, Any]:
        self._staff.require(request)
        return {"link": self._reception.open_link(request.base_url)}

    async def entrance_qr_code(self, request: Request) -> Reply:
        self._staff.require(request)
        return Reply(content=self._reception.open_qr_code(request.base_url), content_type="image/svg+xml")

    async def visit(self, request: Request) -> dict[str, Any]:
        session = await self._reception.visit(request.body, request.client_ip)
        return self._reception.entrance(session, request.base_url)

    async def queue(self, request: Request) -> dict[str, Any]:
        self._staff.require(request)
        desk, now = self._office.centre.desk, self._office.now()
        queue = desk.queue()
        return {
            "visitors": [session.record.view(now) | desk.place(session, queue) for session in queue],
            "waiting": len(queue),
            "longest_wait": desk.longest_wait(now),
        }

    async def dismiss(self, request: Request) -> dict[str, Any]:
        session = await self._session(request)
        if session not in self._office.centre.desk.queue():
            raise bad_state(session.state_word, "that session does not wait")
        async with self._office.turn() as now:
            self._office.centre.calling.end(session, EndReason.REJECTED, "admin", now)
        return session.record.view(now)

    async def _record(self, request: Request) -> SessionRecord:
        session_id = request.path["session_id"]
        session = self._office.centre.desk.sessions.get(session_id)
        record = session.record if session is not None else await self._office.archive.session(session_id)
        if record is None:
            raise RoomApiError(Code.NOT_FOUND, f"there is no session {session_id!r}")
        return record

    async def _session(self, request: Request) -> Session:
        """One that is not over."""
        record = await self._record(request)
        session = self._office.centre.desk.sessions.get(record.id)
        if session is None:
            raise bad_state(record.status, "the session is over")
        return session
