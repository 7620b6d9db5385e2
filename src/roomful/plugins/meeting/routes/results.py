"""What is left of a meeting: what was said, minutes, tasks, recordings. specs/monibuca-rooms.md §7.8."""

from typing import Any
from urllib.parse import quote

import msgspec

from roomful.plugins.meeting.floor import Floor
from roomful.plugins.meeting.meeting import Meeting
from roomful.plugins.meeting.minutes import TaskPatch
from roomful.plugins.meeting.routes.base import Base, file, route, saved_as
from roomful.plugins.meeting.routes.bodies import Spoken
from roomful.plugins.meeting.secretary import Secretary
from roomful.plugins.meeting.stenographer import Stenographer
from roomful.plugins.meeting.transcript import WRITERS, Format, in_order
from roomful.rooms.extension import Code, RecordingView, Reply, Request, RoomApiError, Route
from roomful.rooms.extension.codes import bad_field


class ResultRoutes(Base):
    """See the module."""

    def __init__(self, floor: Floor, secretary: Secretary) -> None:
        super().__init__(floor)
        self._secretary = secretary
        self._stenographer = Stenographer(floor.chair)

    @property
    def routes(self) -> list[Route]:
        one = "/{meeting_id}"
        return [
            route(
                "GET", f"{one}/transcripts", self._transcripts, "What was said: json, txt, srt or vtt", for_hosts=True
            ),
            route("POST", f"{one}/transcripts", self._take_segments, "Add what an app understood", Spoken),
            route("GET", f"{one}/summary", self._summary, "The minutes", for_hosts=True),
            route(
                "POST", f"{one}/summary", self._summarize, "Have the minutes written, or written anew", for_hosts=True
            ),
            route("GET", f"{one}/tasks", self._tasks, "What somebody has to do"),
            route("PATCH", f"{one}/tasks/{{task_id}}", self._change_task, "Change a task", TaskPatch),
            route("GET", f"{one}/recordings", self._recordings, "Recorded files", for_hosts=True),
            route("GET", f"{one}/recordings/file", self._recording, "One of them, as ?id= says", for_hosts=True),
        ]

    async def _transcripts(self, request: Request) -> Any:
        wanted = request.query.get("format", Format.JSON)
        if wanted not in set(Format):
            raise bad_field("format", f"format is one of {', '.join(Format)}")
        meeting = await self.results(request)
        segments = await self.archive.segments(meeting.key)
        if wanted == Format.JSON:
            return {"segments": segments, "total": len(segments)}
        write, content_type = WRITERS[Format(wanted)]
        return file(meeting, f"transcript.{wanted}", write(segments).encode(), content_type)

    async def _take_segments(self, request: Request) -> dict[str, Any]:
        meeting = await self.any(request)
        added = [await self._stenographer.take(meeting, segment) for segment in in_order(request.body.segments)]
        await self.archive.save(meeting, self.chair.now())
        return {"added": sum(added)}

    async def _summary(self, request: Request) -> Any:
        return await self._secretary.find(await self.results(request))

    async def _summarize(self, request: Request) -> Any:
        return await self._secretary.begin(await self.results(request))

    async def _tasks(self, request: Request) -> dict[str, Any]:
        minutes = await self._secretary.find(await self.any(request))
        return {"status": minutes.status, "tasks": minutes.tasks}

    async def _change_task(self, request: Request) -> Any:
        meeting = await self.any(request)
        return await self._secretary.change_task(meeting, request.path["task_id"], request.body)

    async def _recordings(self, request: Request) -> dict[str, Any]:
        meeting = await self.results(request)
        found = [one for one in await self._recorded(meeting) if one.status != "failed"]
        return {"recordings": [msgspec.structs.asdict(one) | {"url": _url(meeting, one)} for one in found]}

    async def _recording(self, request: Request) -> Reply:
        meeting, wanted = await self.results(request), request.query.get("id", "")
        if wanted not in {one.id for one in await self._recorded(meeting)}:
            raise RoomApiError(Code.NOT_FOUND, "that is no recording of this meeting")
        path = await self.api.recording_file(meeting.meeting_id, wanted)
        headers = saved_as(meeting, wanted.rpartition("/")[2])
        return Reply(headers=headers, file=path)

    async def _recorded(self, meeting: Meeting) -> list[RecordingView]:
        """Of this meeting, not of others that the room had before and after."""
        until = meeting.ended_at or float("inf")
        found = await self.api.list_recordings(meeting.meeting_id)
        return [one for one in found if meeting.created_at <= one.started_at <= until]


def _url(meeting: Meeting, recording: RecordingView) -> str | None:
    """Where it is to be had, when it is."""
    if recording.status != "complete" or recording.file != recording.id:
        return None
    return f"/meeting/meetings/{quote(meeting.meeting_id)}/recordings/file?id={quote(recording.id, safe='')}"
