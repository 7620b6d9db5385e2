"""Where the server may connect to, however the address is written."""

import pytest

from roomful.outgoing import AddressRules, ForbiddenAddress, resolve


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "169.254.0.1",
        "100.100.100.200",
        "0.0.0.0",
        "0.1.2.3",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "ff02::1",
        "fd00:ec2::254",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
    ],
)
def test_link_local_and_metadata_addresses_are_forbidden(address: str) -> None:
    assert not AddressRules().permits(address)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "::1", "10.1.2.3", "192.168.0.7", "fd12:3456::1", "93.184.216.34", "2606:2800::1"]
)
def test_private_and_public_addresses_are_permitted(address: str) -> None:
    assert AddressRules().permits(address)


def test_the_configuration_allows_and_denies_more() -> None:
    rules = AddressRules(allow=["169.254.10.0/24"], deny=["10.0.0.0/8", "127.0.0.1"])
    assert rules.permits("169.254.10.9")
    assert not rules.permits("169.254.11.9")
    assert not rules.permits("10.9.9.9")
    assert not rules.permits("::ffff:127.0.0.1")


def test_what_is_denied_is_not_allowed_again() -> None:
    assert not AddressRules(allow=["10.0.0.0/8"], deny=["10.0.0.0/8"]).permits("10.0.0.1")


async def test_names_and_numbers_resolve_to_what_they_are() -> None:
    assert "127.0.0.1" in await resolve("localhost", 80, AddressRules())
    assert await resolve("127.1", 80, AddressRules()) == ["127.0.0.1"]


@pytest.mark.parametrize("host", ["169.254.169.254", "2852039166", "0xa9fea9fe", "0"])
async def test_forbidden_addresses_in_any_spelling_do_not_resolve(host: str) -> None:
    with pytest.raises(ForbiddenAddress, match="does not connect"):
        await resolve(host, 80, AddressRules())


@pytest.mark.parametrize("host", ["a..b", "x" * 80 + ".example", "no-such-name.invalid"])
async def test_names_that_are_none_do_not_resolve(host: str) -> None:
    with pytest.raises(OSError, match=r".+"):
        await resolve(host, 80, AddressRules())
