"""Addresses of databases, as `storage.url` has them."""

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

DRIVER = "postgresql+asyncpg"
_NAMES = frozenset({"postgres", "postgresql", DRIVER})


class BadAddress(ValueError):
    """No address of a database that this server can use. The message holds no password."""


def address_of(url: str) -> URL:
    """Raises BadAddress."""
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise BadAddress("it has to look like postgresql://user:password@host:5432/name") from None
    if address.drivername not in _NAMES:
        raise BadAddress(f"{address.drivername} is not known; it begins with postgresql://")
    if not address.database:
        raise BadAddress("it names no database: postgresql://user:password@host:5432/name")
    return address.set(drivername=DRIVER)


def shown(address: URL) -> str:
    """For people, without the password."""
    return address.set(drivername="postgresql").render_as_string(hide_password=True)
