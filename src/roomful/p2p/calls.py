"""Awaits what the native module does on its own threads."""

import asyncio
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar
from weakref import WeakKeyDictionary

from roomful._native import P2pCalls, P2pError
from roomful.p2p.errors import named

T = TypeVar("T")


class Calls:
    """The calls of one event loop. An await that is cancelled cancels the call."""

    _by_loop: ClassVar[WeakKeyDictionary[asyncio.AbstractEventLoop, "Calls"]] = WeakKeyDictionary()

    @classmethod
    def here(cls) -> "Calls":
        """The calls of the running loop; made when first asked for."""
        loop = asyncio.get_running_loop()
        calls = cls._by_loop.get(loop)
        if calls is None:
            calls = cls._by_loop[loop] = cls()
        return calls

    def __init__(self) -> None:
        self._native = P2pCalls()
        self._waiting: dict[int, asyncio.Future[Any]] = {}

    async def __call__(self, start: Callable[[P2pCalls], int]) -> Any:
        """Start a call and wait for its answer.

        Raises:
            IrohRoomsError: of the kind that the failure names.
        """
        loop = asyncio.get_running_loop()
        # Only while somebody waits: a loop that is closed must have let go of the file descriptor.
        if not self._waiting:
            loop.add_reader(self._native.fileno(), self._drain)
        future = loop.create_future()
        call: int | None = None
        try:
            call = start(self._native)
            self._waiting[call] = future
            return await future
        except asyncio.CancelledError:
            if call is not None:
                self._native.cancel(call)
            raise
        finally:
            if call is not None:
                del self._waiting[call]
            if not self._waiting:
                loop.remove_reader(self._native.fileno())

    def _drain(self) -> None:
        for call, value, failure in self._native.drain():
            future = self._waiting.get(call)
            if future is None or future.done():
                continue
            if failure is None:
                future.set_result(value)
            else:
                future.set_exception(named(*failure))

    @property
    def running(self) -> int:
        """Calls under way."""
        return self._native.running()


async def call(start: Callable[[P2pCalls], int]) -> Any:
    """Start a call on the running loop and wait for its answer; see `Calls.__call__`."""
    return await Calls.here()(start)


def direct(ask: Callable[[], T]) -> T:
    """Ask the native module for something that needs no waiting, with its failures named."""
    try:
        return ask()
    except P2pError as error:
        raise named(*error.args) from None
