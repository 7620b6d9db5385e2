"""What `roomful doctor` looks at. Each check is a function from the configuration to findings."""

import asyncio
import ctypes
import ipaddress
import os
import resource
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from enum import StrEnum, auto
from pathlib import Path

import msgspec
from sqlalchemy.exc import SQLAlchemyError

from roomful import _native_guard
from roomful.config import Config, ConfigError
from roomful.config.directories import certificate_directory, data_directory
from roomful.config.network import local_addresses, media_addresses, media_ports
from roomful.config.turn import certificate_files, turn_plan
from roomful.storage.addresses import BadAddress, address_of, shown
from roomful.storage.postgresql import version_of
from roomful.web.pages import BUILT_PAGES, Pages
from roomful.web.sockets import MEDIA_TCP, MEDIA_UDP, TURN_TLS, TURN_UDP, WEB, everywhere, trouble

ENOUGH_FILES = 4096
ENOUGH_UDP_BUFFER = 2_500_000
"""Bytes; what 50 ms of a gigabit need, less than half of the usual default."""


class Verdict(StrEnum):
    OK = auto()
    WARNING = auto()
    """The server runs, but somebody may be unhappy."""
    FAILURE = auto()
    """The server does not start, or nobody can use it."""


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at. `remedy` says what to do about it, when there is something to do."""

    what: str
    verdict: Verdict
    detail: str
    remedy: str = ""


Check = Callable[[Config], Iterator[Finding]]


def check_ports(config: Config) -> Iterator[Finding]:
    """Can every port be opened?"""
    web = [(socket.SOCK_STREAM, ip, config.port, WEB) for ip in config.bind_addresses or everywhere()]
    addresses = media_addresses(config, local_addresses()).bind
    udp = [
        (socket.SOCK_DGRAM, ip, port, MEDIA_UDP)
        for port in media_ports(config, os.cpu_count() or 1)
        for ip in addresses
    ]
    tcp = [(socket.SOCK_STREAM, ip, config.rtc.tcp_port, MEDIA_TCP) for ip in addresses if config.rtc.tcp_port]
    groups = [("main port", web), ("media, UDP", udp), ("media, TCP", tcp)]
    if config.turn.enabled:
        turn = turn_plan(config, media_addresses(config, local_addresses()), local_addresses(), ())
        groups += [
            ("TURN, UDP", [(socket.SOCK_DGRAM, ip, port, TURN_UDP) for ip, port in turn.udp]),
            ("TURN, TLS", [(socket.SOCK_STREAM, ip, port, TURN_TLS) for ip, port in turn.tcp]),
        ]
    for name, group in groups:
        if not group:
            yield Finding(name, Verdict.OK, "turned off")
            continue
        troubles = [found for kind, ip, port, use in group if (found := trouble(kind, ip, port, use))]
        if troubles:
            yield Finding(name, Verdict.FAILURE, troubles[0], "if that is a server of yours, all is well")
        else:
            numbers = sorted({port for _, _, port, _ in group})
            yield Finding(name, Verdict.OK, f"{', '.join(map(str, numbers))} free")


def check_addresses(config: Config) -> Iterator[Finding]:
    """Which addresses will clients be told?"""
    local = local_addresses()
    try:
        addresses = media_addresses(config, local)
    except ConfigError as error:
        every = ", ".join(f"{address.interface} {address.ip}" for address in local)
        yield Finding("addresses", Verdict.FAILURE, str(error), f"this machine has: {every}")
        return
    told = ", ".join(addresses.candidates)
    if all(ip.startswith("127.") or ip == "::1" for ip in addresses.candidates):
        remedy = "" if config.development else "give --node-ip, or check rtc.interfaces and rtc.ips"
        verdict = Verdict.OK if config.development else Verdict.WARNING
        yield Finding("addresses", verdict, f"{told}: clients on this machine only", remedy)
    elif not config.rtc.node_ip and not any(_is_public(ip) for ip in addresses.candidates):
        yield Finding(
            "addresses", Verdict.OK, f"{told}: clients of this network", "for clients on the internet, give --node-ip"
        )
    else:
        yield Finding("addresses", Verdict.OK, told)


def check_keys(config: Config) -> Iterator[Finding]:
    """By now the configuration has been accepted, so there are keys."""
    if config.development:
        yield Finding("API keys", Verdict.OK, f"{next(iter(config.keys))}, which everybody knows: development only")
    else:
        yield Finding("API keys", Verdict.OK, ", ".join(config.keys))


def check_tls(config: Config) -> Iterator[Finding]:
    """Do certificate and key fit, and is a page without TLS of use?"""
    tls = config.tls
    if tls.cert_file:
        try:
            ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(tls.cert_file, tls.key_file)
        except (OSError, ssl.SSLError) as error:
            detail = f"{tls.cert_file} and {tls.key_file}: {error}"
            yield Finding("TLS", Verdict.FAILURE, detail, "check --tls-cert and --tls-key")
            return
        yield Finding("TLS", Verdict.OK, tls.cert_file)
    elif tls.self_signed:
        yield Finding("TLS", Verdict.OK, f"self-signed, in {certificate_directory(config)}")
    elif config.development and all(ip.startswith("127.") for ip in config.bind_addresses):
        yield Finding("TLS", Verdict.OK, "not needed on this machine")
    else:
        yield Finding(
            "TLS",
            Verdict.WARNING,
            "none: browsers give the camera to https pages only",
            "give --tls-cert and --tls-key, put a proxy with a certificate in front, or try --tls self-signed",
        )


def check_turn(config: Config) -> Iterator[Finding]:
    """Do clients get through whose network lets no UDP out?"""
    turn = config.turn
    if turn.enabled and turn.tls_port and not turn.external_tls:
        chain, key = certificate_files(config)
        try:
            ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(chain, key)
        except (OSError, ssl.SSLError) as error:
            yield Finding("TURN", Verdict.FAILURE, f"{chain} and {key}: {error}", "check turn.cert_file")
            return
    if turn.enabled and turn.tls_port:
        lead = (
            "" if turn.tls_port == 443 else f"lead port 443 of {turn.domain} to {turn.tls_port}: clients are told 443"
        )
        yield Finding("TURN", Verdict.OK, f"over TLS at {turn.domain}", lead)
    elif turn.enabled:
        yield Finding("TURN", Verdict.OK, "over UDP", "with turn.tls_port clients get through that have no UDP")
    elif config.rtc.turn_servers:
        yield Finding("TURN", Verdict.OK, ", ".join(server.host for server in config.rtc.turn_servers))
    else:
        yield Finding("TURN", Verdict.OK, "none; clients behind strict firewalls may need it (turn.enabled)")


def check_storage(config: Config) -> Iterator[Finding]:
    """Can rooms be kept?"""
    if config.storage.url:
        yield _check_database(config.storage.url)
        return
    directory = data_directory(config)
    if directory is None:
        yield Finding("storage", Verdict.OK, "in memory; --data-dir keeps rooms over a restart")
        return
    existing = next(path for path in (directory, *directory.parents) if path.exists())
    if existing.is_dir() and os.access(existing, os.W_OK):
        yield Finding("storage", Verdict.OK, str(directory))
    else:
        yield Finding("storage", Verdict.FAILURE, f"{existing} cannot be written", "choose another with --data-dir")


def _check_database(url: str) -> Finding:
    try:
        address = address_of(url)
    except BadAddress as error:
        return Finding("storage", Verdict.FAILURE, str(error), "mend storage.url")
    try:
        version = asyncio.run(version_of(address))
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error))
        return Finding("storage", Verdict.FAILURE, f"{shown(address)}: {reason}", "start it, or mend storage.url")
    return Finding("storage", Verdict.OK, f"{shown(address)}, PostgreSQL {version}")


def check_clock(config: Config) -> Iterator[Finding]:
    """Tokens are dated: a clock that is off by more than a minute refuses good ones."""
    # No clock can be earlier than the files it dates.
    newest = max(path.stat().st_mtime for path in Path(__file__).parent.iterdir())
    if time.time() < newest - 86400:
        now = time.strftime("%Y-%m-%d %H:%M")
        yield Finding(
            "clock", Verdict.FAILURE, f"it says {now}, which is in the past", "set it; tokens would be refused"
        )
    elif _is_synchronised():
        yield Finding("clock", Verdict.OK, "synchronised")
    else:
        remedy = "fine if somebody else sets it (a container's host); otherwise run chrony or systemd-timesyncd"
        yield Finding("clock", Verdict.WARNING, "nothing here keeps it right", remedy)


def check_native(config: Config) -> Iterator[Finding]:
    """Is the media engine there, and built from these sources?"""
    try:
        _native_guard.check()
        from roomful import _native
    except ImportError as error:
        yield Finding("media engine", Verdict.FAILURE, str(error), "make native")
        return
    yield Finding("media engine", Verdict.OK, f"built from these sources ({_native.__source_hash__})")


def check_pages(config: Config) -> Iterator[Finding]:
    """Are the web pages built?"""
    if Pages().built:
        yield Finding("pages", Verdict.OK, str(BUILT_PAGES))
    else:
        yield Finding("pages", Verdict.WARNING, "not built; clients and API work without", "make ui")


def check_limits(config: Config) -> Iterator[Finding]:
    """Does the system let a busy server have what it needs?"""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard == resource.RLIM_INFINITY or hard >= ENOUGH_FILES:
        yield Finding("open files", Verdict.OK, "no limit" if hard == resource.RLIM_INFINITY else f"up to {hard}")
    else:
        remedy = f"raise it to {ENOUGH_FILES} or more: ulimit -Hn, or LimitNOFILE= of the systemd unit"
        yield Finding("open files", Verdict.WARNING, f"at most {hard}, which is as many connections", remedy)
    try:
        buffer = int(Path("/proc/sys/net/core/rmem_max").read_text())
    except (OSError, ValueError):  # not Linux, or hidden in a container: nothing to say
        return
    if buffer >= ENOUGH_UDP_BUFFER:
        yield Finding("UDP buffer", Verdict.OK, f"{buffer} bytes")
    else:
        remedy = "sysctl -w net.core.rmem_max=5000000, for servers with many participants"
        yield Finding("UDP buffer", Verdict.WARNING, f"{buffer} bytes: bursts of packets may be lost", remedy)


CHECKS: tuple[Check, ...] = (
    check_native,
    check_pages,
    check_keys,
    check_ports,
    check_addresses,
    check_tls,
    check_turn,
    check_storage,
    check_clock,
    check_limits,
)


def _is_public(ip: str) -> bool:
    return ipaddress.ip_address(ip).is_global


_TIME_ERROR = 5
"""What adjtimex(2) returns while nobody disciplines the clock."""


def _is_synchronised() -> bool:
    try:
        adjtimex = ctypes.CDLL(None).adjtimex
    except (OSError, AttributeError):  # not Linux: nobody to ask
        return True
    # A zeroed struct timex asks and sets nothing; it is 208 bytes, and the rest is room to spare.
    return adjtimex(ctypes.create_string_buffer(512)) != _TIME_ERROR
