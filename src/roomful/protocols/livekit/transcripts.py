"""What is said, as LiveKit clients are told: a transcription packet and a text stream. specs/livekit.md §3.22.

Both, because `RoomEvent.TranscriptionReceived` listens to the one, and agents' components to the other.
"""

from livekit.protocol import models

from roomful.rooms.ids import new_id
from roomful.rooms.transcripts import TranscriptSegment

TOPIC = "lk.transcription"
SEGMENT_ID, TRACK_ID, FINAL = "lk.segment_id", "lk.transcribed_track_id", "lk.transcription_final"


def packets(segment: TranscriptSegment, *, final: bool, at: float) -> list[bytes]:
    """The packets in the order in which they are sent, all of them in the speaker's name; `at` is unix seconds.

    Each interim text is a stream of its own, which the attributes tie together.
    """
    stream = models.DataStream
    text = segment.text.encode()
    stream_id = new_id("TS_")
    header = stream.Header(
        stream_id=stream_id,
        timestamp=int(at * 1000),
        topic=TOPIC,
        mime_type="text/plain",
        total_length=len(text),
        attributes={SEGMENT_ID: segment.id, TRACK_ID: segment.track, FINAL: "true" if final else "false"},
        text_header=stream.TextHeader(operation_type=stream.OperationType.CREATE, generated=True),
    )
    return [
        _packet(segment, transcription=_transcription(segment, final)),
        _packet(segment, stream_header=header),
        _packet(segment, stream_chunk=stream.Chunk(stream_id=stream_id, chunk_index=0, content=text)),
        _packet(segment, stream_trailer=stream.Trailer(stream_id=stream_id)),
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


def _packet(
    segment: TranscriptSegment,
    *,
    transcription: models.Transcription | None = None,
    stream_header: models.DataStream.Header | None = None,
    stream_chunk: models.DataStream.Chunk | None = None,
    stream_trailer: models.DataStream.Trailer | None = None,
) -> bytes:
    return models.DataPacket(
        kind=models.DataPacket.Kind.RELIABLE,
        participant_identity=segment.identity,
        participant_sid=segment.speaker,
        transcription=transcription,
        stream_header=stream_header,
        stream_chunk=stream_chunk,
        stream_trailer=stream_trailer,
    ).SerializeToString()
