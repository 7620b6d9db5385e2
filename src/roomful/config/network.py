"""Which addresses and ports media uses: where sockets are bound, and what clients are told."""

import ipaddress
from collections.abc import Iterable, Sequence

import ifaddr
import msgspec

from roomful.config.effective import LOOPBACK, node_addresses
from roomful.config.errors import ConfigError
from roomful.config.schema import AddressFilter, Config

DEFAULT_UDP_PORT = 7882

CONTAINER_INTERFACES = ("docker", "veth", "br-", "virbr", "cni", "flannel", "cali", "podman")
"""Beginnings of names of interfaces that no client reaches: the host's side of containers and virtual machines."""


class InterfaceAddress(msgspec.Struct, frozen=True):
    """One address of one network interface of this machine."""

    interface: str
    ip: str


class MediaAddresses(msgspec.Struct, frozen=True):
    """`bind`: local addresses for sockets. `candidates`: addresses announced to clients."""

    bind: tuple[str, ...]
    candidates: tuple[str, ...]


def local_addresses() -> tuple[InterfaceAddress, ...]:
    """All addresses of all interfaces, loopback included, in the operating system's order."""
    return tuple(
        InterfaceAddress(adapter.nice_name, ip.ip if isinstance(ip.ip, str) else ip.ip[0])
        for adapter in ifaddr.get_adapters()
        for ip in adapter.ips
    )


def media_addresses(config: Config, local: Iterable[InterfaceAddress]) -> MediaAddresses:
    """Choose among the `local` addresses.

    Sockets are bound to every address (`0.0.0.0`, and `::` if there is IPv6) unless the configuration picks some;
    with `--dev` on loopback alone, media stays on loopback too.

    Raises:
        ConfigError: the filters leave nothing.
    """
    rtc = config.rtc
    filtered = bool(rtc.interfaces.includes or rtc.interfaces.excludes or rtc.ips.includes or rtc.ips.excludes)
    if config.development and not filtered and not rtc.node_ip and all(map(_is_loopback, config.bind_addresses)):
        return MediaAddresses(bind=(LOOPBACK,), candidates=(LOOPBACK,))
    chosen = tuple(address.ip for address in local if _is_chosen(address, config))
    if not chosen and filtered:
        raise ConfigError(
            "no local address passes rtc.interfaces and rtc.ips", key="rtc", hint="`roomful doctor` lists them all"
        )
    chosen = chosen or (LOOPBACK,)
    announced = tuple(node_addresses(config)) or chosen
    return MediaAddresses(bind=chosen if filtered else _wildcards(chosen), candidates=announced)


def media_ports(config: Config, cores: int) -> range:
    """The UDP ports of the media threads, one each."""
    if config.rtc.udp_port is None:
        return range(DEFAULT_UDP_PORT, DEFAULT_UDP_PORT + cores)
    first = config.rtc.udp_port.first
    return range(first, first + min(len(config.rtc.udp_port), cores))


def _is_chosen(address: InterfaceAddress, config: Config) -> bool:
    rtc = config.rtc
    ip = ipaddress.ip_address(address.ip)
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified:
        return False
    if ip.is_loopback and not rtc.enable_loopback_candidate:
        return False
    if not rtc.interfaces.includes and address.interface.startswith(CONTAINER_INTERFACES):
        return False
    return _passes(rtc.interfaces, [address.interface]) and _passes(rtc.ips, _networks(ip, rtc.ips))


def _passes(names: AddressFilter, own: Sequence[str]) -> bool:
    included = not names.includes or any(name in names.includes for name in own)
    return included and not any(name in names.excludes for name in own)


def _networks(ip: ipaddress.IPv4Address | ipaddress.IPv6Address, networks: AddressFilter) -> list[str]:
    """Those of the filter's networks that hold the address."""
    return [
        network
        for network in (*networks.includes, *networks.excludes)
        if ip in ipaddress.ip_network(network, strict=False)
    ]


def _wildcards(chosen: Sequence[str]) -> tuple[str, ...]:
    families = {ipaddress.ip_address(ip).version for ip in chosen}
    return tuple(wildcard for version, wildcard in ((4, "0.0.0.0"), (6, "::")) if version in families)


def _is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address).is_loopback
