"""Hands on what is said, and keeps it. specs/monibuca-rooms.md §7.6."""

from roomful.plugins.meeting.chair import Chair
from roomful.plugins.meeting.meeting import Meeting
from roomful.plugins.meeting.transcript import MAX_SEGMENTS, MAX_TEXT, Segment
from roomful.rooms.extension import Code, RoomApiError, TranscriptView


class Stenographer:
    """Writes for all meetings."""

    def __init__(self, chair: Chair) -> None:
        self._chair = chair

    async def write(self, meeting: Meeting, heard: TranscriptView, *, final: bool) -> None:
        """A recognizer understood something. What not everybody may hear goes to those who may, and nowhere else."""
        segment = Segment(
            segment_id=heard.segment_id,
            user_id=heard.user_id,
            user_name=heard.user_name,
            text=heard.text[:MAX_TEXT],
            language=heard.language or meeting.language,
            start_ms=meeting.offset_ms(heard.start),
            end_ms=meeting.offset_ms(heard.end),
        )
        if not segment.text:
            return
        if final and heard.readers is None:
            await self.keep(meeting, segment)
        await self._tell(meeting, segment, final=final, readers=heard.readers)

    async def take(self, meeting: Meeting, segment: Segment) -> bool:
        """An app understood something itself. False: it has said so before. Raises LIMIT_REACHED."""
        if await self._chair.archive.has_segment(meeting.key, segment.segment_id):
            return False
        if not await self.keep(meeting, segment):
            raise RoomApiError(Code.LIMIT_REACHED, f"a meeting has {MAX_SEGMENTS} segments at most")
        if self._chair.meetings.get(meeting.meeting_id) is meeting:
            await self._tell(meeting, segment, final=True, readers=None)
        return True

    async def keep(self, meeting: Meeting, segment: Segment) -> bool:
        """False: there is no more room."""
        if meeting.segments >= MAX_SEGMENTS:
            return False
        meeting.segments += 1
        await self._chair.archive.save_segment(meeting.key, segment)
        return True

    async def _tell(self, meeting: Meeting, segment: Segment, *, final: bool, readers: frozenset[str] | None) -> None:
        message = {
            "action": "transcription_result",
            "segment_id": segment.segment_id,
            "user_id": segment.user_id,
            "user_name": segment.user_name,
            "text": segment.text,
            "is_final": final,
            "language": segment.language,
            "start_ms": segment.start_ms,
            "end_ms": segment.end_ms,
            "confidence": segment.confidence,
        }
        try:
            await self._chair.api.broadcast_to_room(meeting.meeting_id, message, only=readers)
        except RoomApiError as error:
            if error.code is not Code.ROOM_NOT_FOUND:
                raise
