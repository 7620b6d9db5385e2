"""Heartbeats from what the media engine measures, whatever protocol somebody speaks. specs/monibuca-rooms.md §9.2."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from roomful._native import Event, TrackStats
from roomful.reporting.clients import device_of
from roomful.reporting.visits import SERVER, milliseconds
from roomful.reporting.writer import ReportWriter
from roomful.rooms.model import MediaKind, TrackKind
from roomful.rooms.participant import Participant
from roomful.rooms.registry import Rooms
from roomful.rooms.room import Room
from roomful.rooms.stream_paths import StreamPath
from roomful.rooms.tracks import Track
from roomful.storage.reports import Measurements, StoredDownstream, StoredHeartbeat

FORGOTTEN_AFTER = 30.0
"""Seconds without news after which a peer's counters are forgotten; the engine tells of each every five."""


class Counted(NamedTuple):
    bytes: int
    frames: int
    expected: int
    lost: int
    flowing: bool
    """Not muted, and not paused for this receiver."""


class Flow(NamedTuple):
    """One track in one direction, over the time between two looks at its counters."""

    track: Track
    bitrate: int
    """Bit/s."""
    expected: int
    """Packets that should have arrived, as far as the receiver has told in that time."""
    lost: int
    jitter_ms: float
    frames: int
    fps: float | None
    """None: not to be told, as of what was muted for some of the time."""
    size: tuple[int, int]
    """Width and height, 0 where they are not known: of the layer that is received, or the largest that is sent."""


class Peer:
    """The counters of one peer connection as they were last."""

    def __init__(self) -> None:
        self.at = 0.0
        self.counted: dict[tuple[str, str], Counted] = {}


class Measuring:
    """Takes the engine's counters and makes heartbeats of them: one for each participant, whatever it has of peers."""

    def __init__(self, rooms: Rooms, writer: ReportWriter, clock: Callable[[], float]) -> None:
        self._rooms = rooms
        self._writer = writer
        self._clock = clock
        self._peers: dict[int, Peer] = {}
        self._fresh: dict[tuple[str, str], tuple[float, list[Flow]]] = {}
        """By room sid and participant sid: round trip in milliseconds, and what flows."""

    def on_stats(self, room_sid: str, participant: str, event: Event.PeerStats) -> None:
        """The engine tells of one peer of this participant."""
        room = self._rooms.by_sid(room_sid)
        if room is None or participant not in room.participants:
            return
        now = self._clock()
        peer = self._peers.setdefault(event.peer, Peer())
        elapsed, before = now - peer.at, peer.counted
        is_first = not peer.at
        peer.at = now
        peer.counted = {}
        rtt, flows = self._fresh.get((room_sid, participant), (0.0, []))
        for stats in event.tracks:
            key = stats.direction, stats.track
            track = room.tracks.get(stats.track)
            if track is None:
                continue
            flowing = not track.muted and (stats.direction == "in" or stats.spatial >= 0)
            peer.counted[key] = counted = Counted(stats.bytes, stats.frames, stats.expected, stats.lost, flowing)
            if not is_first and elapsed > 0:
                flows.append(_flow(track, stats, counted, before.get(key), elapsed))
        self._fresh[room_sid, participant] = max(rtt, event.rtt_ms), flows

    def tick(self, now: float) -> None:
        """Write what was measured since the last tick. Call it once a second."""
        fresh, self._fresh = self._fresh, {}
        for (room_sid, sid), (rtt, flows) in fresh.items():
            room = self._rooms.by_sid(room_sid)
            participant = room.participants.get(sid) if room is not None else None
            if room is not None and participant is not None and participant.is_member and flows:
                self._write(room, participant, rtt, flows, now)
        for number, peer in list(self._peers.items()):
            if peer.at < now - FORGOTTEN_AFTER:
                del self._peers[number]

    def _write(self, room: Room, participant: Participant, rtt: float, flows: list[Flow], now: float) -> None:
        at = milliseconds(now)
        sent = [flow for flow in flows if flow.track.publisher == participant.sid]
        heartbeat = StoredHeartbeat(
            id=self._writer.next_id(),
            room_id=room.name,
            user_id=participant.user_id,
            ts=at,
            source=SERVER,
            session_id=participant.sid,
            stream_path=str(StreamPath(room.name, participant.user_id)) if sent else "",
            **device_of(participant.client),
        )
        _fill(heartbeat, sent, rtt)
        # Video that was lost on its way here is sent again before the engine counts: sound tells how the line is.
        sound = [flow for flow in sent if flow.track.kind is TrackKind.AUDIO and flow.expected]
        if sound:
            heartbeat.packet_loss = _loss(sound)
        received: dict[str, list[Flow]] = {}
        for flow in flows:
            if flow.track.publisher != participant.sid:
                received.setdefault(flow.track.publisher, []).append(flow)
        downstream: list[StoredDownstream] = []
        for publisher_sid, parts in received.items():
            publisher = room.participants.get(publisher_sid)
            if publisher is None:
                continue
            row = StoredDownstream(
                id=self._writer.next_id(),
                heartbeat_id=heartbeat.id,
                room_id=room.name,
                user_id=participant.user_id,
                ts=at,
                publisher_id=publisher.user_id,
                stream_path=str(StreamPath(room.name, publisher.user_id)),
            )
            _fill(row, parts, rtt)
            downstream.append(row)
        self._writer.heartbeat(heartbeat, downstream)


