"""A server with rooms and people in them, and a clock that is moved by hand."""

from collections.abc import Callable
from typing import Any

from livekit.protocol import models, rtc

from roomful._native import Event
from roomful.auth.grants import Grant, VideoGrant
from roomful.extensions.dialogue import Dialogue
from roomful.protocols.livekit.connect import ConnectRequest
from roomful.protocols.livekit.links import Services, Settings
from roomful.protocols.livekit.session import Session
from roomful.protocols.livekit.sessions import Sessions
from roomful.protocols.livekit.timers import Timers
from roomful.rooms.options import RoomDefaults, RoomOptions
from roomful.rooms.participant import Participant
from roomful.rooms.registry import Rooms
from roomful.rooms.room import Room
from roomful.rooms.tracks import Track

from .recording import Client, RecordingMedia

START = 1_800_000_000.0
PROTOCOL = 17
OFFER = rtc.SessionDescription(type="offer", sdp="v=0 offer")


class Player:
    """A participant with a client, both ends in one hand."""

    def __init__(self, stage: "Stage", session: Session, client: Client) -> None:
        self.stage = stage
        self.session = session
        self.client = client

    @property
    def participant(self) -> Participant:
        return self.session.participant

    @property
    def sid(self) -> str:
        return self.participant.sid

    def ask(self, **request: Any) -> None:
        """Send a request, as `ask(mute=rtc.MuteTrackRequest(…))`."""
        self.session.receive(rtc.SignalRequest(**request), self.stage.now)

    def engine(self, event: Event) -> None:
        self.stage.media.tell(event)

    def go_active(self) -> "Player":
        """The media of the primary peer connection is up."""
        self.engine(Event.PeerState(peer=self.session.peers.primary, state="connected", reason=""))
        return self

    def open_channels(self) -> "Player":
        for label in ("_reliable", "_lossy"):
            self.engine(Event.ChannelOpen(peer=self.session.data_peer, label=label))
        return self

    def announce(self, cid: str = "cid", **fields: Any) -> str:
        """Announce a camera (or what `fields` say); returns the sid it got."""
        fields = {"type": models.TrackType.VIDEO, "source": models.TrackSource.CAMERA, **fields}
        self.ask(add_track=rtc.AddTrackRequest(cid=cid, **fields))
        published = self.client.last("track_published")
        assert published.cid == cid
        return published.track.sid

    def bind(self, track_sid: str, cid: str = "cid", *, mime: str = "video/VP8", rids: tuple[str, ...] = ()) -> Track:
        """Let the engine find the track in an offer."""
        peer = self.session.peers.publisher
        self.ask(offer=OFFER)
        self.engine(
            Event.TrackBound(peer=peer, track=track_sid, mid="0", cid=cid, sdp_cid=cid, mime=mime, rids=list(rids))
        )
        self.answered()
        return self.participant.tracks[track_sid]

    def publish(self, cid: str = "cid", *, rids: tuple[str, ...] = (), **fields: Any) -> Track:
        audio = fields.get("type") == models.TrackType.AUDIO
        return self.bind(self.announce(cid, **fields), cid, mime="audio/opus" if audio else "video/VP8", rids=rids)

    def publish_microphone(self, cid: str = "mic") -> Track:
        return self.publish(cid, type=models.TrackType.AUDIO, source=models.TrackSource.MICROPHONE)

    def answered(self, **assigned: str) -> None:
        """Let the engine answer the latest offer of this client; `_0="TR_x"` puts a track into section 0."""
        command = [c for c in self.stage.media.named("accept_offer") if c.peer == self.session.peers.publisher][-1]
        mids = {mid.removeprefix("_"): track for mid, track in assigned.items()}
        self.engine(
            Event.Answered(
                peer=command.peer, request=command.request, sdp="v=0 answer", mid_to_track=mids, candidates=[]
            )
        )

    def offered(self, **assigned: str) -> rtc.SessionDescription:
        """Let the engine make the offer it was last asked for; returns what the client got."""
        command = [c for c in self.stage.media.named("create_offer") if c.peer == self.session.peers.subscriber][-1]
        mids = {mid.removeprefix("_"): track for mid, track in assigned.items()}
        self.engine(
            Event.Offered(peer=command.peer, request=command.request, sdp="v=0 offer", mid_to_track=mids, candidates=[])
        )
        return self.client.last("offer")

    def answer(self, offer: rtc.SessionDescription) -> None:
        self.ask(answer=rtc.SessionDescription(type="answer", sdp="v=0 answer", id=offer.id))

    def vanish(self) -> None:
        """The signal connection breaks."""
        connection = self.session.connection
        assert connection is not None
        self.session.on_signal_lost(connection, self.stage.now)


