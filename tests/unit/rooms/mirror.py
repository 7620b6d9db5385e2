"""What an outsider knows of a room who is told its events and never looks inside."""

from roomful.rooms.events import (
    Fact,
    ParticipantJoined,
    ParticipantLeft,
    ParticipantUpdated,
    RoomClosed,
    RoomEvent,
    SpeakersChanged,
    TrackMuted,
    TrackPublished,
    TrackUnpublished,
    Transient,
)


class Mirror:
    """Follows a room event by event and fails on the first one that cannot follow what was told before."""

    def __init__(self) -> None:
        self.participants: dict[str, str] = {}
        """Sid → identity."""
        self.tracks: dict[str, str] = {}
        """Published track sid → publisher."""
        self.toggled: dict[str, bool] = {}
        """Track sid → muted, where it was told."""
        self.speaking: dict[str, float] = {}
        self.facts: list[Fact] = []
        self.closed = False

    @property
    def last(self) -> int:
        return self.facts[-1].offset if self.facts else 0

    def observe(self, event: RoomEvent) -> None:
        assert not self.closed, "an event after the last"
        match event:
            case Fact():
                assert event.offset == self.last + 1, "a gap in the log"
                self.facts.append(event)
            case Transient():
                assert event.offset == self.last, "a transient event belongs to the fact before it"
            case _:
                raise AssertionError(f"{event} is neither fact nor transient")
        self._follow(event)

    def _follow(self, event: RoomEvent) -> None:
        match event:
            case ParticipantJoined(sid=sid, identity=identity):
                assert identity not in self.participants.values(), "two participants with one identity"
                self.participants[sid] = identity
            case ParticipantLeft(sid=sid, identity=identity):
                assert self.participants.pop(sid) == identity
                assert sid not in self.tracks.values(), "tracks outlive their publisher"
                self.speaking.pop(sid, None)
            case ParticipantUpdated(sid=sid, changed=changed):
                assert sid in self.participants
                if "visibility" in changed:
                    self.speaking.pop(sid, None)
            case TrackPublished(sid=sid, publisher=publisher):
                assert publisher in self.participants, "a track without publisher"
                assert sid not in self.tracks
                self.tracks[sid] = publisher
            case TrackUnpublished(sid=sid, publisher=publisher):
                assert self.tracks.pop(sid) == publisher
                self.toggled.pop(sid, None)
            case TrackMuted(sid=sid, muted=muted):
                self.toggled[sid] = muted
            case SpeakersChanged(speakers=speakers):
                for speaker in speakers:
                    assert speaker.sid in self.participants
                    assert speaker.active == (speaker.level > 0)
                    if speaker.active:
                        self.speaking[speaker.sid] = speaker.level
                    else:
                        del self.speaking[speaker.sid]
            case RoomClosed():
                self.closed = True
                assert not self.participants
                assert not self.tracks
            case _:
                pass
