"""Debian's coturn as a STUN server on loopback."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path

from tests.running_server import free_port

ANSWERS_WITHIN = 20.0


@contextlib.asynccontextmanager
async def stun_server(folder: Path) -> AsyncIterator[str]:
    """Start it and wait until it listens; gives `host:port`."""
    port = free_port(socket.SOCK_STREAM)
    log = folder / "coturn.log"
    process = await asyncio.create_subprocess_exec(
        *("turnserver", "-n", "--stun-only", "--listening-ip", "127.0.0.1", "--listening-port", str(port)),
        *("--no-cli", "--no-tls", "--no-dtls", "--log-file", str(log), "--simple-log", "--new-log-timestamp"),
        *("--pidfile", str(folder / "coturn.pid"), "--db", str(folder / "coturn.db")),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(ANSWERS_WITHIN):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except ConnectionRefusedError:
                    await asyncio.sleep(0.05)
                else:
                    writer.close()
                    break
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()
