"""Transcriptions of rooms, whoever asked for them: which rooms, and what becomes of what is said.

    transcriptions      all of them: started, stopped, started again when a worker dies
    room_transcription  one: follows its room as a recording does, tells the room what is said
    audience            who may read what somebody said
    webvtt, captions    files of it; room_captions: one of each transcription

Whatever happens to a transcription or its recognizer, its room goes on.
"""

from roomful.media.ports.transcription.captions import Captions
from roomful.media.ports.transcription.room_captions import RoomCaptions
from roomful.media.ports.transcription.room_transcription import RoomTranscription, TranscriptionInfo
from roomful.media.ports.transcription.settings import TranscriptionSettings, settings_of
from roomful.media.ports.transcription.transcriptions import TooManyTranscriptions, Transcriptions

__all__ = [
    "Captions",
    "RoomCaptions",
    "RoomTranscription",
    "TooManyTranscriptions",
    "TranscriptionInfo",
    "TranscriptionSettings",
    "Transcriptions",
    "settings_of",
]
