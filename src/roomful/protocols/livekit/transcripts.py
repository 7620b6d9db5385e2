"""What is said, as LiveKit clients are told: a transcription packet and a text stream. specs/livekit.md §3.22.

Both, because `RoomEvent.TranscriptionReceived` listens to the one, and agents' components to the other.
"""

from livekit.protocol import models

from roomful.protocols.livekit import text_streams
from roomful.rooms.transcripts import TranscriptSegment

TOPIC = "lk.transcription"
SEGMENT_ID, TRACK_ID, FINAL = "lk.segment_id", "lk.transcribed_track_id", "lk.transcription_final"


def packets(segment: TranscriptSegment, *, final: bool, at: float) -> list[bytes]:
    """The packets in the order in which they are sent, all of them in the speaker's name; `at` is unix seconds.

    Each interim text is a stream of its own, which the attributes tie together.
    """
    return [
        _packet(segment, final),
        *text_streams.packets(
            segment.text,
            TOPIC,
            at,
            sid=segment.speaker,
            identity=segment.identity,
            attributes={SEGMENT_ID: segment.id, TRACK_ID: segment.track, FINAL: "true" if final else "false"},
            generated=True,
        ),
    ]


def _transcription(segment: TranscriptSegment, final: bool) -> models.Transcription:
    """Times are milliseconds since the Unix epoch."""
    told = models.TranscriptionSegment(
        id=segment.id,
        text=segment.text,
        start_time=int(segment.start * 1000),
        end_time=int(segment.end * 1000),
        final=final,
        language=segment.language,
    )
    return models.Transcription(
        transcribed_participant_identity=segment.identity, track_id=segment.track, segments=[told]
    )


def _packet(segment: TranscriptSegment, final: bool) -> bytes:
    return models.DataPacket(
        kind=models.DataPacket.Kind.RELIABLE,
        participant_identity=segment.identity,
        participant_sid=segment.speaker,
        transcription=_transcription(segment, final),
    ).SerializeToString()
