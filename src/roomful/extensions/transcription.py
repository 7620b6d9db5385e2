"""Transcriptions that plugins ask for."""

from roomful.media.ports.transcription import TooManyTranscriptions, Transcriptions
from roomful.rooms.extension import Code, RoomApiError
from roomful.rooms.room import Room


class RoomTranscriber:
    """See `roomful.extensions.ports.Transcriber`. What is said comes as events of the room."""

    def __init__(self, transcriptions: Transcriptions) -> None:
        self._transcriptions = transcriptions

    async def start(self, room: Room, language: str) -> None:
        """Empty `language`: as it is configured."""
        try:
            self._transcriptions.start(room, **({"language": language} if language else {}))
        except TooManyTranscriptions as error:
            raise RoomApiError(Code.BACKEND_UNAVAILABLE, str(error)) from None

    async def stop(self, room: Room) -> None:
        self._transcriptions.stop(room)
