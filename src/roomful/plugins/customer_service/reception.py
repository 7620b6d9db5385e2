"""Makes sessions, and the links that bring customers into them. specs/monibuca-rooms.md §8.6."""

import io
from typing import Any

import segno

from roomful.plugins.customer_service.messages import NewSession, NewVisitor
from roomful.plugins.customer_service.office import ROOM_TYPE, Office
from roomful.plugins.customer_service.rates import RateLimit
from roomful.plugins.customer_service.session import Session, SessionRecord
from roomful.plugins.customer_service.status import bad_state
from roomful.rooms.extension import Code, RoomApiError

MAX_USERS = 2
VISITS, VISITS_WINDOW = 5, 60.0
"""New visitors from one address."""


class Reception:
    """See the module."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._visits = RateLimit(VISITS, VISITS_WINDOW)

    async def create(self, new: NewSession | NewVisitor) -> Session:
        """Raises RoomApiError (LIMIT_REACHED)."""
        office = self._office
        async with office.turn() as now:
            session = office.centre.create(
                new.title, new.customer_name, now, description=new.description, media=new.media
            )
            try:
                await office.api.create_room(session.id, ROOM_TYPE, new.title, max_users=MAX_USERS)
            except BaseException:
                del office.centre.desk.sessions[session.id]
                office.centre.desk.drain()
                raise
        return session

    async def visit(self, new: NewVisitor, address: str) -> Session:
        """Somebody at the general entry. Raises RoomApiError (RATE_LIMITED, LIMIT_REACHED)."""
        office = self._office
        self._visits.take(address, office.now())
        office.centre.ringing.require_place()
        session = await self.create(new)
        async with office.turn() as now:
            office.centre.visit(session, now)
        return session

    async def restore(self) -> None:
        """Take up the sessions of an earlier life; those who waited find their places."""
        office = self._office
        for record in await office.archive.open_sessions():
            async with office.turn() as now:
                office.centre.restore(record, now)
                await self._reopen(record)

    async def _reopen(self, record: SessionRecord) -> None:
        try:
            await self._office.api.get_room(record.id)
        except RoomApiError:
            if not record.is_over:
                await self._office.api.create_room(record.id, ROOM_TYPE, record.title, max_users=MAX_USERS)

    # Links

    def link(self, session: Session, base_url: str) -> str:
        """Raises RoomApiError (BAD_STATE, TOKEN_EXPIRED)."""
        if session.record.is_over:
            raise bad_state(session.state_word, "the session is over")
        if session.record.link_expires_at <= self._office.now():
            raise RoomApiError(Code.TOKEN_EXPIRED, "the link is no longer valid")
        return f"{self._base(base_url)}/cs/{session.id}?t={self._office.customer_token(session)}"

    def qr_code(self, session: Session, base_url: str) -> bytes:
        """As SVG. Raises as `link`."""
        return _qr_code(self.link(session, base_url))

    def open_link(self, base_url: str) -> str:
        """Where customers come in without an invitation."""
        return f"{self._base(base_url)}/cs/new"

    def open_qr_code(self, base_url: str) -> bytes:
        """As SVG."""
        return _qr_code(self.open_link(base_url))

    def _base(self, base_url: str) -> str:
        return (self._office.settings.public_url or base_url).rstrip("/")

    def entrance(self, session: Session, base_url: str) -> dict[str, Any]:
        """What a customer needs to come in."""
        record, office = session.record, self._office
        return {
            "session": record.view(office.now()) | {"link": self.link(session, base_url)},
            "room_token": office.customer_token(session),
            **office.centre.desk.place(session),
        }


def _qr_code(link: str) -> bytes:
    out = io.BytesIO()
    segno.make_qr(link, error="m").save(out, kind="svg", scale=4, border=4)
    return out.getvalue()
