"""What `rtc_client` prints: one JSON object per line, told apart by `type`. Times are seconds of CLOCK_MONOTONIC."""

from typing import Literal

import msgspec

Kind = Literal["audio", "video"]


class _Message(msgspec.Struct, frozen=True, tag_field="type", kw_only=True):
    at: float
    """When it was seen; the clock is the same for all processes of a machine."""


class Connected(_Message, frozen=True, tag="connected", kw_only=True):
    """The room is joined. Those who were there before follow as ParticipantJoined."""

    identity: str
    sid: str


class Publishing(_Message, frozen=True, tag="publishing", kw_only=True):
    """Everything the client was told to publish is published. Said once, after Connected, even if it is nothing."""

    tracks: tuple[str, ...]


class Reconnecting(_Message, frozen=True, tag="reconnecting"):
    """The SDK has noticed that the connection is gone."""


class Reconnected(_Message, frozen=True, tag="reconnected"):
    """The SDK has its connection back, by a resume or by joining anew."""


class Disconnected(_Message, frozen=True, tag="disconnected", kw_only=True):
    """The session is over."""

    reason: str
    """Name of a DisconnectReason of the LiveKit protocol."""


class Failed(_Message, frozen=True, tag="failed", kw_only=True):
    """The room could not be joined; the program ends."""

    reason: str


class ParticipantJoined(_Message, frozen=True, tag="participant_joined", kw_only=True):
    """Somebody else is in the room."""

    identity: str
    sid: str


class ParticipantLeft(_Message, frozen=True, tag="participant_left", kw_only=True):
    """Somebody else is no longer in the room."""

    identity: str
    sid: str


class TrackSubscribed(_Message, frozen=True, tag="track_subscribed", kw_only=True):
    """A track of somebody else is coming."""

    identity: str
    track: str
    kind: Kind


class TrackUnsubscribed(_Message, frozen=True, tag="track_unsubscribed", kw_only=True):
    """A track of somebody else is not coming any more."""

    identity: str
    track: str


class TrackStuck(_Message, frozen=True, tag="track_stuck", kw_only=True):
    """The SDK decodes the track and hands out no frame; the client unsubscribes from it and subscribes anew.

    About one video track in a hundred is born so, if it is there at the moment of joining (SDK 1.2.0, any server).
    """

    identity: str
    track: str


class TrackMuted(_Message, frozen=True, tag="track_muted", kw_only=True):
    """A track is silent from now on: its publisher, or the server, has muted it."""

    identity: str
    track: str


class TrackUnmuted(_Message, frozen=True, tag="track_unmuted", kw_only=True):
    """A track is no longer muted."""

    identity: str
    track: str


class Received(msgspec.Struct, frozen=True):
    """What WebRTC counts for one remote track (W3C webrtc-stats, inbound-rtp)."""

    packets: int = 0
    lost: int = 0
    """Packets that have not come, in the view of the receiver; negative when some come after all."""
    nacks: int = 0
    """Requests to send packets again."""
    decoded: int = 0
    """Video frames decoded, whether or not the program got to see them."""
    keyframe_requests: int = 0
    """Picture loss indications sent."""

    def __sub__(self, earlier: "Received") -> "Received":
        """What was counted since `earlier`."""
        return Received(*(getattr(self, name) - getattr(earlier, name) for name in self.__struct_fields__))


class TrackReport(msgspec.Struct, frozen=True):
    """What came of one remote track in one interval."""

    identity: str
    """Who publishes it."""
    track: str
    kind: Kind
    frames: int
    """Frames decoded. An audio decoder makes frames of nothing, too: judge audio by its energy."""
    largest_gap: float
    """Longest time without a frame that ended in the interval or is still going on at its end, in seconds."""
    energy: float
    """Root mean square of the audio samples, full scale is 1; 0 for video."""
    width: int
    height: int
    """Pixels of the last video frame; 0 before it and for audio."""
    received: Received
    """What the network brought, in the interval."""


class MediaReport(_Message, frozen=True, tag="media", kw_only=True):
    """All remote tracks since the last report."""

    interval: float
    """Seconds."""
    tracks: tuple[TrackReport, ...]


Message = (
    Connected
    | Publishing
    | Reconnecting
    | Reconnected
    | Disconnected
    | Failed
    | ParticipantJoined
    | ParticipantLeft
    | TrackSubscribed
    | TrackUnsubscribed
    | TrackStuck
    | TrackMuted
    | TrackUnmuted
    | MediaReport
)
