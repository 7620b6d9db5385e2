"""Texts as LiveKit's data streams carry them: a header, chunks and a trailer. specs/livekit.md §3.21."""

from collections.abc import Mapping

from livekit.protocol import models

from roomful.rooms.ids import new_id

_stream = models.DataStream


def packets(
    text: str,
    topic: str,
    at: float,
    *,
    sid: str,
    identity: str,
    stream_id: str = "",
    attributes: Mapping[str, str] | None = None,
    generated: bool = False,
) -> list[bytes]:
    """The packets of a whole text in the name of a participant, in the order in which they are sent."""
    content = text.encode("utf-8", "replace")
    stream_id = stream_id or new_id("TS_")
    header = _stream.Header(
        stream_id=stream_id,
        timestamp=int(at * 1000),
        topic=topic,
        mime_type="text/plain",
        total_length=len(content),
        attributes=attributes or {},
        text_header=_stream.TextHeader(operation_type=_stream.OperationType.CREATE, generated=generated),
    )
    chunk = _stream.Chunk(stream_id=stream_id, chunk_index=0, content=content)
    parts = (
        models.DataPacket(stream_header=header),
        models.DataPacket(stream_chunk=chunk),
        models.DataPacket(stream_trailer=_stream.Trailer(stream_id=stream_id)),
    )
    for part in parts:
        part.kind = models.DataPacket.Kind.RELIABLE
        part.participant_sid, part.participant_identity = sid, identity
    return [part.SerializeToString() for part in parts]
