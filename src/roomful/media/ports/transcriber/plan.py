"""What to transcribe with: the first line that the worker reads from its control socket."""

import enum

import msgspec


class Backend(enum.StrEnum):
    """How the recognizer is spoken to."""

    HTTP = enum.auto()
    """One request per utterance, as OpenAI's `/v1/audio/transcriptions`."""
    WEBSOCKET = enum.auto()
    """One connection per track, sound as it is spoken: see `asr.websocket`."""
    LOCAL = enum.auto()
    """The worker itself: see `asr.local`."""


class TranscriptionPlan(msgspec.Struct, frozen=True, kw_only=True):
    """One transcription: one worker, all audio tracks of one room."""

    room: str
    """Name of the room, for the recognizer's log."""

    backend: Backend = Backend.HTTP
    url: str
    """HTTP: what goes before `/audio/transcriptions`, or the whole address. WebSocket: `ws://` or `wss://`."""

    api_key: str = ""
    """Sent as bearer token."""

    model: str = ""
    language: str = ""
    """ISO 639-1 or BCP 47; empty: the recognizer finds out."""

    prompt: str = ""
    """Names and words that will be said."""

    timeout_seconds: float = 20.0
    """For one request, or from the end of an utterance to its text over WebSocket."""

    attempts: int = 6
    """How often an utterance is tried."""

    first_wait_seconds: float = 1.0
    """Wait before the second attempt; doubled for each further one."""

    longest_wait_seconds: float = 30.0
    give_up_seconds: float = 60.0
    """When an utterance is given up although there are attempts left."""

    max_utterance_seconds: float = 15.0
    interim_seconds: float = 0.0
    """How often what is being said is sent over HTTP before it is finished; 0: never."""

    at_once: int = 4
    """Requests at the same time."""

    max_waiting: int = 20
    """Utterances of one track that wait; over it, the oldest is dropped."""

    allow: list[str] = []
    deny: list[str] = []
    """See `roomful.outgoing.AddressRules`."""

    def __repr__(self) -> str:
        return f"TranscriptionPlan(room={self.room!r}, url={self.url!r})"  # the key is a secret
