"""One member's voice, louder or more softly, with files mixed in: all in the same track.

Nothing else of the room is touched. While the mix runs, a guest of the server is heard in the member's place.
"""

import time
from collections.abc import Callable, Iterable

import msgspec

from roomful.media.ports.mixer import MixPlan
from roomful.media.ports.mixing.members import MemberSettings
from roomful.media.ports.mixing.mixed_room import MixedRoom, MixMedia
from roomful.rooms.events import ParticipantLeft, RoomEvent, TrackPublished
from roomful.rooms.model import TrackKind
from roomful.rooms.participant import JoinRequest, Participant
from roomful.rooms.room import Room
from roomful.rooms.tracks import Track


class VoiceMix(MixedRoom):
    """The mix of one member. It ends when the member leaves; whoever began it ends it when it changes nothing."""

    def __init__(
        self,
        media: MixMedia,
        room: Room,
        plan: MixPlan,
        member: Participant,
        on_over: Callable[[MixedRoom], None],
    ) -> None:
        super().__init__(media, room, msgspec.structs.replace(plan, video_codecs=()), on_over)
        self.member = member.sid
        self._name = member.name
        self._speaker = member.identity
        self._loudness = 0.0
        self.set_gain(0.0)
        self.desk.set_waiting(True)

    @property
    def changes_nothing(self) -> bool:
        """The voice is as it is without it."""
        return not (self._loudness or self.desk.playing)

    def set_gain(self, gain: float) -> None:
        """How loud the voice is, in dB."""
        self._loudness = gain
        self.desk.set_member(self._speaker, MemberSettings(always_mix=True, gain=gain))

    def stop(self, error: str = "") -> None:
        super().stop(error)
        self.desk.end_all(error)

    def _request(self) -> JoinRequest:
        return msgspec.structs.replace(super()._request(), name=self._name, announces=True)

    def _entered(self, sid: str) -> None:
        """It takes the member's place only with its first track: until then the member is heard, and files wait."""

    def _on_event(self, event: RoomEvent) -> None:
        if isinstance(event, ParticipantLeft) and event.sid == self.member:
            self.stop()
            return
        if isinstance(event, TrackPublished) and self._guest is not None and event.publisher == self._guest.sid:
            self._put(self._guest.sid)
        super()._on_event(event)

    async def _mix(self) -> str:
        try:
            return await super()._mix()
        finally:  # while there is no mixer, the member is heard
            if self.member in self.room.participants and self.room.is_open:
                self._put("")

    def _put(self, stand_in: str) -> None:
        """Let this guest be heard in the member's place, or the member itself."""
        self.room.set_stand_in(self.member, stand_in, time.time())
        self.desk.set_waiting(not stand_in)

    def _tracks(self) -> Iterable[Track]:
        member = self.room.participants.get(self.member)
        tracks = member.tracks.values() if member is not None else ()
        return (track for track in tracks if track.published and track.kind is TrackKind.AUDIO)
