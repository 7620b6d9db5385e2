"""From a checked command to who carries it out."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from roomful.media.api import MediaError
from roomful.protocols.nkmedia.caller import Caller
from roomful.protocols.nkmedia.codes import Code, NkError, of_room_error
from roomful.protocols.nkmedia.commands import Command
from roomful.protocols.nkmedia.pending import Result
from roomful.rooms.errors import RoomError

Handler: TypeAlias = Callable[[Caller, Any, float], Result]
"""Carries out one kind of command. Raises NkError, RoomError, MediaError."""


class Executor:
    """Knows the handler of each command."""

    def __init__(self) -> None:
        self._handlers: dict[type[Command], Handler] = {}

    def add(self, handlers: Mapping[type[Command], Handler]) -> None:
        self._handlers.update(handlers)

    def handler(self, kind: type[Command]) -> Handler:
        """Who carries this kind out now, for one that takes the place and does some of the work itself."""
        return self._handlers[kind]

    def run(self, caller: Caller, command: Command, now: float) -> Result:
        """Raises NkError."""
        handler = self._handlers.get(type(command))
        if handler is None:
            raise NkError(Code.NOT_IMPLEMENTED)
        try:
            return handler(caller, command, now)
        except RoomError as error:
            raise of_room_error(error) from None
        except MediaError:
            raise NkError(Code.NO_MEDIASERVER) from None
