"""The WebRTC signals: passed on in `p2p`, else for the media of this server. specs/room-signals.md §7."""

from collections.abc import Awaitable
from typing import Any

import msgspec

from roomful.protocols.room_signals import encode
from roomful.protocols.room_signals.channels import Channel
from roomful.protocols.room_signals.codes import Code, SignalError, invalid
from roomful.protocols.room_signals.services import Services
from roomful.protocols.room_signals.session import Session
from roomful.protocols.room_signals.signals import Answer, AnySignal, Ice, Offer, SimulcastUpdate, Watch
from roomful.rooms.participant import Participant


class Calls:
    """Handles these signals for a server. All methods raise SignalError."""

    def __init__(self, services: Services) -> None:
        self._media = services.media

    def receive(self, session: Session, signal: AnySignal, data: dict[str, Any], now: float) -> Awaitable[None] | None:
        """The sender is a member, and channel and engine allow the signal."""
        if isinstance(signal, Offer) and not session.publishes:
            raise SignalError(Code.PERMISSION_NOT_FOUND, "viewers send no media: PUBLISH_REQUEST")
        if session.room.channel is Channel.P2P:
            self._pass_on(session, signal, data, now)
            _acknowledge(session, signal)
            return None
        match signal:
            case Offer():
                return self._offer(session, signal, now)
            case Answer():
                return self._answer(session, signal, now)
            case Watch():
                return self._watch(session, signal, now)
            case Ice():
                self._ice(session, signal, now)
            case SimulcastUpdate():
                self._media.select_layer(session, _others(session, signal), signal.layer, now)
            case _:
                raise invalid(f"{signal.name} is no signal of a call")
        _acknowledge(session, signal)
        return None

    def _pass_on(self, session: Session, signal: AnySignal, data: dict[str, Any], now: float) -> None:
        room, peer = session.room, session.room.peer_of(session)
        gone = isinstance(signal, Answer) and room.was_paired
        if peer is None:
            raise SignalError(Code.USER_LEFT if gone else Code.RECIPIENT_NOT_MEMBER, "the other one is not here")
        to = signal.to if isinstance(signal, Offer | Answer | Ice) else None
        if to is not None and peer.participant not in room.targets(to):
            raise SignalError(Code.RECIPIENT_NOT_MEMBER, "nobody of this id is in the call")
        peer.send(encode.bare(data))
        if isinstance(signal, Offer | Answer):
            room.set_publishing(session, True, now)

    async def _offer(self, session: Session, signal: Offer, now: float) -> None:
        if signal.to is not None and session.participant not in session.room.targets(signal.to):
            raise invalid("an offer is for your own uplink")
        answer = await self._media.offer(session, signal, now)
        session.send(encode.ack("OFFER", {"rid": session.room.name, **msgspec.to_builtins(answer)}))

    async def _answer(self, session: Session, signal: Answer, now: float) -> None:
        publishers = [] if signal.to is None else session.room.publishers_of(signal.to)
        if signal.to is not None and not publishers:
            raise SignalError(Code.USER_LEFT, "the publisher is gone")
        await self._media.answer(session, signal, publishers, now)
        _acknowledge(session, signal)

    def _ice(self, session: Session, signal: Ice, now: float) -> None:
        publishers = [] if signal.to is None else session.room.publishers_of(signal.to)
        if signal.to is None or publishers:  # a candidate for who has gone comes late, and harms nobody
            self._media.ice(session, signal, publishers, now)

    async def _watch(self, session: Session, signal: Watch, now: float) -> None:
        room = session.room
        publishers = [one for one in _others(session, signal) if room.sends_to(session, one)]
        if not publishers:
            raise SignalError(Code.INTERNAL_SERVER_ERROR, "it sends nothing yet: try again")
        offers = await self._media.watch(session, publishers, now)
        session.send(encode.ack("WATCH", {"rid": room.name, "pps": offers}))


def _others(session: Session, signal: Watch | SimulcastUpdate) -> list[Participant]:
    """Whom `to` means. Raises SignalError: nobody, or the sender itself alone."""
    targets = session.room.publishers_of(signal.to)
    if not targets:
        raise SignalError(Code.USER_LEFT, "nobody of this id is in the room")
    others = [one for one in targets if one is not session.participant]
    if not others:
        raise invalid("that is yourself")
    return others


def _acknowledge(session: Session, signal: AnySignal) -> None:
    if signal.op.ack:
        session.send(encode.ack(signal.name, {"rid": signal.rid}))
