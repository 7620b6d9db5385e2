"""What is said in a room as text, and whether somebody writes it down."""

import msgspec


class TranscriptSegment(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a participant said without a pause. The speaker may have left since."""

    id: str
    """Interim texts and the final one of a segment have the same."""
    track: str
    speaker: str
    """Sids."""
    identity: str
    name: str
    """Of the speaker, when it spoke; may be empty."""
    text: str
    """Of one line. Data from a recognizer: never markup."""
    language: str = ""
    """As the recognizer says, mostly ISO 639-1; empty if it does not."""
    start: float
    end: float
    """Unix seconds."""
    hearers: frozenset[str] | None = None
    """Sids of those who may hear the track, the speaker included; None: everybody. Nobody else may read it."""

    def is_for(self, sid: str) -> bool:
        return self.hearers is None or sid in self.hearers


class Transcription(msgspec.Struct, frozen=True, kw_only=True):
    """How the transcription of a room is going."""

    running: bool = False
    trouble: str = ""
    """Why what is said at the moment does not become text; empty if it does."""
