"""Debian's coturn on loopback, as a STUN server or a TURN server."""

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
    async with _coturn(folder, "--stun-only") as port:
        yield f"127.0.0.1:{port}"


@contextlib.asynccontextmanager
async def turn_server(folder: Path, secret: str) -> AsyncIterator[int]:
    """The same with relays for whoever has credentials made from the secret; gives its port, of UDP and TCP."""
    secrets = ("--use-auth-secret", f"--static-auth-secret={secret}", "--realm=example.com")
    relays = ("--relay-ip=127.0.0.1", "--allow-loopback-peers", "--min-port=40001", "--max-port=49999")
    async with _coturn(folder, *secrets, *relays) as port:
        yield port


@contextlib.asynccontextmanager
async def _coturn(folder: Path, *options: str) -> AsyncIterator[int]:
    port = free_port(socket.SOCK_STREAM)
    log = folder / "coturn.log"
    process = await asyncio.create_subprocess_exec(
        *("turnserver", "-n", *options, "--listening-ip", "127.0.0.1", "--listening-port", str(port)),
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
        yield port
    finally:
        process.terminate()
        await process.wait()
