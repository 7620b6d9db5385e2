"""Connections to PostgreSQL."""

from typing import Any

import asyncpg  # pyright: ignore[reportMissingTypeStubs]
from sqlalchemy import URL, text
from sqlalchemy.dialects.postgresql.asyncpg import dialect as AsyncpgDialect  # noqa: N812
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 60.0
"""Longest wait for one answer: a database that hangs is as good as away."""
CONNECTIONS = 5
"""At once, with as many more when all of them are busy."""


def postgresql_engine(address: URL) -> AsyncEngine:
    """Nothing is connected yet."""
    # The names of parameters in an address are SQLAlchemy's.
    _, known = AsyncpgDialect().create_connect_args(address)
    arguments: dict[str, Any] = {
        "timeout": CONNECT_SECONDS,
        "command_timeout": ANSWER_SECONDS,
        "server_settings": {"application_name": "roomful"},
        **{name: value for name, value in known.items() if not name.startswith("prepared_statement_")},
    }

    async def connect(**_: object) -> Any:
        try:
            return await asyncpg.connect(**arguments)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            # Errors of asyncpg's own nobody knows: a database that is still starting up is one to be waited for.
            raise OperationalError("connect", None, error) from error

    # A connection is tried before it is used: a database that was started again is not to be noticed.
    return create_async_engine(
        address, async_creator=connect, pool_pre_ping=True, pool_size=CONNECTIONS, max_overflow=CONNECTIONS
    )


async def version_of(address: URL) -> str:
    """Which PostgreSQL answers there. Raises SQLAlchemy's errors."""
    engine = postgresql_engine(address)
    try:
        async with engine.connect() as connection:
            return str((await connection.execute(text("show server_version"))).scalar())
    finally:
        await engine.dispose()
