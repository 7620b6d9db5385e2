"""What a command answers: at once, or later."""

from collections.abc import Callable
from typing import Any, TypeAlias

from roomful.protocols.nkmedia.codes import NkError

Data: TypeAlias = dict[str, Any] | list[Any] | None
Outcome: TypeAlias = Data | NkError


class Pending:
    """An outcome that comes once, and is told once to who asked."""

    def __init__(self, *, slow: bool = False) -> None:
        """`slow`: it is sure to take its time, so that who asked is told at once that it will."""
        self.slow = slow
        self._settled = False
        self._outcome: Outcome = None
        self._tell: Callable[[Outcome], None] | None = None

    def settle(self, outcome: Outcome) -> None:
        """The first outcome counts."""
        if self._settled:
            return
        self._settled, self._outcome = True, outcome
        if self._tell is not None:
            self._tell(outcome)

    def then(self, tell: Callable[[Outcome], None]) -> None:
        """Call `tell` with the outcome, now or when it comes."""
        self._tell = tell
        if self._settled:
            tell(self._outcome)


Result: TypeAlias = Data | Pending
