"""The media of all sessions: `SignalsMedia` over the engine. The only part of it that waits."""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Literal

from roomful.media.api import MediaApi, MediaError
from roomful.protocols.room_signals.channels import Channel
from roomful.protocols.room_signals.codes import SignalError
from roomful.protocols.room_signals.media.forwarding import Forwarding
from roomful.protocols.room_signals.media.links import Links
from roomful.protocols.room_signals.media.reply import broken
from roomful.protocols.room_signals.media.uplink import Uplink
from roomful.protocols.room_signals.ports import OfferAck, PublisherSdp
from roomful.protocols.room_signals.signals import Answer, Category, Ice, Offer
from roomful.rooms.errors import RoomError
from roomful.rooms.events import ParticipantLeft, RoomClosed, RoomEvent
from roomful.rooms.participant import Participant
from roomful.rooms.room import Room
from roomful.ticker import Ticker

if TYPE_CHECKING:
    from roomful.protocols.room_signals.session import Session

ENGINE_WITHIN = 10.0
"""Seconds the engine has for a description; it takes milliseconds."""
_MAX_SPATIAL = {"low": 0, "medium": 1, "high": 2, "auto": 2}

logger = logging.getLogger(__name__)


class Connections:
    """Finds the connections of a session, and tells them what happens in its room."""

    def __init__(self, media: MediaApi, codecs: Collection[str], forwarding: Forwarding | None = None) -> None:
        """`codecs`: MIME types in lower case that may be published; empty means all."""
        self._media = media
        self._codecs = codecs
        self._forwarding = forwarding
        self._by_room: dict[str, dict[str, Links]] = {}
        """Room sid → participant sid → connections."""
        self._ticker = Ticker(self._tick)

    # See `SignalsMedia`

    async def offer(self, session: "Session", signal: Offer, now: float) -> OfferAck:
        links = self._links(session)
        outcome = _Outcome()

        def make() -> Uplink:
            return Uplink(
                self._media,
                session.room.room,
                session.participant,
                time.time,
                codecs=self._codecs,
                screen=session.info.category is Category.SCREENSHARE,
                audio_only=session.room.channel is Channel.A2M,
            )

        with _or_overloaded():
            links.offer(signal.sdp, restarting=signal.op.restarting, make=make, now=now, reply=outcome.set)
        sdp = await outcome.sdp()
        return OfferAck(sdp=sdp, hls="" if self._forwarding is None else self._forwarding.offered(session, signal.op))

    async def answer(self, session: "Session", signal: Answer, publishers: Sequence[Participant], now: float) -> None:
        with _or_overloaded():
            self._links(session).answer(signal.sdp, None if signal.to is None else publishers)

    def ice(self, session: "Session", signal: Ice, publishers: Sequence[Participant], now: float) -> None:
        with _or_overloaded():
            self._links(session).add_candidate(signal.sdp, None if signal.to is None else publishers)

    async def watch(self, session: "Session", publishers: Sequence[Participant], now: float) -> list[PublisherSdp]:
        """Publishers of whom the session may have nothing are left out, and those who go in the meantime."""
        links = self._links(session)
        outcomes: list[tuple[Participant, _Outcome]] = []
        with _or_overloaded():
            for publisher in publishers:
                outcome = _Outcome()
                try:
                    if links.watch(publisher, now, outcome.set):
                        outcomes.append((publisher, outcome))
                except SignalError:  # there is no place for any more
                    if not outcomes:
                        raise
                    break
        offers: list[PublisherSdp] = []
        for publisher, outcome in outcomes:
            try:
                offers.append(PublisherSdp(id=publisher.identity, sdp=await outcome.sdp()))
            except SignalError as error:
                logger.debug("no offer of %s: %s", publisher.sid, error)
        return offers

    def select_layer(
        self,
        session: "Session",
        publishers: Sequence[Participant],
        layer: Literal["low", "medium", "high", "auto"],
        now: float,
    ) -> None:
        with _or_overloaded():
            self._links(session).select_layer(publishers, _MAX_SPATIAL[layer])

    def restart(self, session: "Session", now: float) -> None:
        self._close(session, now)

    def left(self, session: "Session", now: float) -> None:
        self._close(session, now)

    def _links(self, session: "Session") -> Links:
        room, participant = session.room.room, session.participant
        if room.sid not in self._by_room:
            self._by_room[room.sid] = {}
            room.observers.add(partial(self._on_room_event, room))
        links = self._by_room[room.sid].get(participant.sid)
        if links is None:
            watch_again = partial(_tell_to_watch_again, session)
            audio_only = session.room.channel is Channel.A2M
            links = Links(self._media, room, participant, time.time, watch_again, audio_only=audio_only)
            self._by_room[room.sid][participant.sid] = links
        self._ticker.arm()
        return links

    def _close(self, session: "Session", now: float) -> None:
        sid = session.participant.sid
        links = self._by_room.get(session.room.room.sid, {}).pop(sid, None)
        if links is not None:
            self._close_links(sid, links, now)

    def _close_links(self, sid: str, links: Links, now: float) -> None:
        _carefully(partial(links.close, now))
        self._see_whether_it_sends(sid, links)

    def _see_whether_it_sends(self, sid: str, links: Links) -> None:
        if self._forwarding is not None and not links.has_uplink:
            self._forwarding.ended(sid)

    def _on_room_event(self, room: Room, event: RoomEvent) -> None:
        now = time.time()
        if isinstance(event, RoomClosed):
            for sid, links in self._by_room.pop(room.sid, {}).items():
                self._close_links(sid, links, now)
            return
        all_links = self._by_room.get(room.sid, {})
        gone = all_links.pop(event.sid, None) if isinstance(event, ParticipantLeft) else None
        if gone is not None and isinstance(event, ParticipantLeft):
            self._close_links(event.sid, gone, now)
        for links in list(all_links.values()):
            _carefully(partial(links.on_room_event, event, now))

    def _tick(self) -> bool:
        now = time.time()
        for room in list(self._by_room.values()):
            for sid, links in list(room.items()):
                _carefully(partial(links.tick, now))
                self._see_whether_it_sends(sid, links)
        return any(self._by_room.values())


def _tell_to_watch_again(session: "Session", publisher_sid: str) -> None:
    """By the list, which is how clients know that a downlink has to be closed and another one made."""
    session.room.tell_list(session, silent=publisher_sid)
    session.room.tell_list(session)


class _Outcome:
    """What a connection replies, to wait for."""

    def __init__(self) -> None:
        self._reply: asyncio.Future[str | SignalError] = asyncio.get_running_loop().create_future()

    def set(self, reply: str | SignalError) -> None:
        if not self._reply.done():
            self._reply.set_result(reply)

    async def sdp(self) -> str:
        """Raises SignalError."""
        try:
            async with asyncio.timeout(ENGINE_WITHIN):
                reply = await self._reply
        except TimeoutError:
            raise broken("the media engine does not answer") from None
        if isinstance(reply, SignalError):
            raise reply
        return reply


@contextmanager
def _or_overloaded() -> Generator[None]:
    """What the engine cannot take is said to the client that asked for it."""
    try:
        yield
    except MediaError as error:
        raise broken(f"the media engine cannot do it now: {error}") from None


def _carefully(do: Callable[[], None]) -> None:
    """Do what nobody waits for."""
    try:
        do()
    except (MediaError, RoomError) as error:
        logger.warning("a connection could not be looked after: %s", error)
