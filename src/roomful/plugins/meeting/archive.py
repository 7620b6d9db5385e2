"""What a meeting leaves behind, in the server's database. specs/monibuca-rooms.md §12."""

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from roomful.plugins.meeting.attendance import MAX_VISITS, Visit
from roomful.plugins.meeting.meeting import Meeting
from roomful.plugins.meeting.minutes import Minutes
from roomful.plugins.meeting.status import Status
from roomful.plugins.meeting.transcript import MAX_SEGMENTS, Segment, in_order
from roomful.rooms.extension import Records

MEETINGS, PARTICIPANTS, TRANSCRIPTS, SUMMARIES = "meetings", "participants", "transcripts", "summaries"

_T = TypeVar("_T")


class Archive:
    """Typed access to the records."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def save(self, meeting: Meeting, now: float) -> None:
        """Without who is there, which is in the visits."""
        meeting.saved_at = round(now * 1000)
        document = msgspec.to_builtins(meeting)
        del document["here"]
        await self._records.put(MEETINGS, meeting.key, document)

    async def unfinished(self) -> list[Meeting]:
        """All meetings that are not over."""
        found: list[Meeting] = []
        for status in Status:
            if status is not Status.ENDED:
                found += [_read(one, Meeting) for one in await self._all(MEETINGS, {"status": status})]
        return found

    async def latest(self, meeting_id: str) -> Meeting | None:
        """The last meeting of a room; or a certain one, as `room~2`."""
        found = await self._records.find(
            MEETINGS, where={"meeting_id": meeting_id}, order_by="sitting", descending=True, limit=1
        )
        document = found[0] if found else await self._records.get(MEETINGS, meeting_id)
        return None if document is None else _read(document, Meeting)

    async def meetings(
        self, *, status: str, since: int | None, until: int | None, limit: int, offset: int
    ) -> tuple[list[Meeting], int]:
        """Those made in a time, newest first, and how many there are in all."""
        where: dict[str, Any] = {"parent": ""} | ({"status": status} if status else {})
        between = ("created_at", since, until)
        found = await self._records.find(
            MEETINGS, where=where, between=between, order_by="created_at", descending=True, limit=limit, offset=offset
        )
        return [_read(one, Meeting) for one in found], await self._records.count(MEETINGS, where=where, between=between)

    async def forget(self, meeting: Meeting) -> None:
        """A meeting that nobody planned and that never began leaves nothing."""
        for visit in await self.visits(meeting.key):
            await self._records.delete(PARTICIPANTS, _part(meeting.key, str(visit.visit_id)))
        await self._records.delete(MEETINGS, meeting.key)

    # Who was there

    async def save_visit(self, key: str, visit: Visit) -> None:
        document = {"key": key, **msgspec.to_builtins(visit)}
        await self._records.put(PARTICIPANTS, _part(key, str(visit.visit_id)), document)

    async def unfinished_visits(self, key: str) -> list[Visit]:
        found = await self._records.find(PARTICIPANTS, where={"key": key, "left_at": None}, limit=MAX_VISITS)
        return [_read(one, Visit) for one in found]

    async def visits(self, key: str) -> list[Visit]:
        """In the order of arrival."""
        found = await self._records.find(PARTICIPANTS, where={"key": key}, order_by="visit_id", limit=MAX_VISITS)
        return [_read(one, Visit) for one in found]

    # What was said

    async def save_segment(self, key: str, segment: Segment) -> None:
        document = {"key": key, **msgspec.to_builtins(segment)}
        await self._records.put(TRANSCRIPTS, _part(key, segment.segment_id), document)

    async def has_segment(self, key: str, segment_id: str) -> bool:
        return await self._records.get(TRANSCRIPTS, _part(key, segment_id)) is not None

    async def segments(self, key: str) -> list[Segment]:
        """In the order in which it was said."""
        found = await self._records.find(TRANSCRIPTS, where={"key": key}, limit=MAX_SEGMENTS)
        return in_order(_read(one, Segment) for one in found)

    # Minutes

    async def save_minutes(self, key: str, minutes: Minutes) -> None:
        await self._records.put(SUMMARIES, key, msgspec.to_builtins(minutes))

    async def minutes(self, key: str) -> Minutes | None:
        document = await self._records.get(SUMMARIES, key)
        return None if document is None else _read(document, Minutes)

    async def _all(self, collection: str, where: dict[str, Any]) -> Sequence[dict[str, Any]]:
        documents: list[dict[str, Any]] = []
        while page := await self._records.find(collection, where=where, offset=len(documents)):
            documents += page
        return documents


def meeting_key(meeting_id: str, sitting: int) -> str:
    return f"{meeting_id}~{sitting}"


def _part(key: str, part: str) -> str:
    return f"{key}/{part}"


def _read(document: dict[str, Any], kind: type[_T]) -> _T:
    return msgspec.convert(document, kind)
