"""Data tracks: frames of bytes, each from one participant to those who subscribe. specs/livekit.md §3.23.

They are LiveKit's own: clients of other protocols neither publish nor get them.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import msgspec
from livekit.protocol import models, rtc

from roomful.protocols.livekit.data import DATA_TRACK
from roomful.protocols.livekit.data_track_packets import CLOCK_RATE, Packet
from roomful.protocols.livekit.responses import Reason, Refused
from roomful.protocols.livekit.roster import Roster
from roomful.rooms.ids import new_id
from roomful.rooms.participant import Participant
from roomful.rooms.room import Room

if TYPE_CHECKING:
    from roomful.protocols.livekit.session import Session

HANDLES = range(1, 1 << 16)
MAX_NAME = 256
MAX_ENCODING_NAME = 32
"""Characters, of an encoding that is none of the well-known ones."""
MAX_TRACKS = 256
"""Of one participant."""


class Thinning:
    """Lets so many frames per second pass: whole ones, chosen by their own times."""

    def __init__(self, frames_per_second: int) -> None:
        self._ticks = CLOCK_RATE // frames_per_second
        self._passed: tuple[int, int] | None = None
        """Number and time of the last frame that passed."""

    def passes(self, packet: Packet) -> bool:
        if packet.starts_frame and (
            self._passed is None or (packet.timestamp - self._passed[1]) % (1 << 32) >= self._ticks
        ):
            self._passed = (packet.frame, packet.timestamp)
        return self._passed is not None and self._passed[0] == packet.frame


class DataTrack(msgspec.Struct):
    """One track and who gets it."""

    publisher: str
    """Sid of the participant."""
    handle: int
    """By which every subscriber knows it; the publisher has one of its own."""
    info: models.DataTrackInfo
    subscribers: dict[str, Thinning | None] = {}
    """By sid of the participant."""


class DataTracks:
    """Those of one room."""

    def __init__(self, room: Room, roster: Roster, send: Callable[[list[int], str, bytes], None]) -> None:
        """`send` takes a message for some peers, with the channel that it goes over."""
        self._room = room
        self._roster = roster
        self._send = send
        self._tracks: dict[str, DataTrack] = {}
        """By sid."""
        self._of: dict[str, dict[int, DataTrack]] = {}
        """By sid of the publisher, then by its own handle."""
        self._last_handle = 0

    def publish(self, session: "Session", request: rtc.PublishDataTrackRequest) -> None:
        """Publish a track and answer. Raises Refused."""
        sid = session.participant.sid
        own = self._of.get(sid, {})
        self._check(session, request, own)
        info = models.DataTrackInfo(
            pub_handle=request.pub_handle, sid=new_id("DTR_"), name=request.name, encryption=request.encryption
        )
        for field in ("frame_encoding", "schema"):
            if request.HasField(field):
                getattr(info, field).CopyFrom(getattr(request, field))
        track = DataTrack(publisher=sid, handle=self._free_handle(), info=info)
        self._tracks[info.sid] = self._of.setdefault(sid, {})[info.pub_handle] = track
        session.send(rtc.SignalResponse(publish_data_track_response=rtc.PublishDataTrackResponse(info=info)))
        self._tell_everybody(session.participant)
        for other in list(self._roster.sessions.values()):
            if other.subscribes_to_data and other is not session:
                self._subscribe(other, [track])

    def unpublish(self, session: "Session", request: rtc.UnpublishDataTrackRequest) -> None:
        """Take a track away and answer. Raises Refused."""
        track = self._of.get(session.participant.sid, {}).get(request.pub_handle)
        if track is None:
            raise Refused(Reason.INVALID_HANDLE, f"nothing is published as {request.pub_handle}")
        self._take_away(session, [track])

    def lose(self, session: "Session") -> None:
        """The participant may not publish data any more."""
        own = list(self._of.get(session.participant.sid, {}).values())
        if own:
            self._take_away(session, own)

    def knows(self, session: "Session", infos: Iterable[models.DataTrackInfo]) -> bool:
        """Say whether a client publishes all of these."""
        own = {track.info.sid for track in self._of.get(session.participant.sid, {}).values()}
        return own.issuperset(info.sid for info in infos)

    def begin(self, session: "Session") -> None:
        """Subscribe a newcomer to everything, if it wants that."""
        if session.subscribes_to_data and self._tracks:
            self._subscribe(session, self._tracks.values())

    def left(self, sid: str) -> None:
        """A participant has gone, with what it published and subscribed to."""
        self._remove(list(self._of.get(sid, {}).values()))
        for track in self._tracks.values():
            track.subscribers.pop(sid, None)

    def update(self, session: "Session", request: rtc.UpdateDataSubscription) -> None:
        """Subscribe, or cancel subscriptions. What is not there, or is no longer, is passed over."""
        sid = session.participant.sid
        for update in request.updates:
            track = self._tracks.get(update.track_sid)
            if track is None or track.publisher == sid:
                continue
            if update.subscribe and session.participant.permission.can_subscribe:
                rate = update.options.target_fps
                track.subscribers[sid] = Thinning(min(rate, CLOCK_RATE)) if rate else None
            else:
                track.subscribers.pop(sid, None)
        self.tell_handles(session)

    def tell_handles(self, session: "Session") -> None:
        """Tell a client by which handles it knows what it subscribes to: all of them, each time."""
        handles = rtc.DataTrackSubscriberHandles()
        for track in self._tracks.values():
            publisher = self._room.participants.get(track.publisher)
            if session.participant.sid in track.subscribers and publisher is not None:
                told = handles.sub_handles[track.handle]
                told.publisher_identity, told.publisher_sid = publisher.identity, publisher.sid
                told.track_sid = track.info.sid
        session.send(rtc.SignalResponse(data_track_subscriber_handles=handles))

    def repeat(self, session: "Session") -> None:
        """Tell a client that comes back what it may have missed."""
        if any(session.participant.sid in track.subscribers for track in self._tracks.values()):
            self.tell_handles(session)

    def forward(self, session: "Session", data: bytes) -> None:
        """Pass a packet on to the subscribers of its track. What is no packet, or of no track, is dropped."""
        own = self._of.get(session.participant.sid)
        if own is None:
            return
        try:
            packet = Packet(data)
        except ValueError:
            return
        track = own.get(packet.handle)
        if track is None or not track.subscribers:
            return
        peers = [
            subscriber.data_peer
            for sid, thinning in track.subscribers.items()
            if (subscriber := self._roster.sessions.get(sid)) is not None
            and DATA_TRACK in subscriber.channels
            and (thinning is None or thinning.passes(packet))
        ]
        if peers:
            self._send(peers, DATA_TRACK, packet.sent_on(track.handle, track.publisher))

    def _check(self, session: "Session", request: rtc.PublishDataTrackRequest, own: dict[int, DataTrack]) -> None:
        if not session.services.settings.data_tracks:
            raise Refused(Reason.NOT_ALLOWED, "data tracks are switched off (enable_data_tracks)")
        if not session.participant.permission.can_publish_data:
            raise Refused(Reason.NOT_ALLOWED, "the token does not allow to publish data")
        if request.pub_handle not in HANDLES:
            raise Refused(Reason.INVALID_HANDLE, f"a handle is from {HANDLES[0]} to {HANDLES[-1]}")
        if not 0 < len(request.name) <= MAX_NAME:
            raise Refused(Reason.INVALID_NAME, f"a name has 1 to {MAX_NAME} characters")
        if max(len(request.frame_encoding.custom), len(request.schema.encoding.custom)) > MAX_ENCODING_NAME:
            raise Refused(Reason.INVALID_REQUEST, f"an encoding's name has {MAX_ENCODING_NAME} characters")
        if len(request.schema.name) > MAX_NAME:
            raise Refused(Reason.INVALID_REQUEST, f"a schema's name has {MAX_NAME} characters")
        if request.pub_handle in own:
            raise Refused(Reason.DUPLICATE_HANDLE, f"{request.pub_handle} is published already")
        if any(track.info.name == request.name for track in own.values()):
            raise Refused(Reason.DUPLICATE_NAME, f"{request.name!r} is published already")
        if len(own) >= MAX_TRACKS or len(self._tracks) >= len(HANDLES):
            raise Refused(Reason.LIMIT_EXCEEDED, f"{MAX_TRACKS} data tracks are the most")

    def _free_handle(self) -> int:
        """One that was not in use for long: packets of an old track are not to be taken for a new one's."""
        used = {track.handle for track in self._tracks.values()}
        while True:
            self._last_handle = self._last_handle % HANDLES[-1] + 1
            if self._last_handle not in used:
                return self._last_handle

    def _take_away(self, session: "Session", tracks: list[DataTrack]) -> None:
        """End tracks of a participant, and tell it and everybody else."""
        self._remove(tracks)
        for track in tracks:
            gone = rtc.UnpublishDataTrackResponse(info=track.info)
            session.send(rtc.SignalResponse(unpublish_data_track_response=gone))
        self._tell_everybody(session.participant)

    def _tell_everybody(self, publisher: Participant) -> None:
        infos = [track.info for track in self._of.get(publisher.sid, {}).values()]
        self._roster.set_data_tracks(publisher, infos)

    def _subscribe(self, session: "Session", tracks: Iterable[DataTrack]) -> None:
        if session.participant.permission.can_subscribe:
            for track in tracks:
                track.subscribers.setdefault(session.participant.sid, None)
            self.tell_handles(session)

    def _remove(self, tracks: list[DataTrack]) -> None:
        affected = {sid for track in tracks for sid in track.subscribers}
        for track in tracks:
            del self._tracks[track.info.sid]
            own = self._of[track.publisher]
            del own[track.info.pub_handle]
            if not own:
                del self._of[track.publisher]
        for sid in affected:
            subscriber = self._roster.sessions.get(sid)
            if subscriber is not None:
                self.tell_handles(subscriber)
