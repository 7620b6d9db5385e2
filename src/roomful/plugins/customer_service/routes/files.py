"""Audio files over HTTP."""

from typing import Any

from roomful.plugins.customer_service.audio_files import CONTENT_TYPES, MAX_BYTES, AudioFiles
from roomful.plugins.customer_service.staff import Staff
from roomful.rooms.extension import Reply, Request, Route

ALL = "/customer-service/audio_files"
ONE = "/customer-service/audio_files/{file_id}"


def file_routes(files: AudioFiles, staff: Staff) -> list[Route]:
    api = _Files(files, staff)
    return [
        Route(method="GET", path=ALL, handler=api.list, summary="List audio files"),
        Route(
            method="POST",
            path=ALL,
            handler=api.add,
            summary="Upload an audio file (the body; its name as ?name=)",
            accepts_raw=MAX_BYTES,
        ),
        Route(method="GET", path=ONE, handler=api.read, summary="Download an audio file"),
        Route(method="DELETE", path=ONE, handler=api.delete, summary="Delete an audio file", admin=True),
    ]


class _Files:
    def __init__(self, files: AudioFiles, staff: Staff) -> None:
        self._files = files
        self._staff = staff

    async def list(self, request: Request) -> dict[str, Any]:
        self._staff.require(request)
        found = [file.view() for file in await self._files.all()]
        return {"audio_files": found, "total": len(found)}

    async def add(self, request: Request) -> dict[str, Any]:
        self._staff.require(request)
        return (await self._files.add(request.query.get("name", "audio"), request.raw)).view()

    async def read(self, request: Request) -> Reply:
        self._staff.require(request)
        file, data = await self._files.read(request.path["file_id"])
        return Reply(content=data, content_type=CONTENT_TYPES[file.format])

    async def delete(self, request: Request) -> dict[str, Any]:
        await self._files.remove(request.path["file_id"])
        return {"id": request.path["file_id"]}
