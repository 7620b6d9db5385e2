"""The rules across keys: what `--dev` implies, and what a server does not start with."""

import msgspec
import pytest

from roomful.config import (
    Config,
    ConfigError,
    Duration,
    OutgoingConfig,
    RtcConfig,
    TlsConfig,
    TranscriptionConfig,
    WebhookConfig,
    effective,
)

GOOD = Config(keys={"APIkey": "a-secret-of-more-than-32-characters"})


def refused(config: Config) -> ConfigError:
    with pytest.raises(ConfigError) as error:
        effective(config)
    return error.value


def test_without_keys_the_server_does_not_start_and_says_what_to_do() -> None:
    error = refused(Config())
    assert "anybody could join" in str(error)
    assert "roomful serve --dev" in error.hint


def test_the_suggested_keys_are_good_and_never_the_same() -> None:
    hints = {refused(Config()).hint for _ in range(2)}
    assert len(hints) == 2
    for hint in hints:
        key, secret = hint.splitlines()[-1].strip().split(": ")
        assert effective(Config(keys={key: secret}))


def test_a_short_secret_is_refused() -> None:
    error = refused(Config(keys={"APIkey": "short"}))
    assert "the secret of APIkey is shorter than 32" in str(error)
    assert "short" not in error.hint


def test_development_has_a_known_key_and_stays_on_this_machine() -> None:
    config = effective(Config(development=True))
    assert config.keys == {"devkey": "secret"}
    assert config.bind_addresses == ["127.0.0.1"]
    assert config.rtc.enable_loopback_candidate


def test_development_leaves_what_is_given() -> None:
    config = effective(Config(development=True, keys={"mine": "short"}, bind_addresses=["0.0.0.0"]))
    assert (config.keys, config.bind_addresses) == ({"mine": "short"}, ["0.0.0.0"])


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"bind_addresses": ["localhost"]}, "bind_addresses"),
        ({"rtc": RtcConfig(node_ip="here")}, "rtc.node_ip"),
        ({"rtc": RtcConfig(tcp_port=7880)}, "rtc.tcp_port"),
        ({"tls": TlsConfig(cert_file="a.pem")}, "tls.key_file"),
        ({"tls": TlsConfig(key_file="a.pem")}, "tls.cert_file"),
        ({"tls": TlsConfig(self_signed=True, cert_file="a", key_file="b")}, "tls.self_signed"),
        ({"webhook": WebhookConfig(api_key="nobody's")}, "webhook.api_key"),
        ({"webhook": WebhookConfig(urls=["example.com/hook"])}, "webhook.urls"),
        ({"webhook": WebhookConfig(urls=["http://[::1"])}, "webhook.urls"),
        ({"transcription": TranscriptionConfig(url="asr.example.com")}, "transcription.url"),
        ({"transcription": TranscriptionConfig(rooms="all")}, "transcription.rooms"),
        ({"transcription": TranscriptionConfig(timeout=Duration(0.1))}, "transcription.timeout"),
        ({"transcription": TranscriptionConfig(max_utterance=Duration(0.5))}, "transcription.max_utterance"),
        ({"outgoing": OutgoingConfig(allow=["metadata"])}, "outgoing.allow"),
    ],
)
def test_contradictions_are_refused_by_key(changes: dict[str, object], key: str) -> None:
    assert refused(msgspec.structs.replace(GOOD, **changes)).key == key
