"""The minutes themselves, as they are kept and handed out."""

import datetime
from enum import StrEnum, auto
from typing import Annotated

import msgspec


class TaskStatus(StrEnum):
    OPEN = auto()
    DONE = auto()
    CANCELLED = auto()


class Topic(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    points: list[str] = []


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    text: str
    segment_ids: list[str] = []
    """Where it was said."""


class Task(msgspec.Struct, frozen=True, kw_only=True):
    task_id: str
    text: str
    assignee_id: str = ""
    assignee: str = ""
    """The name; the id stays empty if it is nobody who was there."""
    due: str = ""
    """ISO date."""
    status: TaskStatus = TaskStatus.OPEN
    segment_ids: list[str] = []


class TaskPatch(msgspec.Struct, frozen=True, kw_only=True):
    """What people change about a task."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)] | None = None
    assignee_id: Annotated[str, msgspec.Meta(max_length=256)] | None = None
    assignee: Annotated[str, msgspec.Meta(max_length=256)] | None = None
    due: datetime.date | None = None
    status: TaskStatus | None = None

    def applied_to(self, task: Task) -> Task:
        changes = {field: value for field in self.__struct_fields__ if (value := getattr(self, field)) is not None}
        if self.due is not None:
            changes["due"] = self.due.isoformat()
        return msgspec.structs.replace(task, **changes)


class Minutes(msgspec.Struct, frozen=True, kw_only=True):
    meeting_id: str
    status: str
    """`pending` while they are being written, `ready`, or `failed`."""
    generated_at: int = 0
    """Unix milliseconds."""
    model: str = ""
    """`builtin`, or the name of the language model."""
    overview: str = ""
    topics: list[Topic] = []
    decisions: list[Decision] = []
    tasks: list[Task] = []
    truncated: bool = False
    """The meeting was too long: the minutes are of its beginning."""
    error: str = ""
    """Why the language model did not write them."""
