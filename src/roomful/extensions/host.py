"""Finds, starts and ends extensions. One that does not start is left out; the server goes on."""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points

from roomful.config import ConfigError
from roomful.extensions.context import HostContext
from roomful.extensions.extensions import Extensions
from roomful.rooms.extension import Extension

GROUP = "roomful.plugins"
INIT_SECONDS = 20.0
CLOSE_SECONDS = 2.0

Factory = Callable[[], Extension]

logger = logging.getLogger(__name__)


class ExtensionHost:
    """The extensions that run."""

    def __init__(
        self,
        extensions: Extensions,
        context_for: Callable[[str], HostContext],
        *,
        forget: Callable[[str], None] = lambda name: None,
        init_seconds: float = INIT_SECONDS,
    ) -> None:
        """`forget` takes back what an extension of that name had added before its `init` failed."""
        self._extensions = extensions
        self._context_for = context_for
        self._forget = forget
        self._init_seconds = init_seconds
        self._running: list[tuple[Extension, HostContext]] = []

    @property
    def names(self) -> list[str]:
        return [extension.name for extension, _ in self._running]

    async def start(self, factories: Mapping[str, Factory]) -> None:
        """Start one extension after another, in this order. Raises ConfigError for a setting that does not fit."""
        for name, factory in factories.items():
            await self._start(name, factory)
        self._extensions.start()

    async def close(self) -> None:
        """End them, the last first."""
        for extension, context in reversed(self._running):
            context.close()
            try:
                async with asyncio.timeout(CLOSE_SECONDS):
                    await extension.close()
            except Exception:
                logger.exception("an extension did not end well", extra={"extension": extension.name})
        self._running.clear()

    async def _start(self, name: str, factory: Factory) -> None:
        context = None
        try:
            extension = factory()
            if extension.name in self.names:
                raise ValueError(f"there is an extension called {extension.name!r} already")
            context = self._context_for(extension.name)
            async with asyncio.timeout(self._init_seconds):
                await extension.init(context)
        except ConfigError:
            raise
        except Exception:
            logger.exception("an extension does not start and is left out", extra={"extension": name})
            if context is not None:
                context.close()
                self._extensions.forget(name)
                self._forget(name)
            return
        context.started()
        self._running.append((extension, context))


def installed(disabled: Collection[str] = (), found: Iterable[EntryPoint] | None = None) -> dict[str, Factory]:
    """The extensions of the entry point group `roomful.plugins`, by name; one that cannot be imported is left out."""
    factories: dict[str, Factory] = {}
    for entry_point in entry_points(group=GROUP) if found is None else found:
        if entry_point.name in disabled:
            continue
        try:
            factories[entry_point.name] = entry_point.load()
        except Exception:
            logger.exception("an extension cannot be loaded and is left out", extra={"extension": entry_point.name})
    return factories
