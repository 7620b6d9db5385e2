"""The TURN server inside, as the configuration wants it. specs/livekit.md §3.30."""

import ipaddress
from collections.abc import Iterable, Sequence

import msgspec

from roomful.config.network import InterfaceAddress, MediaAddresses
from roomful.config.schema import Config

Address = tuple[str, int]


class TurnPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Where it listens, and with whom its clients may talk."""

    udp: Sequence[Address]
    tcp: Sequence[Address]
    certificate: tuple[str, str] | None
    """Files with the chain and its key; None: somebody in front of the server ends TLS."""
    relay_ips: Sequence[str]
    relay_ports: tuple[int, int]
    keys: dict[str, str]
    sfu: Sequence[tuple[Address, Address]]
    """Where the media engine is announced, and where packets for that address are sent on this machine."""
    allow: Sequence[str]
    deny: Sequence[str]


def turn_plan(
    config: Config, addresses: MediaAddresses, local: Iterable[InterfaceAddress], sfu_ports: Iterable[int]
) -> TurnPlan:
    """`addresses` are those of the media engine, `sfu_ports` its UDP ports, `local` all addresses of this machine."""
    turn = config.turn
    own = _addresses(addresses, local)
    listen = turn.bind_addresses or own
    relay_ips = [ip for ip in (_first(own, version) for version in (4, 6)) if ip]
    return TurnPlan(
        udp=[(ip, turn.udp_port) for ip in listen] if turn.udp_port else [],
        tcp=[(ip, turn.tls_port) for ip in listen] if turn.tls_port else [],
        certificate=certificate_files(config) if turn.tls_port and not turn.external_tls else None,
        relay_ips=relay_ips,
        relay_ports=(turn.relay_range_start, turn.relay_range_end),
        keys=config.keys,
        sfu=[
            ((announced, port), (announced if announced in own else _first(own, _version(announced)), port))
            for announced in addresses.candidates
            if _first(own, _version(announced))
            for port in sfu_ports
        ],
        allow=turn.allow_restricted_peer_cidrs,
        deny=turn.deny_peer_cidrs,
    )


def certificate_files(config: Config) -> tuple[str, str]:
    """Files with the chain and its key: TURN's own, or else those of the main port."""
    of = config.turn if config.turn.cert_file else config.tls
    return of.cert_file, of.key_file


def _addresses(addresses: MediaAddresses, local: Iterable[InterfaceAddress]) -> list[str]:
    """The addresses that media is at home: those it is bound to, or of this machine where it is bound to all."""
    if not all(ipaddress.ip_address(ip).is_unspecified for ip in addresses.bind):
        return list(addresses.bind)
    versions = {_version(ip) for ip in addresses.bind}
    every = [one.ip for one in local if _version(one.ip) in versions]
    usable = [ip for ip in every if not _is_special(ip)]
    announced = [ip for ip in addresses.candidates if ip in every]
    return list(dict.fromkeys([*announced, *usable])) or every


def _is_special(ip: str) -> bool:
    address = ipaddress.ip_address(ip)
    return address.is_loopback or address.is_link_local


def _first(ips: Iterable[str], version: int) -> str:
    return next((ip for ip in ips if _version(ip) == version), "")


def _version(ip: str) -> int:
    return ipaddress.ip_address(ip).version
