"""Requests that carry an id are carried out once, however often they come: also after a reconnect or a restart."""

from typing import Any

import msgspec

KEPT = 100
"""Answers of one meeting."""


class Repeats(msgspec.Struct):
    """The answers to the last requests."""

    answers: dict[str, dict[str, Any]] = {}

    def find(self, user_id: str, request_id: str) -> dict[str, Any] | None:
        return self.answers.get(f"{user_id} {request_id}")

    def remember(self, user_id: str, request_id: str, answer: dict[str, Any]) -> None:
        self.answers[f"{user_id} {request_id}"] = answer
        if len(self.answers) > KEPT:
            del self.answers[next(iter(self.answers))]
