"""What happens in a room, one frozen struct per fact.

A *fact* gets the next offset and stays in the room's log for those who read later. A *transient* event (data, loudness,
quality) would only push facts out of a bounded log: it is delivered once, and its offset is that of the fact before it.

An event names things by sid; the live objects are in the room. What is gone by the time the event is read travels as a
snapshot. All events about hidden participants are delivered too: who translates them for others has to leave them out.
"""

from typing import Any

import msgspec

from roomful.rooms.bans import Ban
from roomful.rooms.chat import ChatMessage, ChatMute
from roomful.rooms.lobby import LobbyOutcome, Waiting
from roomful.rooms.model import DataKind, LeaveReason, MediaKind, ParticipantKind, Quality, UnpublishReason
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
    """`changed`: some of `name`, `metadata`, `attributes`, `permission`, `visibility` (`hidden` was toggled), `role`,
    `chat_muted`, `force_muted`, `media`, `extra`, `receiving`."""

    sid: str
    changed: frozenset[str]
    by: str = ""
    """User id of who did it, or `system`; empty: not said."""


class UserAway(Fact, frozen=True, kw_only=True):
    """Its connection is lost, and may come back; or it has come back."""

    sid: str
    away: bool


class Departure(msgspec.Struct, frozen=True, kw_only=True):
    """Why somebody had to go, in the words of those who are told about it."""

    word: str
    """`kicked`, `banned`, `heartbeat_timeout`, `token_expired`, …"""
    by: str = ""
    """User id, or `system`."""
    note: str = ""
    """For people."""
    closes: bool = True
    """Whether the connection ends with it."""


class ParticipantLeft(Fact, frozen=True, kw_only=True):
    """Somebody is gone, after its tracks. `replaced`: a new session of the same identity follows at once."""

    sid: str
    identity: str
    reason: LeaveReason
    replaced: bool
    participant: ParticipantSnapshot
    departure: Departure | None = None
    """Beside the reason, where there is more to say."""


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
    """`changed`: some of `metadata`, `num_participants`, `num_publishers`, `active_recording`, `name`, `owner`,
    `locked`, `lobby_enabled`, `slow_mode`, `chat_muted_all`, `recording`, `password`."""

    changed: frozenset[str]
    by: str = ""
    """User id of who did it, or `system`; empty: not said."""
    note: str = ""
    """Why, where it went wrong: the recording failed."""
    files: tuple[str, ...] = ()
    """Of a recording that ends."""


class TargetRecording(Fact, frozen=True, kw_only=True):
    """A part of the room is recorded from now on, or no longer; see `RoomUpdated` for all of it."""

    target: str
    """A user id, or a stream path."""
    recording: bool
    by: str
    note: str
    files: tuple[str, ...]


class BanAdded(Fact, frozen=True, kw_only=True):
    """Somebody is kept out from now on; if it was in, it leaves next."""

    ban: Ban


class BanRemoved(Fact, frozen=True, kw_only=True):
    user_id: str
    by: str


class ChatMuteAdded(Fact, frozen=True, kw_only=True):
    """Somebody, or everybody (`*`), may not write."""

    mute: ChatMute


class ChatMuteRemoved(Fact, frozen=True, kw_only=True):
    user_id: str
    by: str


class ForceMuted(Fact, frozen=True, kw_only=True):
    """A host has the server drop what a user sends, or lets it through again. The tracks' own events follow."""

    user_id: str
    kind: MediaKind
    on: bool
    by: str


class LobbyEntered(Fact, frozen=True, kw_only=True):
    """Somebody waits to be let in."""

    waiting: Waiting


class LobbyLeft(Fact, frozen=True, kw_only=True):
    """A wait is over. Whoever is ADMITTED joins next."""

    waiting: Waiting
    outcome: LobbyOutcome
    by: str = ""
    note: str = ""


class ChatSent(Transient, frozen=True, kw_only=True):
    """A chat message, told to the sender too. The newest public ones stay in the room's history, not in its log."""

    message: ChatMessage
    recipients: frozenset[str] | None
    """Sids that get it, the sender's among them; None: everybody."""
    carried_by: str = ""
    """Protocol whose own clients have got it already."""


class PluginMessage(Transient, frozen=True, kw_only=True):
    """A message of an extension, for clients. Protocols encode it once for all of theirs."""

    message: dict[str, Any]
    """`action` and its fields."""
    json: bytes
    """The message, encoded."""
    recipients: frozenset[str] | None
    """Sids, of those who wait in the lobby too; None: all participants, nobody in the lobby."""


class SubscriptionPermissionChanged(Fact, frozen=True, kw_only=True):
    """A publisher decided anew who may subscribe to its tracks: everybody's desired subscriptions may differ now."""

    publisher: str


class MixerChanged(Fact, frozen=True, kw_only=True):
    """From now on everybody receives only what this participant publishes, or everybody's tracks again.

    All desired subscriptions may differ now.
    """

    mixer: str
    """Sid; empty: nobody mixes."""


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
    departure: Departure | None = None
    """`word`: host, admin, empty, timeout, ended, shutdown."""


class RoomClosed(Fact, frozen=True, kw_only=True):
    """The last event of a room. It is empty."""

    reason: LeaveReason
    departure: Departure | None = None


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
