"""Calls: who is there, hold, transfer, end, rating. specs/monibuca-rooms.md §8.5."""

from roomful.plugins.customer_service.agent import Agent
from roomful.plugins.customer_service.desk import Desk
from roomful.plugins.customer_service.effects import EndHold, Record, SetMedia, StartHold, StopMixing
from roomful.plugins.customer_service.ringing import Ringing
from roomful.plugins.customer_service.session import Rating, Session
from roomful.plugins.customer_service.status import EndReason, Phase, Status, bad_state
from roomful.rooms.extension import Code, RoomApiError
from roomful.rooms.extension.codes import bad_field

SYSTEM = "system"
LOST = frozenset({"disconnect", "heartbeat_timeout", "replaced"})
"""Departures after which somebody may come back."""
SENT_AWAY = frozenset({"kicked", "banned"})
TALKS = (Phase.TALKING, Phase.HELD)


class Calling:
    """See the module."""

    def __init__(self, desk: Desk, ringing: Ringing) -> None:
        self._desk = desk
        self._ringing = ringing

    # Who is there

    def joined(self, session: Session, user_id: str, now: float) -> None:
        """Somebody is in the room, for the first time or again."""
        record = session.record
        if user_id == record.customer_id:
            session.customer_here, session.customer_lost_at, session.told_position = True, None, None
        elif user_id == record.agent_id:
            session.agent_here, session.agent_lost_at = True, None
        else:
            return
        if record.is_over or record.phase is Phase.HELD or session.held_since is not None:
            self._desk.do(SetMedia(session.id, (user_id,), flows=False))
        if record.phase is Phase.CREATED and not record.is_over:
            self._ringing.enqueue(session, now)
        self._connect(session, now)
        self._ringing.dispatch(now)

    def away(self, session: Session, user_id: str, now: float) -> None:
        """Somebody's connection is lost."""
        record = session.record
        if user_id == record.customer_id:
            session.customer_here = False
            session.customer_lost_at = now if session.customer_lost_at is None else session.customer_lost_at
        elif user_id == record.agent_id:
            session.agent_here = False
            session.agent_lost_at = now if session.agent_lost_at is None else session.agent_lost_at

    def left(self, session: Session, user_id: str, reason: str, now: float) -> None:
        """Somebody is no longer in the room. `reason` is one of specs/monibuca-rooms.md §3.5."""
        record = session.record
        self.away(session, user_id, now)
        if reason in LOST or record.is_over:
            if record.is_over and user_id == record.customer_id:
                session.close_at = now
            return
        if user_id == record.customer_id:
            waits = record.status is Status.WAITING
            reason_to_end = EndReason.AGENT_HANGUP if reason in SENT_AWAY else EndReason.CUSTOMER_HANGUP
            self.end(session, EndReason.ABANDONED if waits else reason_to_end, user_id, now)
        elif user_id == record.agent_id:
            self.end(session, EndReason.AGENT_HANGUP, user_id, now)

    def customer_gone(self, session: Session, now: float) -> None:
        """For longer than the grace."""
        waits = session.status is Status.WAITING
        reason = EndReason.ABANDONED if waits else EndReason.CUSTOMER_HANGUP
        self.end(session, reason, session.record.customer_id, now)

    def agent_gone(self, session: Session, reason: str, now: float) -> None:
        """For longer than the grace: the customer is the next to be served. `reason`: `agent_lost`, `agent_absent`."""
        desk = self._desk
        agent = desk.agent_of(session)
        self._ringing.cancel(session, "reassigned", now)
        if session.held_since is not None:
            self._unhold(session, now, by="")
        self._ringing.requeue(session, now, anew=True)
        if agent is not None:
            session.tried.add(agent.id)
            agent.wants_break = True  # until it says ready again
            desk.tell_agent(agent, "ring_cancelled", session, reason="timeout")
            desk.after_call(agent, now)
        desk.tell_customer(session, "call_requeued", reason=reason)
        self._ringing.dispatch(now)

    def _connect(self, session: Session, now: float) -> None:
        record = session.record
        if record.phase is not Phase.CONNECTING or not (session.customer_here and session.agent_here):
            return
        record.status, record.phase = Status.ACTIVE, Phase.TALKING
        session.connect_until = None
        if record.active_at is None:
            record.active_at = now
            if self._desk.settings.enable_recording:
                self._desk.do(Record(session.id, on=True))
        self._desk.save(session)

    # Hold

    def hold(self, session: Session, agent_id: str, now: float) -> None:
        """Raises RoomApiError (FORBIDDEN, BAD_STATE)."""
        self.require_agent(session, agent_id)
        record = session.record
        if record.status is not Status.ACTIVE or record.phase is not Phase.TALKING:
            raise bad_state(session.state_word, "there is nothing to hold")
        record.phase, session.held_since = Phase.HELD, now
        self._desk.do(StartHold(session.id, (record.customer_id, agent_id), record.customer_id, agent_id))
        self._desk.save(session)

    def resume(self, session: Session, agent_id: str, now: float) -> None:
        """`agent_id` may be the system's. Raises RoomApiError (FORBIDDEN, BAD_STATE)."""
        if agent_id != SYSTEM:
            self.require_agent(session, agent_id)
        if session.record.is_over or session.record.phase is not Phase.HELD:
            raise bad_state(session.state_word, "the call is not on hold")
        session.record.phase = Phase.TALKING
        self._unhold(session, now, by=agent_id)
        self._desk.save(session)

    def _unhold(self, session: Session, now: float, by: str) -> None:
        record = session.record
        if session.held_since is not None:
            record.hold_seconds += now - session.held_since
            session.held_since = None
            user_ids = (record.customer_id, *((record.agent_id,) if record.agent_id is not None else ()))
            self._desk.do(EndHold(session.id, user_ids, by))

    # Transfer

    def transfer(self, session: Session, agent_id: str, target_id: str, note: str, now: float) -> None:
        """Raises RoomApiError: FORBIDDEN, BAD_STATE, BAD_FIELD, NOT_FOUND, TARGET_BUSY."""
        agent = self.require_agent(session, agent_id)
        if session.status is not Status.ACTIVE or session.phase not in TALKS:
            raise bad_state(session.state_word, "there is no call to hand over")
        if target_id == agent_id:
            raise bad_field("target_agent_id", "you have the call already")
        target = self._desk.pool.get(target_id)
        self._ringing.ring(session, target, now, from_agent=agent, note=note)
        self._desk.tell_room(session, "call_transferring", to_agent=target.face())
        self._desk.tell_agent(agent, "call_transferring", session, to_agent=target.face())

    # The end

    def hang_up(self, session: Session, user_id: str, now: float) -> None:
        """As the agent or the customer wants. Raises RoomApiError (FORBIDDEN, BAD_STATE)."""
        record = session.record
        if user_id == record.customer_id:
            waits = record.status is Status.WAITING
            reason = EndReason.ABANDONED if waits else EndReason.CUSTOMER_HANGUP
        elif user_id == record.agent_id:
            reason = EndReason.AGENT_HANGUP
        else:
            raise RoomApiError(Code.FORBIDDEN, "that call is not yours")
        self.end(session, reason, user_id, now)

    def end(self, session: Session, reason: EndReason, by: str, now: float, *, may_rate: bool = True) -> None:
        """Raises RoomApiError (BAD_STATE)."""
        desk, record = self._desk, session.record
        if record.is_over:
            raise bad_state(session.state_word, "the session is over")
        agent = desk.agent_of(session)
        left = reason in (EndReason.ABANDONED, EndReason.CUSTOMER_HANGUP)
        self._ringing.cancel(session, "customer_left" if left else "ended", now)
        self._unhold(session, now, by="")
        record.status, record.ended_at, record.end_reason = Status.ENDED, now, reason
        duration = record.duration(now)
        rating = may_rate and record.active_at is not None and session.customer_lost_at is None
        ended = {"by": by, "reason": reason.value, "duration": duration, "rating_allowed": rating}
        desk.tell_room(session, "call_ended", **ended)
        if agent is not None:
            desk.do(StopMixing(session.id))
            desk.do(SetMedia(session.id, (record.customer_id, agent.id), flows=False))
            desk.tell_agent(agent, "call_ended", session, **ended)
            desk.after_call(agent, now)
        if record.active_at is not None:
            desk.call_lasted(duration)
            if desk.settings.enable_recording:
                desk.do(Record(session.id, on=False))
        session.close_at = now + (desk.settings.rating_window if rating else 0)
        session.connect_until = None
        desk.save(session)
        self._ringing.dispatch(now)

    def rate(self, session: Session, score: int, comment: str, now: float) -> None:
        """Raises RoomApiError (BAD_STATE, CONFLICT)."""
        record = session.record
        if record.rating is not None:
            raise RoomApiError(Code.CONFLICT, "the call has been rated already")
        if not record.is_over or record.active_at is None or (session.close_at or 0) < now:
            raise bad_state(session.state_word, "a call can be rated after its end, and for a short time")
        record.rating = Rating(score=score, comment=comment, at=now)
        session.close_at = now
        agent = self._desk.agent_of(session)
        if agent is not None:
            self._desk.tell_agent(agent, "rating_received", session, score=score, comment=comment)
        self._desk.save(session)

    def require_agent(self, session: Session, agent_id: str) -> Agent:
        """Raises RoomApiError (FORBIDDEN)."""
        agent = self._desk.agent_of(session)
        if agent is None or agent.id != agent_id:
            raise RoomApiError(Code.FORBIDDEN, "that call is not yours")
        return agent
