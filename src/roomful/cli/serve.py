"""`roomful serve`: run the server until it is told to stop."""

import asyncio
import contextlib
import gc
import logging
import os
import resource
import signal
import ssl
import sys
from typing import TYPE_CHECKING

import uvloop

from roomful import _native_guard, logs
from roomful.cli.output import CommandError, err
from roomful.cli.settings import Settings
from roomful.config import Config, Sections, effective
from roomful.storage import StorageError
from roomful.web.sockets import ListenError

if TYPE_CHECKING:
    from roomful.app import App
    from roomful.draining import Drain

logger = logging.getLogger("roomful")

COLLECTED_AFTER = 10_000
"""Objects made and not freed, until the youngest are looked at for cycles; Python's own number is 700."""

SAME_SIGNAL_SECONDS = 0.5
"""Launchers pass on the Ctrl-C that the terminal has sent to everybody: what comes so soon is not a second one."""


def serve(settings: Settings | None = None) -> None:
    """Run the server.

    Args:
        settings: How the server is to run.
    """
    loaded = (settings or Settings()).load()
    config = effective(loaded.config)
    logs.configure(config.effective_log_level, "json" if config.logging.json else "text")
    for notice in loaded.notices:
        logger.warning("configuration: %s", notice)
    try:
        _native_guard.check()
    except _native_guard.StaleNativeModule as error:
        raise CommandError(str(error)) from None
    _raise_file_limit()
    uvloop.run(_run(config, loaded.sections))


async def _run(config: Config, sections: Sections) -> None:
    # Only now, when the engine is known to be good: importing it otherwise is a traceback.
    from roomful.app import build
    from roomful.cli.banner import print_banner

    app = build(config, sections)
    try:
        await app.start()
    except (ListenError, StorageError) as error:
        raise CommandError(str(error)) from error
    except (ssl.SSLError, FileNotFoundError, PermissionError) as error:
        raise CommandError(f"the TLS certificate cannot be used: {error}") from error
    look_for_garbage_less()
    signals = _Signals(float(config.drain_timeout), app.drain)
    if config.logging.json:
        logger.info("server started", extra={"port": app.web.port, "rooms": app.restored})
    else:
        print_banner(app)
    await _until_the_end(app, signals)
    await _stop(app, float(config.shutdown_timeout))


def look_for_garbage_less() -> None:
    """Leave out what has been loaded, which stays, and let thousands join before all that is here is looked at again.

    Nearly everything is freed by itself; the collector is for cycles, and its pauses are everybody's.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECTED_AFTER, *gc.get_threshold()[1:])


async def _stop(app: "App", within: float) -> None:
    if not app.config.logging.json:
        err.print(f"\nStopping{_farewell(app)}. Once more to stop at once.", style="dim")
    logger.info("server stops", extra={"rooms": len(app.rooms)})
    try:
        async with asyncio.timeout(within):
            await app.stop(within * 0.6)
    except TimeoutError:
        logger.error("the server did not stop in time and is cut off", extra={"seconds": within})
        _exit_at_once()
    logger.info("server stopped")


def _farewell(app: "App") -> str:
    count = sum(len(room.participants) for room in app.rooms)
    return f"; {count} {'participant is' if count == 1 else 'participants are'} told to leave" if count else ""


async def _until_the_end(app: "App", signals: "_Signals") -> None:
    """Wait for the signal to stop, or for the end of a drain."""
    stopped = asyncio.create_task(signals.stop.wait())
    while not stopped.done():
        drained = asyncio.create_task(_drained(app))
        await asyncio.wait([stopped, drained], return_when=asyncio.FIRST_COMPLETED)
        if drained.done() and drained.result():
            stopped.cancel()
            return
        drained.cancel()


async def _drained(app: "App") -> bool:
    """Returns False if the drain was called off."""
    await app.drain.begun()
    logger.info("server drains", extra={"rooms": len(app.rooms), "participants": app.drain.participants})
    return await app.drain.over()


class _Signals:
    """The first SIGINT or SIGTERM begins to drain, if that is to be; the next one stops, a further one cuts off."""

    def __init__(self, drain_seconds: float, drain: "Drain") -> None:
        self.stop = asyncio.Event()
        self._drain_seconds = drain_seconds
        self._drain = drain
        self._loop = asyncio.get_running_loop()
        self._last_at = -SAME_SIGNAL_SECONDS
        for number in (signal.SIGINT, signal.SIGTERM):
            self._loop.add_signal_handler(number, self._on_signal)

    def _on_signal(self) -> None:
        now = self._loop.time()
        if now - self._last_at <= SAME_SIGNAL_SECONDS:
            return
        self._last_at = now
        if self.stop.is_set():
            _exit_at_once()
        elif self._drain_seconds and self._drain.until is None:
            self._drain.begin(self._drain_seconds)
        else:
            self.stop.set()


def _exit_at_once() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(1)


def _raise_file_limit() -> None:
    """Every participant holds a descriptor; the soft limit is a default for desktop programs."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
