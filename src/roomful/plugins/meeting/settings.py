"""The section `meeting` of the configuration. specs/monibuca-rooms.md §11."""

from typing import Annotated

import msgspec

Seconds = Annotated[float, msgspec.Meta(ge=0, le=86_400 * 7)]


class TimerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How long meetings last, in seconds in which they are going on."""

    max_duration: Seconds = 7200
    """0: as long as they like."""
    warning_before_end: Seconds = 300
    auto_end: bool = True
    """End the meeting when its time is over; else only say so."""


class AsrSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How speech becomes text. The recognizer itself is that of the section `transcription`."""

    language: str = "en"
    """BCP 47; of transcriptions that are started without one."""


class AiSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Who writes the minutes."""

    auto: bool = False
    """Write them when a meeting ends; else when somebody asks."""
    url: str = ""
    """Base address of an OpenAI-compatible API (`https://…/v1`). Empty: built-in minutes, made of sentences said."""
    model: str = ""
    api_key_env: str = "MEETING_AI_KEY"
    """Name of the environment variable with the API key; the key itself is in no file."""
    timeout: Annotated[float, msgspec.Meta(gt=0, le=600)] = 60
    """Seconds for one answer."""
    max_characters: Annotated[int, msgspec.Meta(ge=1000, le=1_000_000)] = 40_000
    """Of transcript in one request; a longer one is summed up in parts."""
    max_parts: Annotated[int, msgspec.Meta(ge=1, le=100)] = 12
    """What does not fit into so many parts stays out of the minutes, and they say so."""


class MeetingSettings(msgspec.Struct, frozen=True, kw_only=True):
    """All of it."""

    enable: bool = True
    max_participants: Annotated[int, msgspec.Meta(ge=0)] = 50
    """0: no limit."""
    enable_lobby: bool = True
    """New meetings let people wait until a host admits them."""
    enable_recording: bool = True
    enable_transcription: bool = False
    empty_timeout: Seconds = 300
    """Seconds after which a meeting ends that everybody has left."""
    timer: TimerSettings = TimerSettings()
    asr: AsrSettings = AsrSettings()
    ai: AiSettings = AiSettings()
