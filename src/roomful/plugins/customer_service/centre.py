"""The call centre: its parts, and what they have to do when time passes. No I/O and no clock."""

from collections.abc import Iterator

from roomful.plugins.customer_service.attendance import GRACE, Attendance
from roomful.plugins.customer_service.calling import SYSTEM, Calling
from roomful.plugins.customer_service.desk import Desk
from roomful.plugins.customer_service.effects import CloseRoom
from roomful.plugins.customer_service.ids import new_id
from roomful.plugins.customer_service.ringing import Ringing
from roomful.plugins.customer_service.session import Media, Session, SessionRecord
from roomful.plugins.customer_service.settings import CustomerServiceSettings
from roomful.plugins.customer_service.status import EndReason, Phase, Status

WARNING = 60.0
"""Seconds before the end of a call that lasts too long, when both are told."""
TICK = 1.0


class Centre:
    """See the module. Whoever calls a part carries out `desk.drain()` afterwards, and looks at `due`."""

    def __init__(self, settings: CustomerServiceSettings) -> None:
        self.settings = settings
        self.desk = Desk(settings)
        self.ringing = Ringing(self.desk)
        self.calling = Calling(self.desk, self.ringing)
        self.attendance = Attendance(self.desk, self.ringing, self.calling)

    def create(
        self, title: str, customer_name: str, now: float, *, description: str = "", media: Media = "video"
    ) -> Session:
        """Raises RoomApiError (LIMIT_REACHED)."""
        record = SessionRecord(
            id=new_id("cs"),
            title=title,
            description=description,
            customer_id=new_id("cust"),
            customer_name=customer_name,
            media=media,
            created_at=now,
            link_expires_at=now + self.settings.link_ttl,
        )
        return self.desk.add(record)

    def visit(self, session: Session, now: float) -> None:
        """The customer of a new session is about to connect, and has its place in the queue from now on.

        Raises RoomApiError (LIMIT_REACHED).
        """
        session.customer_lost_at = now
        self.ringing.enqueue(session, now)

    def restore(self, record: SessionRecord, now: float) -> Session:
        """Take up a session of an earlier life: who waited goes on waiting, a call that was on has failed."""
        session = self.desk.sessions[record.id] = Session(record)
        if record.status is Status.ACTIVE:
            session.customer_lost_at = now
            self.calling.end(session, EndReason.FAILED, SYSTEM, now)
        elif record.phase is not Phase.CREATED:
            session.customer_lost_at = now
            self.ringing.requeue(session, now, anew=True)
        return session

    # Time

    def due(self) -> float | None:
        """When there is something to do, unix seconds."""
        times = [at for session in self.desk.sessions.values() for at in self._times(session)]
        times += [at for one in self.desk.pool.agents.values() if (at := self.attendance.due(one)) is not None]
        return min(times, default=None)

    def on_time(self, now: float) -> None:
        """Do all that is due."""
        for agent in list(self.desk.pool.agents.values()):
            self.attendance.on_time(agent, now)
        for session in list(self.desk.sessions.values()):
            if session.close_at is not None:
                self._close(session, now)
            elif session.status is Status.ACTIVE:
                self._during_call(session, now)
            else:
                self._while_waiting(session, now)
        self.ringing.dispatch(now)

    def _times(self, session: Session) -> Iterator[float]:
        record, settings = session.record, self.settings
        if session.close_at is not None:
            yield session.close_at
            return
        if session.customer_lost_at is not None:
            yield session.customer_lost_at + GRACE
        if session.connect_until is not None:
            yield session.connect_until
        if session.ring is not None:
            yield min(session.ring.until, session.ticked_at + TICK)
        if record.status is Status.ACTIVE:
            if session.agent_lost_at is not None:
                yield session.agent_lost_at + GRACE
            if session.held_since is not None and record.phase is Phase.HELD:
                yield session.held_since + settings.hold_limit
            ends = (record.active_at or record.created_at) + settings.session_timeout
            yield ends if session.warned else ends - WARNING
        elif record.phase is Phase.CREATED:
            yield record.link_expires_at
        elif record.phase is Phase.QUEUED:
            yield session.waiting_since + settings.queue_timeout
            if session.not_before:
                yield session.not_before

    def _while_waiting(self, session: Session, now: float) -> None:
        record = session.record
        if session.not_before and session.not_before <= now:
            session.not_before = 0.0
        if record.phase is Phase.CREATED:
            if record.link_expires_at <= now:
                self.calling.end(session, EndReason.ABANDONED, SYSTEM, now)
        elif self._is_lost(session.customer_lost_at, now):
            self.calling.customer_gone(session, now)
        elif record.phase is Phase.QUEUED and session.waiting_since + self.settings.queue_timeout <= now:
            self.calling.end(session, EndReason.NO_AGENT, SYSTEM, now)
        elif session.connect_until is not None and session.connect_until <= now:
            self._not_connected(session, now)
        else:
            self._ring_goes_on(session, now)

    def _during_call(self, session: Session, now: float) -> None:
        record, settings = session.record, self.settings
        ends = (record.active_at or record.created_at) + settings.session_timeout
        if self._is_lost(session.customer_lost_at, now):
            self.calling.customer_gone(session, now)
        elif ends <= now:
            self.calling.end(session, EndReason.TIMEOUT, SYSTEM, now)
        elif self._is_lost(session.agent_lost_at, now):
            self.calling.agent_gone(session, "agent_lost", now)
        elif session.connect_until is not None and session.connect_until <= now:
            self._not_connected(session, now)
        else:
            if not session.warned and ends - WARNING <= now:
                session.warned = True
                self.desk.tell_room(session, "session_expiring", remaining=round(ends - now))
            held = session.held_since
            if record.phase is Phase.HELD and held is not None and held + settings.hold_limit <= now:
                self.calling.resume(session, SYSTEM, now)
            self._ring_goes_on(session, now)

    def _not_connected(self, session: Session, now: float) -> None:
        if session.agent_here:  # it is the customer who is not there, and has its own time
            session.connect_until = None
        else:
            self.calling.agent_gone(session, "agent_absent", now)

    def _ring_goes_on(self, session: Session, now: float) -> None:
        ring = session.ring
        if ring is None:
            return
        if ring.until <= now:
            self.ringing.missed(session, now)
        elif session.ticked_at + TICK <= now:
            session.ticked_at = now
            agent = self.desk.pool.agents.get(ring.agent_id)
            if agent is not None:
                self.desk.tell_agent(agent, "ring_tick", session, remaining=round(ring.until - now))

    def _close(self, session: Session, now: float) -> None:
        if session.close_at is not None and session.close_at <= now:
            del self.desk.sessions[session.id]
            self.desk.do(CloseRoom(session.id, "ended"))

    @staticmethod
    def _is_lost(lost_at: float | None, now: float) -> bool:
        return lost_at is not None and lost_at + GRACE <= now
