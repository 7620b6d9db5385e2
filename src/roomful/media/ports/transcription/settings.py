"""What the configuration says about transcriptions."""

from importlib.util import find_spec

import msgspec

from roomful.config import Config, ConfigError
from roomful.config.schema import LOCAL_RECOGNIZER
from roomful.media.ports.transcriber import Backend, TranscriptionPlan


class TranscriptionSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What is the same for all rooms."""

    plan: TranscriptionPlan
    """Its room is filled in."""
    all_rooms: bool = False
    max_active: int = 20


def settings_of(config: Config) -> TranscriptionSettings | None:
    """The speech recognizer and what it is used for; `None` if there is none.

    Raises:
        ConfigError: the local recognizer is wished, and is not installed or does not know the language.
    """
    wanted = config.transcription
    if not wanted.url:
        return None
    if wanted.url == LOCAL_RECOGNIZER:
        _check_local(wanted.language)
    plan = TranscriptionPlan(
        room="",
        backend=_backend(wanted.url),
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


def _backend(url: str) -> Backend:
    if url == LOCAL_RECOGNIZER:
        return Backend.LOCAL
    return Backend.WEBSOCKET if url.startswith("ws") else Backend.HTTP


def _check_local(language: str) -> None:
    if find_spec("pocketsphinx") is None:
        message = "the local recognizer is not installed"
        raise ConfigError(message, key="transcription.url", hint="pip install 'roomful[local-asr]'")
    if language.partition("-")[0].lower() not in ("", "en"):
        message = f"the local recognizer knows English alone, not `{language}`"
        raise ConfigError(message, key="transcription.language", hint="use a recognizer with an address")
