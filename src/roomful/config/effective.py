"""From the configuration as written to the one a server runs with: defaults of `--dev`, and rules across keys."""

import ipaddress
import secrets
from urllib.parse import urlsplit

import msgspec

from roomful.auth.tokens import MIN_SECRET_BYTES
from roomful.config.errors import ConfigError
from roomful.config.schema import LOCAL_RECOGNIZER, Config

DEV_KEY, DEV_SECRET = "devkey", "secret"
"""The pair every LiveKit example for local development uses."""

LOOPBACK = "127.0.0.1"


def effective(config: Config) -> Config:
    """Fill in what `--dev` implies and refuse what must not run.

    Raises:
        ConfigError: no keys, short secrets, addresses that are none, contradictions.
    """
    if config.development:
        config = _for_development(config)
    _check_keys(config)
    _check_addresses(config)
    _check_tls(config)
    _check_turn(config)
    _check_webhook(config)
    _check_outgoing(config)
    _check_transcription(config)
    config = _with_verification(config)
    config = _with_signals_verification(config)
    if config.rtc.tcp_port and config.rtc.tcp_port == config.port:
        raise ConfigError(
            f"{config.port} is already the main port",
            key="rtc.tcp_port",
            hint="choose another, or 0 to turn ICE-TCP off",
        )
    return config


def _for_development(config: Config) -> Config:
    return msgspec.structs.replace(
        config,
        keys=config.keys or {DEV_KEY: DEV_SECRET},
        bind_addresses=config.bind_addresses or [LOOPBACK],
        rtc=msgspec.structs.replace(config.rtc, enable_loopback_candidate=True),
    )


def _check_keys(config: Config) -> None:
    if not config.keys:
        raise ConfigError(
            "no API keys: anybody could join, so the server does not start",
            key="keys",
            hint="for a trial on this machine: roomful serve --dev\n"
            "for a server, put this into the configuration file (these two are fresh and random):\n"
            f"  keys:\n    {new_api_key()}: {new_api_secret()}",
        )
    if config.development:
        return
    for key, secret in config.keys.items():
        if len(secret.encode()) < MIN_SECRET_BYTES:
            raise ConfigError(
                f"the secret of {key} is shorter than {MIN_SECRET_BYTES} characters and could be guessed",
                key="keys",
                hint=f"a good one: {new_api_secret()}",
            )


def new_api_key() -> str:
    """A fresh API key: `API` and 12 characters."""
    return "API" + "".join(secrets.choice(_ALPHABET) for _ in range(12))


