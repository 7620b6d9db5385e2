"""What happens in a room, one frozen struct per fact.

A *fact* gets the next offset and stays in the room's log for those who read later. A *transient* event (data, loudness,
quality) would only push facts out of a bounded log: it is delivered once, and its offset is that of the fact before it.

An event names things by sid; the live objects are in the room. What is gone by the time the event is read travels as a
snapshot. All events about hidden participants are delivered too: who translates them for others has to leave them out.
"""

import msgspec

from roomful.rooms.model import DataKind, LeaveReason, ParticipantKind, Quality, UnpublishReason
from roomful.rooms.participant import ParticipantSnapshot
from roomful.rooms.tracks import TrackSnapshot
from roomful.rooms.transcripts import Transcription, TranscriptSegment


class RoomEvent(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag=True):
    offset: int
    at: float
    """Unix seconds."""


class Fact(RoomEvent, frozen=True, kw_only=True):
    """Base of the events that are in the log."""


class Transient(RoomEvent, frozen=True, kw_only=True):
    """Base of the events that are delivered and forgotten."""


class ParticipantJoined(Fact, frozen=True, kw_only=True):
    """Somebody entered; state JOINING, no tracks yet."""

    sid: str
    identity: str
    name: str
    kind: ParticipantKind
    protocol: str
    hidden: bool


class ParticipantActive(Fact, frozen=True, kw_only=True):
    """Its media transport came up for the first time."""

    sid: str
    identity: str
    hidden: bool


class ParticipantUpdated(Fact, frozen=True, kw_only=True):
    """`changed`: some of `name`, `metadata`, `attributes`, `permission`, `visibility` (`hidden` was toggled)."""

    sid: str
    changed: frozenset[str]


class ParticipantLeft(Fact, frozen=True, kw_only=True):
    """Somebody is gone, after its tracks. `replaced`: a new session of the same identity follows at once."""

    sid: str
    identity: str
    reason: LeaveReason
    replaced: bool
    participant: ParticipantSnapshot


class TrackPublished(Fact, frozen=True, kw_only=True):
    """An announced track got its media line: others may know and subscribe to it."""

    sid: str
    publisher: str


class TrackUpdated(Fact, frozen=True, kw_only=True):
    """`changed`: some of `mime`, `mid`, `layers`, `simulcast`, `width`, `height`, `audio_features`, `announcement`."""

    sid: str
    publisher: str
    changed: frozenset[str]


class TrackMuted(Fact, frozen=True, kw_only=True):
    """Muted or unmuted. `by` is a participant sid or SERVER. Of an announced track only SERVER's mutes are told."""

    sid: str
    publisher: str
    muted: bool
    by: str


class TrackUnpublished(Fact, frozen=True, kw_only=True):
    """A published track is gone."""

    sid: str
    publisher: str
    reason: UnpublishReason
    track: TrackSnapshot


class TrackWithdrawn(Fact, frozen=True, kw_only=True):
    """An announced track is gone before it got media; nobody but its publisher ever knew it."""

    sid: str
    publisher: str
    reason: UnpublishReason


class RoomUpdated(Fact, frozen=True, kw_only=True):
    """`changed`: some of `metadata`, `num_participants`, `num_publishers`, `active_recording`."""

    changed: frozenset[str]


class SubscriptionPermissionChanged(Fact, frozen=True, kw_only=True):
    """A publisher decided anew who may subscribe to its tracks: everybody's desired subscriptions may differ now."""

    publisher: str


class TranscriptionChanged(Fact, frozen=True, kw_only=True):
    """A transcription has begun or ended, or its recognizer fails, or works again."""

    transcription: Transcription


class Transcribed(Fact, frozen=True, kw_only=True):
    """What somebody said. Segments come in the order in which they become known."""

    segment: TranscriptSegment


class TranscribedSoFar(Transient, frozen=True, kw_only=True):
    """What somebody seems to be saying. `Transcribed` follows with the same id, unless the recognizer fails."""

    segment: TranscriptSegment


class RoomClosing(Fact, frozen=True, kw_only=True):
    """The end begins: every session says good-bye to its client with this reason and stops observing the room.

    What follows (tracks unpublished, participants left, room closed) is for the book-keepers.
    """

    reason: LeaveReason


class RoomClosed(Fact, frozen=True, kw_only=True):
    """The last event of a room. It is empty."""

    reason: LeaveReason


class DataReceived(Transient, frozen=True, kw_only=True):
    """Bytes from a participant, or from the server, for others."""

    sender: str
    """Participant sid or SERVER."""
    identity: str
    """The sender's; empty for SERVER."""
    sender_hidden: bool
    """Do not tell receivers who sent it."""
    kind: DataKind
    topic: str
    payload: bytes
    envelope: str
    """Empty: the payload is plain application bytes. Else the name of a format that only some protocols read."""
    destinations: tuple[str, ...]
    """Identities as addressed by the sender; empty: everybody."""
    recipients: frozenset[str] | None
    """Sids that must get it; None: everybody but the sender."""
    attachment: object = None
    """What the sender's protocol tells sessions of its own kind beside the payload; the room never looks inside."""

    def is_for(self, sid: str) -> bool:
        """Say whether the participant gets this message; never true for the sender."""
        return sid != self.sender if self.recipients is None else sid in self.recipients


class Speaker(msgspec.Struct, frozen=True, kw_only=True):
    sid: str
    level: float
    """0 silent … 1 loudest, in steps of 1/8."""
    active: bool


class SpeakersChanged(Transient, frozen=True, kw_only=True):
    """Who began, changed or ceased to speak, loudest first."""

    speakers: tuple[Speaker, ...]


class ParticipantQuality(msgspec.Struct, frozen=True, kw_only=True):
    sid: str
    quality: Quality
    score: float
    """Mean opinion score, 1.0 … 4.5."""


class QualityChanged(Transient, frozen=True, kw_only=True):
    """At least one participant is new or in another class; all measured ones are listed, hidden ones too."""

    qualities: tuple[ParticipantQuality, ...]


class SubscriptionsChanged(Transient, frozen=True, kw_only=True):
    """A participant, or somebody for it, asked for tracks or turned them down."""

    subscriber: str
    tracks: tuple[str, ...]
    subscribed: bool


class SubscriptionExpired(Transient, frozen=True, kw_only=True):
    """A track that a participant asked for never appeared; its wish is forgotten."""

    subscriber: str
    track: str
