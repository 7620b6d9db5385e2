"""Publishers of other protocols, published to Janus by our own engine while somebody listens to them there."""

import logging
import secrets
from collections.abc import Callable, Sequence
from typing import Protocol

from roomful.media.api import Event, MediaApi, MediaError
from roomful.protocols.nkmedia.codes import Code, NkError
from roomful.protocols.nkmedia.janus.client import Client
from roomful.protocols.nkmedia.janus.feeds import Feed, streams_of
from roomful.protocols.nkmedia.janus.link import VIDEOROOM, Link
from roomful.protocols.nkmedia.janus.messages import Message
from roomful.protocols.nkmedia.janus.rooms import JanusRooms
from roomful.protocols.nkmedia.services import Services
from roomful.protocols.nkmedia.steps import Steps, walk
from roomful.rooms.errors import RoomError
from roomful.rooms.room import Room
from roomful.rooms.tracks import Track

MAX_SPATIAL = 2

logger = logging.getLogger(__name__)


class MirrorListener(Protocol):
    """Who listens, and has to end when there is nothing to listen to."""

    def stop(self, code: Code, now: float) -> None: ...


class Mirror:
    """The tracks of one publisher, as a feed of Janus's."""

    def __init__(self, services: Services, client: Client, rooms: JanusRooms, room: Room, publisher_id: str) -> None:
        self.feed = Feed(rooms.new_feed_id(f"{publisher_id}/{secrets.token_hex(4)}"), services.wheel, services.clock)
        self.listeners: set[MirrorListener] = set()
        self._media: MediaApi = services.media
        self._clock = services.clock
        self._rooms = rooms
        self._room = room
        self._publisher_id = publisher_id
        self._link = Link(client, self._fail)
        self._peer = self._media.next_peer()
        self._request = 0
        self._closed = False

    def open(self, tracks: Sequence[Track]) -> None:
        """Raises MediaError."""
        self._media.attach(self._peer, self._on_event)
        # Who offers controls ICE, which a lite peer cannot do; Janus leaves it to us all the same.
        self._media.open_peer(self._room.sid, self._peer, full_ice=True)
        for track in tracks:
            self._media.subscribe(self._peer, track.sid, f"{track.publisher}|{track.sid}")
            self._media.set_subscription(self._peer, track.sid, enabled=True, max_spatial=MAX_SPATIAL)
        self._request = self._media.next_request()
        self._media.create_offer(self._peer, self._request)

    def close(self) -> None:
        self._closed = True
        self._link.close()
        self._media.detach(self._peer)
        try:
            self._media.close_peer(self._peer)
        except MediaError as error:
            logger.warning("a peer connection could not be closed: %s", error)
        self.feed.gone()

    def _on_event(self, event: Event) -> None:
        match event:
            case Event.Offered() if event.request == self._request and event.sdp:
                walk(self._publish(event.sdp), self._guard)
            case Event.NegotiationFailed():
                logger.warning("a publisher could not be passed on to Janus: %s", event.reason)
                self._fail()
            case Event.PeerState() if event.state not in ("connected", "disconnected"):
                self._fail()
            case _:
                pass

    def _publish(self, offer: str) -> Steps[None]:
        yield from self._link.open()
        handle = yield from self._link.attach(VIDEOROOM, self._on_janus)
        number = self._rooms.number(self._room)
        yield handle.ask("join", ptype="publisher", room=number, id=self.feed.id, display=self._publisher_id)
        published = yield handle.ask("publish", offer=offer)
        self.feed.streams = streams_of(published.get("streams"))
        self._media.accept_answer(self._peer, self._request, published["jsep"])

    def _on_janus(self, message: Message) -> None:
        if message.janus == "webrtcup":
            self.feed.up()
        elif message.janus == "hangup":
            self._fail()

    def _guard(self, step: Callable[[], None]) -> None:
        if self._closed:
            return
        try:
            step()
        except (NkError, RoomError, MediaError) as error:
            logger.warning("a publisher could not be passed on to Janus: %s", error)
            self._fail()

    def _fail(self) -> None:
        self.feed.gone()
        for listener in list(self.listeners):
            listener.stop(Code.JANUS_SESSION_DOWN, self._clock())


class Mirrors:
    """All of them. Publishers that have other tracks than before are mirrored anew."""

    def __init__(self, services: Services, client: Client, rooms: JanusRooms) -> None:
        self._services = services
        self._client = client
        self._rooms = rooms
        self._open: dict[tuple[str, frozenset[str]], Mirror] = {}
        """Publisher's sid and its tracks → mirror."""

    def __len__(self) -> int:
        return len(self._open)

    def listen(
        self, room: Room, publisher_id: str, publisher_sid: str, tracks: Sequence[Track], listener: MirrorListener
    ) -> Mirror:
        """The mirror of these tracks, until `leave`. Raises MediaError."""
        key = publisher_sid, frozenset(track.sid for track in tracks)
        mirror = self._open.get(key)
        if mirror is None:
            mirror = Mirror(self._services, self._client, self._rooms, room, publisher_id)
            try:
                mirror.open(tracks)
            except MediaError:
                mirror.close()
                raise
            self._open[key] = mirror
        mirror.listeners.add(listener)
        return mirror

    def leave(self, mirror: Mirror, listener: MirrorListener) -> None:
        mirror.listeners.discard(listener)
        if not mirror.listeners:
            for key in [key for key, one in self._open.items() if one is mirror]:
                del self._open[key]
            mirror.close()
