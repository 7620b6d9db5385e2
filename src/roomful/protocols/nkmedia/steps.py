"""What takes several questions to others, from top to bottom: a generator that yields each outcome it waits for.

No I/O: whoever settles the outcome makes it go on.
"""

from collections.abc import Callable, Generator
from functools import partial
from typing import Any, TypeAlias, TypeVar

from roomful.media.api import MediaError
from roomful.protocols.nkmedia.codes import Code, NkError, of_room_error
from roomful.protocols.nkmedia.pending import Outcome, Pending
from roomful.rooms.errors import RoomError

T = TypeVar("T")
Steps: TypeAlias = Generator[Pending, Any, T]
"""Errors among the outcomes are raised where they were waited for."""


def walk(steps: Steps[None], guard: Callable[[Callable[[], None]], None]) -> None:
    """Go through the steps. Each of them is taken inside of `guard`, which handles what it raises, or leaves it out."""

    def step(outcome: Outcome) -> None:
        try:
            pending = steps.throw(outcome) if isinstance(outcome, NkError) else steps.send(outcome)
        except StopIteration:
            return
        pending.then(go_on)

    def go_on(outcome: Outcome) -> None:
        guard(partial(step, outcome))

    go_on(None)


def promised(steps: Steps[Outcome]) -> Pending:
    """The outcome of all the steps; what one of them raises is that of all."""
    later = Pending()

    def to_the_end() -> Steps[None]:
        later.settle((yield from steps))

    def guard(step: Callable[[], None]) -> None:
        try:
            step()
        except NkError as error:
            later.settle(error)
        except RoomError as error:
            later.settle(of_room_error(error))
        except MediaError:
            later.settle(NkError(Code.NO_MEDIASERVER))

    walk(to_the_end(), guard)
    return later
