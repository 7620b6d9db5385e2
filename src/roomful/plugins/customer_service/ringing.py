"""Brings visitors and agents together: the queue, rings, answers. specs/monibuca-rooms.md §8.3."""

from roomful.plugins.customer_service.agent import Agent
from roomful.plugins.customer_service.desk import Desk
from roomful.plugins.customer_service.effects import EndHold, GiveRoom, RemoveFromRoom
from roomful.plugins.customer_service.ids import iso
from roomful.plugins.customer_service.session import Media, Ring, Session, Transfer
from roomful.plugins.customer_service.status import AgentState, Phase, Status, Trigger, bad_state
from roomful.rooms.extension import Code, RoomApiError

ROUND_PAUSE = 5.0
"""Seconds after which those who did not take a visitor's call are asked again."""
CONNECT_SECONDS = 20.0
"""In which an agent who took a call has to be in its room."""


class Ringing:
    """See the module."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    # The queue

    def require_place(self) -> None:
        """Raises RoomApiError (LIMIT_REACHED)."""
        if len(self._desk.queue()) >= self._desk.settings.queue_max:
            raise RoomApiError(Code.LIMIT_REACHED, "too many people wait already; try again later")

    def enqueue(self, session: Session, now: float) -> None:
        """The customer wants to talk. Raises RoomApiError (LIMIT_REACHED)."""
        self.require_place()
        session.record.phase = Phase.QUEUED
        session.record.queued_at = session.waiting_since = now
        self._desk.save(session)
        chosen = self._desk.pool.agents.get(session.record.assigned_to or "")
        if chosen is not None and chosen.state is AgentState.READY and session.customer_here:
            self.ring(session, chosen, now)
        self.dispatch(now)

    def requeue(self, session: Session, now: float, *, anew: bool = False) -> None:
        """Back to where it was in the queue; `anew`: its time limit begins again."""
        record = session.record
        record.status, record.phase = Status.WAITING, Phase.QUEUED
        record.agent_id, record.agent_name = None, None
        session.connect_until, session.agent_lost_at, session.agent_here = None, None, False
        if anew:
            session.waiting_since = now
        session.told_position = None
        self._desk.save(session)

    def dispatch(self, now: float) -> None:
        """Ring at agents as long as there are both: visitors who wait, and agents whom they have not tried."""
        pool = self._desk.pool
        for session in self._desk.queue():
            if session.phase is not Phase.QUEUED or not session.customer_here or session.not_before > now:
                continue
            agent = pool.next_ready(session.tried)
            if agent is not None:
                self.ring(session, agent, now)
            elif session.tried and pool.any_ready():
                session.tried.clear()
                session.not_before = now + ROUND_PAUSE
        self._desk.announce_queue(now)

    # Rings

    def ring(
        self,
        session: Session,
        agent: Agent,
        now: float,
        *,
        from_agent: Agent | None = None,
        note: str = "",
    ) -> None:
        """Raises RoomApiError (TARGET_BUSY)."""
        desk, record = self._desk, session.record
        agent.take(session.id)
        desk.pool.chosen(agent)
        seconds = desk.settings.ring_timeout
        session.ring = Ring(
            agent_id=agent.id,
            until=now + seconds,
            from_agent=None if from_agent is None else from_agent.id,
            note=note,
        )
        session.ticked_at = now
        record.phase = Phase.RINGING if from_agent is None else Phase.TRANSFERRING
        desk.note(agent)
        transfer = {} if from_agent is None else {"transfer_from": from_agent.face(), "note": note}
        desk.tell_agent(agent, "incoming_call", session, **self.incoming(session, now), **transfer)
        desk.save(session)

    def incoming(self, session: Session, now: float) -> dict[str, object]:
        """What an agent learns of a call that rings."""
        record, ring = session.record, session.ring
        return {
            "title": record.title,
            "description": record.description,
            "customer": {"id": record.customer_id, "name": record.customer_name},
            "media": record.media,
            "queue_wait": record.wait_seconds(now),
            "countdown": 0 if ring is None else max(0, round(ring.until - now)),
        }

    def assign(self, session: Session, agent_id: str, now: float) -> None:
        """Ring at this agent, or as soon as the customer comes. Raises RoomApiError."""
        agent = self._desk.pool.get(agent_id)
        record = session.record
        if record.status is not Status.WAITING or record.phase not in (Phase.CREATED, Phase.QUEUED, Phase.RINGING):
            raise bad_state(session.state_word, "an agent has the call already, or it is over")
        if record.phase is Phase.CREATED or not session.customer_here:
            record.assigned_to = agent.id
            self._desk.save(session)
            return
        if agent.state is not AgentState.READY:
            raise RoomApiError(Code.TARGET_BUSY, f"{agent.name} is {agent.state.value}", status=agent.state.value)
        if session.ring is not None:
            self.cancel(session, "reassigned", now)
        self.ring(session, agent, now)
        self.dispatch(now)

    def cancel(self, session: Session, reason: str, now: float, trigger: Trigger = Trigger.RING_OVER) -> Agent | None:
        """End the ring; returns at whom it rang. The session's phase is as it was before."""
        ring, session.ring = session.ring, None
        agent = None if ring is None else self._desk.pool.agents.get(ring.agent_id)
        if ring is None or agent is None:
            return None
        agent.session_id = None
        self._desk.step(agent, trigger)
        if reason != "rejected":
            self._desk.tell_agent(agent, "ring_cancelled", session, reason=reason)
        record = session.record
        if ring.from_agent is None:
            record.phase = Phase.QUEUED
        else:
            record.phase = Phase.TALKING if session.held_since is None else Phase.HELD
            if reason not in ("ended", "customer_left"):
                self._transfer_failed(session, ring.from_agent, agent, "no_answer" if reason == "timeout" else reason)
        self._desk.save(session)
        return agent

    def reject(self, session: Session, agent: Agent, now: float) -> None:
        """Raises RoomApiError (BAD_STATE)."""
        agent.require_ringing(session.id)
        self.cancel(session, "rejected", now)
        session.tried.add(agent.id)
        self.dispatch(now)

    def missed(self, session: Session, now: float) -> None:
        """Nobody answered in time, or the workplace is gone."""
        trigger = Trigger.MISSED if self._desk.settings.auto_busy_on_miss else Trigger.RING_OVER
        agent = self.cancel(session, "timeout", now, trigger)
        if agent is not None:
            session.tried.add(agent.id)
        self.dispatch(now)

    # Answers

    def accept(self, session: Session, agent: Agent, media: Media | None, now: float) -> None:
        """Raises RoomApiError (BAD_STATE)."""
        desk, record, ring = self._desk, session.record, session.ring
        agent.require_ringing(session.id)
        session.ring = None
        desk.step(agent, Trigger.ACCEPT)
        before = desk.agent_of(session) if ring is not None and ring.from_agent is not None else None
        record.agent_id, record.agent_name = agent.id, agent.name
        record.media = media or record.media
        record.phase = Phase.CONNECTING
        record.accepted_at = now if record.accepted_at is None else record.accepted_at
        session.tried.clear()
        session.agent_here, session.agent_lost_at, session.connect_until = False, None, now + CONNECT_SECONDS
        accepted = {"agent": agent.face(), "media": record.media, "accepted_at": iso(record.accepted_at)}
        if ring is not None and before is not None:
            self._hand_over(session, before, agent, ring.note, now)
        else:
            desk.tell_room(session, "call_accepted", **accepted)
        desk.do(GiveRoom(agent.id, session.id, {"action": "call_accepted", "session_id": session.id, **accepted}))
        desk.save(session)
        self.dispatch(now)

    def _hand_over(self, session: Session, before: Agent, after: Agent, note: str, now: float) -> None:
        desk, record = self._desk, session.record
        if session.held_since is not None:
            record.hold_seconds += now - session.held_since
            session.held_since = None
            desk.do(EndHold(session.id, (record.customer_id, before.id), by=""))
        record.transfers = [
            *record.transfers,
            Transfer(from_agent=before.id, to_agent=after.id, at=now, note=note),
        ]
        desk.do(RemoveFromRoom(session.id, before.id, "transferred"))
        faces = {"from_agent": before.face(), "to_agent": after.face()}
        desk.tell_room(session, "call_transferred", **faces)
        for agent in (before, after):
            desk.tell_agent(agent, "call_transferred", session, **faces)
        desk.after_call(before, now)

    def _transfer_failed(self, session: Session, from_agent: str, to_agent: Agent, reason: str) -> None:
        desk = self._desk
        desk.tell_room(session, "transfer_failed", reason=reason, to_agent=to_agent.face())
        agent = desk.pool.agents.get(from_agent)
        if agent is not None:
            desk.tell_agent(agent, "transfer_failed", session, reason=reason, to_agent=to_agent.face())
