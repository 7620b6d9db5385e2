"""A media session whose client publishes to Janus. Our own engine subscribes to it there: so others see and hear it."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from roomful.media.descriptions import Description
from roomful.protocols.nkmedia.caller import Caller
from roomful.protocols.nkmedia.codes import Code, NkError
from roomful.protocols.nkmedia.commands import MediaCreate, Sdp
from roomful.protocols.nkmedia.janus.errors import ID_EXISTS, JanusError
from roomful.protocols.nkmedia.janus.feeds import Feed, streams_of
from roomful.protocols.nkmedia.janus.link import VIDEOROOM, Handle
from roomful.protocols.nkmedia.janus.messages import Message
from roomful.protocols.nkmedia.janus.session import Attachment
from roomful.protocols.nkmedia.media_session import MediaSession
from roomful.protocols.nkmedia.publisher import Publisher
from roomful.protocols.nkmedia.room_settings import JANUS, limit_in
from roomful.protocols.nkmedia.services import Services
from roomful.protocols.nkmedia.steps import Steps
from roomful.rooms.events import RoomEvent, TrackMuted
from roomful.rooms.model import TrackKind
from roomful.rooms.room import Room
from roomful.rooms.tracks import Track

if TYPE_CHECKING:
    from roomful.protocols.nkmedia.janus.engine import JanusEngine

ATTEMPTS = 3
"""To draw a feed number that nobody has."""


class JanusPublisher(Publisher):
    """Its engine peer is the subscriber of what the client publishes to Janus."""

    backend = JANUS
    lost = Code.JANUS_SESSION_DOWN

    def __init__(
        self,
        engine: "JanusEngine",
        services: Services,
        room: Room,
        caller: Caller,
        command: MediaCreate,
        session_id: str,
        on_stopped: Callable[[MediaSession, float], None],
        now: float,
    ) -> None:
        """Raises RoomError."""
        super().__init__(services, room, caller, command, session_id, on_stopped, now)
        self._engine = engine
        self._attachment = Attachment(self, engine.client, services.clock, self._on_up, self._on_plugin_event)
        self._feed = Feed(engine.rooms.new_feed_id(session_id), services.wheel, services.clock)
        self._trickles = False
        self._handle: Handle | None = None
        self._mirror: Handle | None = None
        self._muted = {
            TrackKind.AUDIO: command.mute_audio or not command.use_audio,
            TrackKind.VIDEO: command.mute_video or not command.use_video,
        }

    def begin(self, given: Sdp, offer: Description, now: float) -> None:
        self._trickles = given.trickle_ice and not self.command.no_offer_trickle_ice
        super().begin(given, offer, now)

    def close_media(self) -> None:
        super().close_media()
        self._engine.rooms.remove_feed(self.room, self.id)
        self._feed.gone()
        self._attachment.link.close()

    def pass_candidate(self, line: str) -> None:
        self._attachment.trickle(line)

    def limit(self, bitrate: int) -> None:
        if self._handle is not None:
            self._attachment.walk(_asked(self._handle, bitrate=limit_in(self.room, bitrate)))

    def mute(self, *, audio: bool | None, video: bool | None, now: float) -> None:
        for kind, muted in ((TrackKind.AUDIO, audio), (TrackKind.VIDEO, video)):
            if muted is not None:
                self._hold(kind, muted)
        super().mute(audio=audio, video=video, now=now)

    def on_room_event(self, event: RoomEvent) -> None:
        if isinstance(event, TrackMuted) and event.sid in self._own:
            self._hold(self._own[event.sid], event.muted)
        super().on_room_event(event)

    def answered(self, sdp: str) -> None:
        mirror = self._mirror
        if mirror is not None:
            self._attachment.walk(_started(mirror, sdp))

    # At Janus

    def _negotiate(self, offer: Description, now: float) -> None:
        del now
        self._attachment.walk(self._publish(offer))

    def _publish(self, offer: Description) -> Steps[None]:
        handle = self._handle = yield from self._attachment.open(VIDEOROOM)
        yield from self._join(handle)
        least = limit_in(self.room, self.command.bitrate)
        limit: dict[str, Any] = {"bitrate": least} if least else {}
        published = yield handle.ask("publish", offer=offer.text(), trickle=self._trickles, **limit)
        self._attachment.described()
        self._feed.streams = streams_of(published.get("streams"))
        if not self._feed.streams:
            raise NkError(Code.INCOMPATIBLE_SESSION)
        self._engine.rooms.add_feed(self.room, self.id, self._feed)
        held = [kind for kind, muted in self._muted.items() if muted]
        if held:
            yield from self._let_through(handle, held, send=False)
        self._engine.members.publishes(self.room, self.participant.sid, self.user)
        self.set_description("answer", published["jsep"])

    def _join(self, handle: Handle) -> Steps[None]:
        room = self._engine.rooms.number(self.room)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                yield handle.ask("join", ptype="publisher", room=room, id=self._feed.id, display=self.id)
                return
            except JanusError as error:
                if error.number != ID_EXISTS or attempt == ATTEMPTS:
                    raise
                self._feed.id = self._engine.rooms.new_feed_id(self.id)

    def _hold(self, kind: TrackKind, muted: bool) -> None:
        if self._handle is not None and self._muted[kind] is not muted:
            self._muted[kind] = muted
            self._attachment.walk(self._let_through(self._handle, [kind], send=not muted))

    def _let_through(self, handle: Handle, kinds: Sequence[TrackKind], *, send: bool) -> Steps[None]:
        streams = [{"mid": one.mid, "send": send} for one in self._feed.streams if one.kind in kinds]
        yield handle.ask("configure", streams=streams)

    def _on_up(self) -> None:
        self.activate(self._services.clock())
        self._feed.up()
        self._attachment.walk(self._subscribe())

    def _on_plugin_event(self, message: Message) -> None:
        data = message.plugin_data
        match data.get("videoroom"):
            case (
                "destroyed"
            ):  # by somebody else: sessions of a room that ends here have left Janus before it goes there
                self._engine.members.close(self.room, Code.ROOM_DESTROYED, self._services.clock())
            case "slow_link":
                body = {"class": "slow_link", "bitrate": data.get("current-bitrate", 0)}
                self._engine.members.status(self.room, body)
            case _:
                pass

    # In the shared room

    def _subscribe(self) -> Steps[None]:
        mirror = yield from self._attachment.link.attach(VIDEOROOM, self._on_mirror)
        attached = yield mirror.ask(
            "join",
            ptype="subscriber",
            room=self._engine.rooms.number(self.room),
            autoupdate=False,
            streams=[{"feed": self._feed.id}],
        )
        self._mirror = mirror
        muted = {"mute_audio": self._muted[TrackKind.AUDIO], "mute_video": self._muted[TrackKind.VIDEO]}
        self.command = msgspec.structs.replace(self.command, **muted, use_audio=True, use_video=True)
        super()._negotiate(Description.parse(attached["jsep"]), self._services.clock())

    def _sends(self, track: Track) -> None:
        """Janus itself says so of the client."""

    def _on_mirror(self, message: Message) -> None:
        if message.janus == "hangup":
            self.stop(self.lost, self._services.clock())

    def _on_peer_state(self, state: str, now: float) -> None:
        """Of our subscription, which is nothing that the client is told of."""
        if state in ("connected", "disconnected"):
            self._silent_since = None if state == "connected" else now
            self.schedule()
        else:
            self.stop(self.lost, now)


def _asked(handle: Handle, **body: Any) -> Steps[None]:
    yield handle.ask("configure", **body)


def _started(handle: Handle, answer: str) -> Steps[None]:
    yield handle.ask("start", answer=answer)
