"""Which addresses clients are told, and where sockets are bound."""

import msgspec
import pytest

from roomful.config import AddressFilter, Config, ConfigError, PortRange, RtcConfig, effective
from roomful.config.network import InterfaceAddress, local_addresses, media_addresses, media_ports

LOCAL = (
    InterfaceAddress("lo", "127.0.0.1"),
    InterfaceAddress("lo", "::1"),
    InterfaceAddress("eth0", "192.0.2.2"),
    InterfaceAddress("eth0", "2001:db8::2"),
    InterfaceAddress("eth0", "fe80::1"),
    InterfaceAddress("eth1", "10.1.2.3"),
    InterfaceAddress("docker0", "172.17.0.1"),
)


def addresses(**rtc: object) -> tuple[tuple[str, ...], tuple[str, ...]]:
    config = effective(Config(keys={"k": "s" * 32}, rtc=RtcConfig(**rtc)))  # type: ignore[arg-type]
    chosen = media_addresses(config, LOCAL)
    return chosen.bind, chosen.candidates


def test_by_default_every_reachable_address_is_told() -> None:
    bind, candidates = addresses()
    assert candidates == ("192.0.2.2", "2001:db8::2", "10.1.2.3")
    assert bind == ("0.0.0.0", "::")


def test_the_node_address_is_told_instead_of_the_local_ones() -> None:
    assert addresses(node_ip="203.0.113.7, 2001:db8::7") == (("0.0.0.0", "::"), ("203.0.113.7", "2001:db8::7"))


@pytest.mark.parametrize(
    ("rtc", "chosen"),
    [
        ({"interfaces": AddressFilter(includes=["eth1"])}, ("10.1.2.3",)),
        ({"interfaces": AddressFilter(excludes=["eth0"])}, ("10.1.2.3",)),
        ({"interfaces": AddressFilter(includes=["docker0"])}, ("172.17.0.1",)),
        ({"ips": AddressFilter(includes=["10.0.0.0/8"])}, ("10.1.2.3",)),
        ({"ips": AddressFilter(excludes=["10.0.0.0/8", "2001:db8::/32"])}, ("192.0.2.2",)),
        (
            {"interfaces": AddressFilter(includes=["lo"]), "enable_loopback_candidate": True},
            ("127.0.0.1", "::1"),
        ),
    ],
)
def test_filters_choose_what_is_told_and_bound(rtc: dict[str, object], chosen: tuple[str, ...]) -> None:
    assert addresses(**rtc) == (chosen, chosen)


def test_filters_that_leave_nothing_are_a_mistake() -> None:
    with pytest.raises(ConfigError, match="no local address passes"):
        addresses(interfaces=AddressFilter(includes=["wlan9"]))


def test_loopback_is_told_when_there_is_nothing_else() -> None:
    config = effective(Config(keys={"k": "s" * 32}))
    assert media_addresses(config, LOCAL[:2]).candidates == ("127.0.0.1",)


def test_development_on_loopback_keeps_media_there() -> None:
    chosen = media_addresses(effective(Config(development=True)), LOCAL)
    assert (chosen.bind, chosen.candidates) == (("127.0.0.1",), ("127.0.0.1",))


def test_development_on_the_network_tells_loopback_too() -> None:
    config = effective(Config(development=True, bind_addresses=["0.0.0.0"]))
    assert media_addresses(config, LOCAL).candidates == ("127.0.0.1", "::1", "192.0.2.2", "2001:db8::2", "10.1.2.3")


@pytest.mark.parametrize(
    ("configured", "ports"),
    [
        (None, [7882, 7883, 7884, 7885]),
        (PortRange(9000, 9000), [9000]),
        (PortRange(9000, 9001), [9000, 9001]),
        (PortRange(9000, 9100), [9000, 9001, 9002, 9003]),
    ],
)
def test_every_media_thread_has_a_port_up_to_the_cores(configured: PortRange | None, ports: list[int]) -> None:
    config = msgspec.structs.replace(Config(), rtc=RtcConfig(udp_port=configured))
    assert list(media_ports(config, cores=4)) == ports


def test_this_machine_has_a_loopback_interface() -> None:
    assert "127.0.0.1" in {address.ip for address in local_addresses()}
