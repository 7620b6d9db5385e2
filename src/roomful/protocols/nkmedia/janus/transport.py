"""The WebSocket to Janus, opened again whenever it is gone."""

import asyncio
import contextlib
import logging

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.typing import Subprotocol

from roomful.outgoing import AddressRules, ForbiddenAddress
from roomful.outgoing.websocket import connect_websocket
from roomful.protocols.nkmedia.janus.engine import JanusEngine

RETRY_EVERY = 5.0
CONNECT_WITHIN = 5.0
MAX_MESSAGE_BYTES = 16 * 1024 * 1024
"""A list of 10,000 rooms is about 6 MB."""
MAX_WAITING = 50_000
"""Messages that Janus has not taken yet; a Janus that takes none is as good as gone."""

logger = logging.getLogger(__name__)


class JanusTransport:
    """Runs from `open` to `close`."""

    def __init__(self, engine: JanusEngine, retry_every: float = RETRY_EVERY) -> None:
        """`retry_every` is in seconds."""
        self._engine = engine
        self._retry_every = retry_every
        self._task: asyncio.Task[None] | None = None

    def open(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        told = False
        while True:
            try:
                connection = await self._connect()
            except (OSError, TimeoutError, InvalidHandshake, InvalidURI, ForbiddenAddress, ValueError) as error:
                if not told:  # every 5 s would be too much
                    logger.warning("Janus cannot be reached: %s", error)
                told = True
            else:
                told = False
                await self._converse(connection)
            await asyncio.sleep(self._retry_every)

    async def _connect(self) -> ClientConnection:
        async with asyncio.timeout(CONNECT_WITHIN):
            return await connect_websocket(
                self._engine.config.url,
                AddressRules(),
                subprotocols=[Subprotocol("janus-protocol")],
                compression=None,
                max_size=MAX_MESSAGE_BYTES,
                close_timeout=1.0,
            )

    async def _converse(self, connection: ClientConnection) -> None:
        waiting: asyncio.Queue[bytes] = asyncio.Queue(MAX_WAITING)
        writing = asyncio.create_task(_write(connection, waiting))

        def hang_up() -> None:
            writing.cancel()

        def send(message: bytes) -> None:
            try:
                waiting.put_nowait(message)
            except asyncio.QueueFull:
                hang_up()

        self._engine.connected(send, hang_up)
        reading = asyncio.create_task(self._read(connection))
        try:
            await asyncio.wait([reading, writing], return_when=asyncio.FIRST_COMPLETED)
            self._engine.lost()  # not where the server itself ends: its rooms are to be there again when it starts
        finally:
            for task in (reading, writing):
                task.cancel()
            await asyncio.gather(reading, writing, return_exceptions=True)
            await connection.close()
        logger.warning("the connection to Janus is gone")

    async def _read(self, connection: ClientConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for message in connection:
                try:
                    self._engine.receive(message)
                except ValueError as error:
                    logger.warning("Janus says what cannot be read: %s", error)
                except Exception:
                    logger.exception("a message of Janus's could not be handled")


async def _write(connection: ClientConnection, waiting: asyncio.Queue[bytes]) -> None:
    with contextlib.suppress(ConnectionClosed):
        while True:
            await connection.send((await waiting.get()).decode())