def _flow(track: Track, stats: TrackStats, counted: Counted, last: Counted | None, elapsed: float) -> Flow:
    was = last or Counted(0, 0, 0, 0, flowing=False)
    expected = max(0, counted.expected - was.expected)
    frames = max(0, counted.frames - was.frames)
    return Flow(
        track=track,
        bitrate=round(8 * max(0, counted.bytes - was.bytes) / elapsed),
        expected=expected,
        lost=min(max(0, counted.lost - was.lost), expected),
        jitter_ms=stats.jitter_ms,
        frames=frames,
        fps=round(frames / elapsed, 1) if counted.flowing and was.flowing else None,
        size=_size(track, stats.spatial),
    )


def _size(track: Track, spatial: int) -> tuple[int, int]:
    if len(track.layers) > 1:
        for layer in track.layers:
            if layer.spatial == spatial and layer.width:
                return layer.width, layer.height
    return track.width, track.height


def _fill(row: Measurements, flows: Sequence[Flow], rtt: float) -> None:
    """Sums of bit rates; losses and jitter of all packets; size, codec and frames of the largest video, cameras first.

    The frame rate of a screen is not told: where nothing moves, few pictures are nothing to worry about.
    """
    video = [flow for flow in flows if flow.track.kind is TrackKind.VIDEO]
    audio = [flow for flow in flows if flow.track.kind is TrackKind.AUDIO]
    row.rtt_ms = round(rtt, 1) if rtt > 0 else None
    if not flows:
        return
    row.net_bitrate = sum(flow.bitrate for flow in flows)
    row.packet_loss = _loss(flows)
    row.jitter_ms = round(max(flow.jitter_ms for flow in flows), 2)
    if video:
        largest = max(video, key=lambda flow: (not _is_screen(flow), flow.size[0] * flow.size[1]))
        row.v_bitrate = sum(flow.bitrate for flow in video)
        row.v_width, row.v_height = largest.size[0] or None, largest.size[1] or None
        row.v_codec = _codec(largest.track)
        row.v_frames_processed = largest.frames
        row.v_fps = None if _is_screen(largest) else largest.fps
    if audio:
        row.a_bitrate = sum(flow.bitrate for flow in audio)
        row.a_codec = _codec(audio[0].track)


def _loss(flows: Sequence[Flow]) -> float | None:
    expected = sum(flow.expected for flow in flows)
    return round(sum(flow.lost for flow in flows) / expected, 5) if expected else None


def _is_screen(flow: Flow) -> bool:
    return flow.track.media_kind is MediaKind.SCREEN


def _codec(track: Track) -> str | None:
    return track.mime.partition("/")[2] or None
