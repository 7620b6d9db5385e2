"""What the configuration says about transcriptions."""

import msgspec

from roomful.config import Config
from roomful.media.ports.transcriber import Backend, TranscriptionPlan


class TranscriptionSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What is the same for all rooms."""

    plan: TranscriptionPlan
    """Its room is filled in."""
    all_rooms: bool = False
    max_active: int = 20


def settings_of(config: Config) -> TranscriptionSettings | None:
    """The speech recognizer and what it is used for; `None` if there is none."""
    wanted = config.transcription
    if not wanted.url:
        return None
    plan = TranscriptionPlan(
        room="",
        backend=Backend.WEBSOCKET if wanted.url.startswith("ws") else Backend.HTTP,
        url=wanted.url,
        api_key=wanted.api_key,
        model=wanted.model,
        language=wanted.language,
        prompt=wanted.prompt,
        timeout_seconds=float(wanted.timeout),
        max_utterance_seconds=float(wanted.max_utterance),
        interim_seconds=float(wanted.interim),
        allow=config.outgoing.allow,
        deny=config.outgoing.deny,
    )
    return TranscriptionSettings(plan=plan, all_rooms=wanted.rooms == "all", max_active=wanted.max_active)
