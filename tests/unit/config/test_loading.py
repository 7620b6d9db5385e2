"""From files, variables and flags to a configuration, and what is said about mistakes."""

from pathlib import Path

import pytest

from roomful.config import Config, ConfigError, Duration, Loaded, PortRange, load
from roomful.config.reader import keys
from roomful.config.sources import variables

LIVEKIT_SAMPLE = """
port: 7880
bind_addresses: ["10.0.0.1"]
rtc:
  port_range_start: 50000
  port_range_end: 60000
  tcp_port: 7881
  use_external_ip: true
  congestion_control: {enabled: true, allow_pause: false}
redis:
  address: localhost:6379
keys:
  key1: a-secret-of-more-than-32-characters-1
  key2: a-secret-of-more-than-32-characters-2
logging: {json: true, level: warn, pion_level: error}
room:
  auto_create: false
  empty_timeout: 300
  enabled_codecs: [{mime: audio/opus}, {mime: video/vp8, fmtp_line: x}]
turn: {enabled: true, udp_port: 3478}
webhook: {urls: ["https://example.com"], api_key: key1}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "livekit.yaml"


def read(file: Path, text: str, **more: object) -> Loaded:
    file.write_text(text)
    return load(file, environment={}, **more)  # type: ignore[arg-type]


def mistake(file: Path, text: str) -> ConfigError:
    with pytest.raises(ConfigError) as error:
        read(file, text)
    return error.value


def test_a_livekit_file_works_as_it_is(file: Path) -> None:
    loaded = read(file, LIVEKIT_SAMPLE)
    config = loaded.config
    assert (config.port, config.bind_addresses, config.rtc.tcp_port) == (7880, ["10.0.0.1"], 7881)
    assert set(config.keys) == {"key1", "key2"}
    assert (config.logging.json, config.effective_log_level) == (True, "warning")
    assert config.rtc.use_external_ip
    assert (config.room.auto_create, config.room.empty_timeout) == (False, Duration(300))
    assert [codec.mime for codec in config.room.enabled_codecs] == ["audio/opus", "video/vp8"]


def test_livekit_keys_without_effect_are_named_with_a_remark(file: Path) -> None:
    notices = {notice.key: notice for notice in read(file, LIVEKIT_SAMPLE).notices}
    assert notices.keys() == {
        "rtc.port_range_start",
        "rtc.port_range_end",
        "rtc.congestion_control.enabled",
        "redis",
        "logging.pion_level",
        "room.enabled_codecs[1].fmtp_line",
    }
    assert "rtc.udp_port" in notices["rtc.port_range_start"].message
    assert notices["redis"].line == 10


@pytest.mark.parametrize(
    ("text", "key", "suggestion"),
    [
        ("rtc: {tcp_prt: 1}", "rtc.tcp_prt", "did you mean rtc.tcp_port?"),
        ("tcp_port: 1", "tcp_port", "did you mean rtc.tcp_port?"),
        ("prot: 1", "prot", "did you mean port?"),
        ("rtc: {turn_servers: [{host: a}, {host: b, prot: 1}]}", "rtc.turn_servers[1].prot", "roomful or LiveKit"),
        ("5: 6", "5", "not a key of roomful or LiveKit"),
        ("frobnicate: 1", "frobnicate", "not a key of roomful or LiveKit"),
    ],
)
def test_unknown_keys_are_named_with_the_nearest_known_one(file: Path, text: str, key: str, suggestion: str) -> None:
    [notice] = read(file, text).notices
    assert notice.key == key
    assert notice.message.endswith(suggestion)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("port: high", "1: port: expected a whole number, got text"),
        ("\n\nrtc:\n  tcp_port: '80'", "4: rtc.tcp_port: expected a whole number, got text"),
        ("port: 70000", "1: port: expected a whole number <= 65535"),
        ("rtc: 5", "1: rtc: expected a group of keys, got a whole number"),
        (
            "rtc:\n  udp_port: 9-8",
            "2: rtc.udp_port: ports are 1 to 65535, and the first of a range is not above the last",
        ),
        ("room:\n  empty_timeout: soon", "2: room.empty_timeout: expected a duration like 20s or 500ms, got `soon`"),
        ("logging:\n  level: loud", "2: logging.level: expected one of debug, info, warn, warning, error"),
        # A key of a mapping cannot be named: the line is that of the mapping.
        ("keys:\n  a: 5", "1: keys[...]: expected text, got a whole number"),
        ("rtc:\n  turn_servers:\n  - port: 1", "3: rtc.turn_servers[0]: it lacks `host`"),
        ("- a list", "1: expected a mapping of keys to values"),
        ("a: [", "1: not valid YAML: expected the node content, but found '<stream end>'"),
    ],
)
def test_a_wrong_value_is_told_with_its_place(file: Path, text: str, message: str) -> None:
    assert str(mistake(file, text)) == f"{file}:{message}"


def test_an_empty_file_is_all_defaults(file: Path) -> None:
    assert read(file, "").config == Config()
    assert read(file, "keys:\nrtc:\n").config == Config()


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.yaml: cannot read the configuration: No such file"):
        load(tmp_path / "nowhere.yaml", environment={})


def test_flags_win_over_variables_over_the_file_over_defaults(file: Path) -> None:
    file.write_text("port: 1\nregion: file\nlog_level: debug\n")
    environment = {"LIVEKIT_PORT": "2", "LIVEKIT_REGION": "livekit", "ROOMFUL_REGION": "roomful"}
    config = load(file, environment=environment, flags={"port": 3}).config
    assert (config.port, config.region, config.log_level) == (3, "roomful", "debug")
    assert config.rtc.tcp_port == 7881


def test_a_variable_can_hold_any_key() -> None:
    environment = {
        "LIVEKIT_KEYS": "a: secret-a\nb: secret-b",
        "UDP_PORT": "7000-7001",
        "NODE_IP": "203.0.113.7",
        "ROOMFUL_ROOM_AUTO_CREATE": "false",
        "ROOMFUL_ROOM_EMPTY_TIMEOUT": "5m",
        "ROOMFUL_BIND_ADDRESSES": "127.0.0.1, ::1",
        "LIVEKIT_RTC_TCP_PORT": "0",
        "ROOMFUL_PROMETHEUS_PASSWORD": "1234",
    }
    config = load(environment=environment).config
    assert config.keys == {"a": "secret-a", "b": "secret-b"}
    assert (config.rtc.udp_port, config.rtc.node_ip, config.rtc.tcp_port) == (PortRange(7000, 7001), "203.0.113.7", 0)
    assert (config.room.auto_create, config.room.empty_timeout) == (False, Duration(300))
    assert config.bind_addresses == ["127.0.0.1", "::1"]
    assert config.prometheus.password == "1234"


@pytest.mark.parametrize(
    ("variable", "text", "message"),
    [
        ("ROOMFUL_PORT", "high", "ROOMFUL_PORT: expected a whole number, got text: `high`"),
        (
            "LIVEKIT_ROOM_AUTO_CREATE",
            "perhaps",
            "LIVEKIT_ROOM_AUTO_CREATE: expected true or false, got text: `perhaps`",
        ),
        ("LIVEKIT_KEYS", "a: [", "LIVEKIT_KEYS: not valid YAML"),
    ],
)
def test_a_wrong_variable_is_named(variable: str, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        load(environment={variable: text})
    assert str(error.value) == message


def test_the_whole_file_can_be_in_a_variable_or_named_by_one(file: Path) -> None:
    assert load(environment={"LIVEKIT_CONFIG": "port: 5"}).config.port == 5
    file.write_text("port: 6")
    assert load(environment={"ROOMFUL_CONFIG": str(file), "LIVEKIT_CONFIG": "port: 5"}).config.port == 6


def test_every_key_has_a_variable_of_its_own() -> None:
    names = [variable for key, _ in keys() for variable in variables(key)]
    assert len(names) == len(set(names))


def test_an_unknown_flag_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"--rtc\.nothing: no such key"):
        load(environment={}, flags={"rtc.nothing": "1"})


def test_keys_may_be_in_a_file_that_others_cannot_read(file: Path, tmp_path: Path) -> None:
    secrets = tmp_path / "keys"
    secrets.write_text("one: secret-one\n")
    secrets.chmod(0o600)
    assert read(file, f"key_file: {secrets}\nkeys: {{two: secret-two}}").config.keys == {
        "one": "secret-one",
        "two": "secret-two",
    }
    secrets.chmod(0o644)
    error = mistake(file, f"key_file: {secrets}")
    assert "others can read it" in str(error)
    assert error.hint == f"chmod 600 {secrets}"


def test_printing_a_configuration_shows_no_secret() -> None:
    config = load(environment={"LIVEKIT_KEYS": "a: very-secret"}).config
    assert "very-secret" not in repr(config)
    assert "very-secret" not in f"{config}"


def test_a_turn_server_may_share_a_secret(file: Path) -> None:
    loaded = read(file, "rtc: {turn_servers: [{host: a, secret: shared, ttl: 1h}]}")
    [server] = loaded.config.rtc.turn_servers
    assert (server.secret, server.ttl, loaded.notices) == ("shared", Duration(3600), ())