def new_api_secret() -> str:
    """A fresh API secret of 43 characters, about 250 bits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(43))


def _check_addresses(config: Config) -> None:
    for address in config.bind_addresses:
        _parse(address, "bind_addresses")
    for address in node_addresses(config):
        _parse(address, "rtc.node_ip")
    for key, networks in (("includes", config.rtc.ips.includes), ("excludes", config.rtc.ips.excludes)):
        for network in networks:
            _parse_network(network, f"rtc.ips.{key}")


def node_addresses(config: Config) -> list[str]:
    """The addresses in `rtc.node_ip`."""
    return [part.strip() for part in config.rtc.node_ip.split(",") if part.strip()]


def _parse(address: str, key: str) -> None:
    try:
        ipaddress.ip_address(address)
    except ValueError:
        hint = "" if address != "localhost" else "write 127.0.0.1 or ::1"
        raise ConfigError(f"`{address}` is not an IP address", key=key, hint=hint) from None


def _parse_network(network: str, key: str) -> None:
    try:
        ipaddress.ip_network(network, strict=False)
    except ValueError:
        raise ConfigError(f"`{network}` is not a network like 10.0.0.0/8", key=key) from None


def _check_tls(config: Config) -> None:
    tls = config.tls
    if bool(tls.cert_file) != bool(tls.key_file):
        missing = "tls.key_file" if tls.cert_file else "tls.cert_file"
        raise ConfigError("TLS needs a certificate and its key; one of them is missing", key=missing)
    if tls.self_signed and tls.cert_file:
        raise ConfigError("either a certificate of your own or a self-signed one, not both", key="tls.self_signed")


def _check_turn(config: Config) -> None:
    turn = config.turn
    if not turn.enabled:
        return
    if not turn.udp_port and not turn.tls_port:
        raise ConfigError("TURN is enabled and has no port", key="turn.enabled", hint="set turn.udp_port: 3478")
    if turn.tls_port:
        _check_turn_tls(config)
    if not 1024 <= turn.relay_range_start <= turn.relay_range_end:
        raise ConfigError("relays need a range of ports from 1024 up", key="turn.relay_range_start")
    for address in turn.bind_addresses:
        _parse(address, "turn.bind_addresses")
    for key in ("allow_restricted_peer_cidrs", "deny_peer_cidrs"):
        for network in getattr(turn, key):
            _parse_network(network, f"turn.{key}")


def _check_turn_tls(config: Config) -> None:
    turn = config.turn
    if not turn.domain:
        raise ConfigError("clients need the host name of TURN over TLS", key="turn.domain")
    if turn.tls_port in (config.port, config.rtc.tcp_port):
        raise ConfigError(f"{turn.tls_port} is already in use by this server", key="turn.tls_port")
    if bool(turn.cert_file) != bool(turn.key_file):
        missing = "turn.key_file" if turn.cert_file else "turn.cert_file"
        raise ConfigError("TLS needs a certificate and its key; one of them is missing", key=missing)
    if not turn.external_tls and not turn.cert_file and not config.tls.cert_file:
        raise ConfigError(
            "TURN over TLS needs a certificate", key="turn.cert_file", hint="or turn.external_tls, behind a balancer"
        )


def _check_webhook(config: Config) -> None:
    webhook = config.webhook
    if webhook.api_key and webhook.api_key not in config.keys:
        raise ConfigError(f"`{webhook.api_key}` is not one of the API keys", key="webhook.api_key")
    for url in webhook.urls:
        if not _is_http(url):
            raise ConfigError(f"`{url}` is not an http or https address", key="webhook.urls")


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:  # half an IPv6 address
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _check_transcription(config: Config) -> None:
    transcription = config.transcription
    url = transcription.url
    has_address = url not in ("", LOCAL_RECOGNIZER)
    if has_address and not _is_http(url.replace("ws", "http", 1) if url.startswith("ws") else url):
        message = f"`{url}` is neither `{LOCAL_RECOGNIZER}` nor an http, https, ws or wss address"
        raise ConfigError(message, key="transcription.url")
    if transcription.rooms == "all" and not url:
        raise ConfigError("no recognizer is configured", key="transcription.rooms", hint="set transcription.url")
    if transcription.timeout < 1 or transcription.max_utterance < 1:
        key = "transcription.timeout" if transcription.timeout < 1 else "transcription.max_utterance"
        raise ConfigError("at least one second", key=key)


def _with_verification(config: Config) -> Config:
    """Decide how users of the room WebSocket are verified, where the configuration leaves it open."""
    auth = config.room.auth
    mode = auth.mode or (
        "http" if auth.verify.url else "jwt" if auth.jwt.secret else "none" if config.development else "keys"
    )
    if mode == "http" and not _is_http(auth.verify.url):
        raise ConfigError(f"`{auth.verify.url}` is not an http or https address", key="room.auth.verify.url")
    if mode == "jwt" and len(auth.jwt.secret.encode()) < MIN_SECRET_BYTES and not config.development:
        raise ConfigError(f"shorter than {MIN_SECRET_BYTES} characters, could be guessed", key="room.auth.jwt.secret")
    if mode == "jwt" and not auth.jwt.secret:
        raise ConfigError("mode jwt needs a secret", key="room.auth.jwt.secret")
    room = config.room
    if room.heartbeat_timeout <= room.heartbeat_interval:
        raise ConfigError("not longer than room.heartbeat_interval: nobody could stay", key="room.heartbeat_timeout")
    return msgspec.structs.replace(
        config, room=msgspec.structs.replace(room, auth=msgspec.structs.replace(auth, mode=mode))
    )


def _with_signals_verification(config: Config) -> Config:
    """Decide how users of Room Signals are verified, where the configuration leaves it open."""
    signals = config.room_signals
    auth = signals.auth
    mode = auth.mode or ("jwt" if auth.jwt.secret else "none" if config.development else "keys")
    if mode == "jwt" and not auth.jwt.secret:
        raise ConfigError("mode jwt needs a secret", key="room_signals.auth.jwt.secret")
    if mode == "jwt" and len(auth.jwt.secret.encode()) < MIN_SECRET_BYTES and not config.development:
        key = "room_signals.auth.jwt.secret"
        raise ConfigError(f"shorter than {MIN_SECRET_BYTES} characters, could be guessed", key=key)
    if signals.heartbeat_limit < 1:
        raise ConfigError("at least one second: nobody could stay", key="room_signals.heartbeat_limit")
    faking = mode == "none" if signals.allow_user_faking is None else signals.allow_user_faking
    signals = msgspec.structs.replace(signals, auth=msgspec.structs.replace(auth, mode=mode), allow_user_faking=faking)
    return msgspec.structs.replace(config, room_signals=signals)


def _check_outgoing(config: Config) -> None:
    for key, networks in (("allow", config.outgoing.allow), ("deny", config.outgoing.deny)):
        for network in networks:
            _parse_network(network, f"outgoing.{key}")


_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