class Stage:
    """Rooms, sessions, a recording engine and a clock."""

    def __init__(
        self,
        *,
        settings: Settings | None = None,
        defaults: RoomDefaults | None = None,
        dialogue_for: "Callable[[Stage], Dialogue] | None" = None,
    ) -> None:
        self.now = START
        self.media = RecordingMedia()
        self.timers = Timers()
        self.rooms = Rooms(defaults or RoomDefaults())
        self.minted: list[tuple[Grant, float]] = []
        self.reported: list[tuple[str, str, dict[str, Any]]] = []
        """What clients measured: room, identity, heartbeat."""
        services = Services(
            media=self.media,
            timers=self.timers,
            mint=self._mint,
            settings=settings or Settings(),
            dialogue=dialogue_for(self) if dialogue_for is not None else None,
            report=lambda room, who, heartbeat: self.reported.append((room.name, who.identity, heartbeat)),
        )
        self.sessions = Sessions(services, self.rooms, lambda grant: RoomOptions(), lambda: self.now)

    @property
    def room(self) -> Room:
        room = self.rooms.get("room")
        assert room is not None
        return room

    def join(
        self,
        identity: str,
        *,
        single: bool = True,
        protocol: int = PROTOCOL,
        active: bool = True,
        client: models.ClientInfo | None = None,
        grant: Grant | None = None,
        **fields: Any,
    ) -> Player:
        """Somebody joins; `active`: its media is up. `fields` are those of ConnectRequest and VideoGrant."""
        of_connect = {name: fields.pop(name) for name in list(fields) if name in ConnectRequest.__struct_fields__}
        connect = ConnectRequest(
            single=single,
            client=client or models.ClientInfo(protocol=protocol),
            **{"auto_subscribe": True, **of_connect},
        )
        endpoint = Client()
        session = self.sessions.join(connect, grant or self.grant(identity, **fields), endpoint, self.now)
        player = Player(self, session, endpoint)
        if active:
            if session.peers.primary not in self.media.handlers:
                player.ask(offer=OFFER)
                player.answered()
            player.go_active().open_channels()
        return player

    def resume(self, player: Player, *, room: str = "room", identity: str = "", **fields: Any) -> Client:
        """The player's client connects again; returns the new end. The player goes on with it if that worked."""
        connect = ConnectRequest(
            single=player.session.single,
            auto_subscribe=True,
            reconnect=True,
            **{
                "client": models.ClientInfo(protocol=player.session.protocol),
                "participant_sid": player.sid,
                **fields,
            },
        )
        endpoint = Client()
        grant = self.grant(identity or player.participant.identity, room=room)
        if self.sessions.resume(connect, grant, endpoint, self.now) is not None:
            player.client = endpoint
        return endpoint

    def grant(self, identity: str, **video: Any) -> Grant:
        rights = {"room_join": True, "room": "room", **video}
        return Grant(identity=identity, name=identity.upper(), video=VideoGrant(**rights), expires_at=START + 3600)

    def advance(self, seconds: float) -> None:
        """Let time pass, and everything happen that is due on the way."""
        until = self.now + seconds
        while (due := self._next(until)) is not None:
            self.now = max(self.now, due)
            self.timers.tick(self.now)
            self.rooms.tick(self.now)
        self.now = until

    def _next(self, until: float) -> float | None:
        times = [time for time in (self.timers.next_due(), self.rooms.next_tick()) if time is not None]
        return min((time for time in times if time <= until), default=None)

    def _mint(self, grant: Grant, ttl: float, now: float) -> str:
        self.minted.append((grant, ttl))
        return f"token-{len(self.minted)}"
