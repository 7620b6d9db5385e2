"""Simulated viewers of one show: when each comes, says something and goes. specs/monibuca-rooms.md §6.7."""

import heapq
import random
from dataclasses import dataclass
from enum import IntEnum, auto
from typing import Annotated

import msgspec

from roomful.plugins.live.people import Person
from roomful.rooms.extension import Code, RoomApiError
from roomful.rooms.extension.codes import bad_field

Span = Annotated[tuple[float, float], msgspec.Meta(description="Least and most seconds.")]

Phrase = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]

_NAMES = (
    "Alex",
    "Billie",
    "Charlie",
    "Dana",
    "Eli",
    "Frankie",
    "Jo",
    "Kim",
    "Lou",
    "Max",
    "Nico",
    "Robin",
    "Sam",
    "Toni",
)


class RobotOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Which robots are to come."""

    count: Annotated[int, msgspec.Meta(ge=1)]
    join_interval: Span = (0.5, 3)
    """Between two that come."""
    chat: bool = False
    chat_interval: Span = (5, 20)
    phrases: Annotated[list[Phrase], msgspec.Meta(max_length=100)] = []
    stay: Span = (60, 600)


class Act(IntEnum):
    """What a robot does. Who leaves at the same moment as it speaks, leaves."""

    JOIN = auto()
    LEAVE = auto()
    CHAT = auto()


@dataclass(slots=True)
class Robot:
    person: Person
    order: RobotOrder
    joined_at: float | None = None


class Crowd:
    """The robots of one show: those that are there, and those to come."""

    def __init__(self, most: int, dice: random.Random) -> None:
        self._most = most
        self._dice = dice
        self._robots: dict[str, Robot] = {}
        self._plan: list[tuple[float, Act, str]] = []
        """Heap of times; of robots that are gone, nothing comes any more."""
        self._made = 0

    def order(self, order: RobotOrder, now: float) -> list[Person]:
        """Have robots come. Raises RoomApiError: BAD_FIELD, LIMIT_REACHED."""
        for name in ("join_interval", "chat_interval", "stay"):
            least, most = getattr(order, name)
            if not 0 <= least <= most <= 86_400:
                raise bad_field(name, f"{name} is [least, most] seconds")
        if order.chat and (not order.phrases or order.chat_interval[0] < 1):
            raise bad_field("phrases", "robots that chat need phrases, and a second between two")
        if len(self._robots) + order.count > self._most:
            raise RoomApiError(Code.LIMIT_REACHED, f"a room has {self._most} robots at most")
        coming: list[Person] = []
        at = now
        for _ in range(order.count):
            self._made += 1
            person = Person(f"robot_{self._made}", f"{self._dice.choice(_NAMES)} {self._made}")
            self._robots[person.user_id] = Robot(person, order)
            at += self._dice.uniform(*order.join_interval)
            heapq.heappush(self._plan, (at, Act.JOIN, person.user_id))
            coming.append(person)
        return coming

    def next(self, now: float) -> tuple[Act, Robot, str] | None:
        """Take the next thing that a robot does by now, with what it says. Call it until it returns None."""
        while self._plan and self._plan[0][0] <= now:
            _, act, user_id = heapq.heappop(self._plan)
            robot = self._robots.get(user_id)
            if robot is None:
                continue
            order = robot.order
            phrase = ""
            if act is Act.JOIN:
                robot.joined_at = now
                heapq.heappush(self._plan, (now + self._dice.uniform(*order.stay), Act.LEAVE, user_id))
            elif act is Act.LEAVE:
                del self._robots[user_id]
            else:
                phrase = self._dice.choice(order.phrases)
            if order.chat and act is not Act.LEAVE:
                heapq.heappush(self._plan, (now + self._dice.uniform(*order.chat_interval), Act.CHAT, user_id))
            return act, robot, phrase
        return None

    def forget(self, user_id: str) -> None:
        """It was sent away, or could not come."""
        self._robots.pop(user_id, None)

    def clear(self) -> list[Robot]:
        """No robots any more; returns those that were there."""
        present = self.present()
        self._robots.clear()
        self._plan.clear()
        return present

    def present(self) -> list[Robot]:
        return [robot for robot in self._robots.values() if robot.joined_at is not None]

    @property
    def coming(self) -> int:
        return len(self._robots) - len(self.present())

    def due(self) -> float | None:
        return self._plan[0][0] if self._plan else None
