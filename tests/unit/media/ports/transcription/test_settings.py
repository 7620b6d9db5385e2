"""Which recognizer the configuration means."""

import importlib.util
from typing import Any

import pytest

from roomful.config import Config, ConfigError
from roomful.config.schema import TranscriptionConfig
from roomful.media.ports.transcriber import Backend
from roomful.media.ports.transcription import settings as settings_module
from roomful.media.ports.transcription.settings import settings_of


def wished(**transcription: Any) -> Config:
    return Config(transcription=TranscriptionConfig(**transcription))


def test_without_an_address_there_is_none() -> None:
    assert settings_of(wished()) is None


@pytest.mark.parametrize(
    ("url", "backend"),
    [("http://asr/v1", Backend.HTTP), ("wss://asr", Backend.WEBSOCKET), ("local", Backend.LOCAL)],
)
def test_the_address_says_how_it_is_spoken_to(url: str, backend: Backend) -> None:
    settings = settings_of(wished(url=url))
    assert settings is not None
    assert settings.plan.backend is backend


def test_the_local_one_has_to_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(settings_module, "find_spec", lambda name: None if name == "pocketsphinx" else find(name))
    with pytest.raises(ConfigError, match="not installed"):
        settings_of(wished(url="local"))


def test_the_local_one_knows_english_alone() -> None:
    assert settings_of(wished(url="local", language="en-GB")) is not None
    with pytest.raises(ConfigError, match="English alone"):
        settings_of(wished(url="local", language="de"))
