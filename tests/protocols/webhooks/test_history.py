"""Events are numbered, and can be had again."""

import time

import pytest
from livekit.protocol import models
from livekit.protocol.webhook import WebhookEvent

from roomful.protocols.livekit.webhooks import webhooks as sending

from .conftest import Sender
from .receiver import Receiver

NUMBER = "x-roomful-sequence"


def event(name: str = "participant_joined", *, sid: str = "RM_1", room: str = "meet") -> WebhookEvent:
    return WebhookEvent(event=name, room=models.Room(sid=sid, name=room))


def numbers(receiver: Receiver) -> list[int]:
    return [int(delivery.headers[NUMBER]) for delivery in receiver.accepted]


async def test_the_events_of_a_room_are_numbered(sender: Sender, receiver: Receiver) -> None:
    async with sender() as webhooks:
        for name in ("room_started", "participant_joined", "room_finished"):
            webhooks.send(event(name), "meet")
        await receiver.events_until(3)
        assert numbers(receiver) == [1, 2, 3]
        # The next life of the room has numbers of its own, and so have other rooms.
        webhooks.send(event("room_started", sid="RM_2"), "meet")
        await receiver.events_until(4)
        webhooks.send(event("room_started", sid="RM_3", room="other"), "other")
        await receiver.events_until(5)
    assert numbers(receiver)[3:] == [1, 1]


async def test_a_repeated_attempt_has_the_same_number(sender: Sender, receiver: Receiver) -> None:
    receiver.answers = [500, 503]
    async with sender() as webhooks:
        webhooks.send(event(), "meet")
        webhooks.send(event(), "meet")
        await receiver.events_until(2)
    assert [int(delivery.headers[NUMBER]) for delivery in receiver.deliveries] == [1, 1, 1, 2]


async def test_a_room_that_lives_on_is_numbered_on_after_a_restart(sender: Sender, receiver: Receiver) -> None:
    async with sender() as webhooks:
        webhooks.send(event("room_started"), "meet")
        webhooks.send(event("room_started", sid="RM_2", room="done"), "done")
        webhooks.send(event("room_finished", sid="RM_2", room="done"), "done")
        await receiver.events_until(3)
    async with sender() as webhooks:
        webhooks.send(event(), "meet")
        await receiver.events_until(4)
    assert numbers(receiver)[3] == 2


async def test_events_are_sent_again_as_they_were_and_in_order(sender: Sender, receiver: Receiver) -> None:
    async with sender() as webhooks:
        for _ in range(4):
            webhooks.send(event(), "meet")
        webhooks.send(event(room="other", sid="RM_9"), "other")
        first = {one.id: one for one in await receiver.events_until(5)}
        replayed, more = await webhooks.replay("meet", after=1)
        again = (await receiver.events_until(8))[5:]
    assert ([one.sequence for one in replayed], more) == ([2, 3, 4], False)
    assert numbers(receiver)[5:] == [2, 3, 4]
    assert [one.id for one in again] == [one.id for one in replayed]
    assert all(first[one.id] == one for one in again)


async def test_events_that_never_arrived_can_be_had_later(sender: Sender, receiver: Receiver) -> None:
    receiver.answers = [404, 404]
    async with sender() as webhooks:
        webhooks.send(event("room_started"), "meet")
        webhooks.send(event(), "meet")
        await receiver.until(lambda: len(receiver.deliveries) == 2)
    async with sender() as webhooks:
        await webhooks.replay("meet")
        assert [one.event for one in await receiver.events_until(2)] == ["room_started", "participant_joined"]


async def test_they_are_chosen_by_life_number_and_time(sender: Sender, receiver: Receiver) -> None:
    async with sender() as webhooks:
        webhooks.send(event(), "meet")
        webhooks.send(event(sid="RM_2"), "meet")
        webhooks.send(event(sid="RM_2"), "meet")
        await receiver.events_until(3)

        async def chosen(**by: object) -> list[tuple[str, int]]:
            return [(one.subject, one.sequence) for one in await webhooks.told("meet", **by)]  # type: ignore[arg-type]

        assert await chosen() == [("RM_1", 1), ("RM_2", 1), ("RM_2", 2)]
        assert await chosen(subject="RM_2") == [("RM_2", 1), ("RM_2", 2)]
        assert await chosen(subject="RM_2", after=1) == [("RM_2", 2)]
        assert await chosen(limit=1) == [("RM_1", 1)]
        assert await chosen(since=time.time() + 60) == []
        assert await webhooks.told("nowhere") == []


async def test_one_replay_is_bounded(sender: Sender, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "MOST_REPLAYED_AT_ONCE", 2)
    async with sender() as webhooks:
        for _ in range(3):
            webhooks.send(event(), "meet")
        await receiver.events_until(3)
        replayed, more = await webhooks.replay("meet")
        assert ([one.sequence for one in replayed], more) == ([1, 2], True)
        replayed, more = await webhooks.replay("meet", after=2)
        assert ([one.sequence for one in replayed], more) == ([3], False)


async def test_without_a_history_nothing_is_kept(sender: Sender, receiver: Receiver) -> None:
    async with sender(history=0) as webhooks:
        webhooks.send(event(), "meet")
        await receiver.events_until(1)
        assert numbers(receiver) == [1]
        assert await webhooks.replay("meet") == ([], False)
