"""Events arrive signed, in order, in spite of trouble, and only where they may."""

import asyncio
import json
import time
from pathlib import Path

import httpx
import pytest
from livekit.protocol import models
from livekit.protocol.webhook import WebhookEvent

from roomful.config import EventFilter
from roomful.outgoing import AddressRules
from roomful.protocols.livekit.webhooks import BadTarget, attempt, line
from roomful.storage import Database, OutboxTable
from tests.venue import until

from .conftest import Sender
from .receiver import KEY, ONE_GIGABYTE, OTHER_KEY, Receiver


def started(name: str = "meet") -> WebhookEvent:
    return WebhookEvent(event="room_started", room=models.Room(sid="RM_1", name=name, creation_time=1_700_000_000))


async def stored(directory: Path) -> list[str]:
    database = await Database.open(directory)
    events = [delivery.event for delivery in await OutboxTable(database).load()]
    await database.close()
    return events


async def test_an_event_arrives_signed_and_dated(sender: Sender, receiver: Receiver) -> None:
    async with sender() as webhooks:
        webhooks.send(started(), "meet")
        (event,) = await receiver.events_until(1)
    assert (event.event, event.room.name) == ("room_started", "meet")
    assert event.id.startswith("EV_")
    assert abs(event.created_at - time.time()) < 60
    (delivery,) = receiver.deliveries
    assert delivery.path == "/hook"
    assert delivery.headers["content-type"] == "application/webhook+json"
    assert not delivery.headers["authorization"].startswith("Bearer")


async def test_the_body_has_camel_case_names_text_for_long_numbers_and_no_defaults(
    sender: Sender, receiver: Receiver
) -> None:
    async with sender() as webhooks:
        webhooks.send(started(), "meet")
        await receiver.events_until(1)
    body = json.loads(receiver.deliveries[0].body)
    assert body["room"] == {"sid": "RM_1", "name": "meet", "creationTime": "1700000000"}
    assert isinstance(body["createdAt"], str)


async def test_the_callers_event_is_left_alone(sender: Sender, receiver: Receiver) -> None:
    event = started()
    async with sender() as webhooks:
        webhooks.send(event, "meet")
        webhooks.send(event, "meet")
        first, second = await receiver.events_until(2)
    assert event == started()
    assert first.id != second.id


async def test_events_about_one_thing_arrive_in_order_whatever_happens(sender: Sender, receiver: Receiver) -> None:
    receiver.answers = [500, 503, 200, 429, 200, 500]
    async with sender() as webhooks:
        for number in range(20):
            webhooks.send(started(str(number)), "meet")
        events = await receiver.events_until(20)
        await until(lambda: webhooks.waiting == 0)
        assert (webhooks.delivered, webhooks.failed_attempts, webhooks.failures) == (20, 4, 0)
    assert [event.room.name for event in events] == [str(number) for number in range(20)]


async def test_trouble_with_one_thing_holds_up_no_other(
    sender: Sender, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "FIRST_RETRY", 20.0)
    receiver.answers = [500]
    async with sender() as webhooks:
        webhooks.send(started("one"), "one")
        await receiver.until(lambda: len(receiver.deliveries) == 1)
        webhooks.send(started("two"), "two")
        assert webhooks.waiting == 2
        (event,) = await receiver.events_until(1)
    assert event.room.name == "two"


@pytest.mark.parametrize("status", [400, 401, 404, 410])
async def test_an_event_that_is_refused_is_not_sent_again(status: int, sender: Sender, receiver: Receiver) -> None:
    receiver.answers = [status]
    async with sender() as webhooks:
        webhooks.send(started("refused"), "meet")
        webhooks.send(started("next"), "meet")
        (event,) = await receiver.events_until(1)
        assert webhooks.failures == 1
    assert event.room.name == "next"
    assert len(receiver.deliveries) == 2


async def test_a_receiver_that_hangs_is_tried_again(
    sender: Sender, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt, "ANSWER_WITHIN", 0.3)
    receiver.answers = [None, None]
    async with sender() as webhooks:
        webhooks.send(started(), "meet")
        await receiver.events_until(1)
    assert len(receiver.deliveries) == 3
    assert len({delivery.body for delivery in receiver.deliveries}) == 1, "the same event, with the same id"


async def test_a_receiver_that_was_down_gets_what_it_missed(sender: Sender, receiver: Receiver) -> None:
    await receiver.stop()
    async with sender() as webhooks:
        for number in range(3):
            webhooks.send(started(str(number)), "meet")
        with pytest.raises(httpx.ConnectError):
            await httpx.AsyncClient().get(receiver.url)
        await receiver.start()
        events = await receiver.events_until(3)
    assert [event.room.name for event in events] == ["0", "1", "2"]


async def test_a_receiver_may_ask_for_a_pause(
    sender: Sender, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    sleep = asyncio.sleep

    async def note(seconds: float) -> None:
        pauses.append(seconds)
        await sleep(0)

    monkeypatch.setattr(line.asyncio, "sleep", note)
    receiver.answers, receiver.headers = [429], [(b"retry-after", b"7")]
    async with sender() as webhooks:
        webhooks.send(started(), "meet")
        await receiver.events_until(1)
    assert 7 in pauses


async def test_a_redirect_is_not_followed(sender: Sender, receiver: Receiver) -> None:
    receiver.answers, receiver.headers = [307], [(b"location", b"http://127.0.0.1:1/elsewhere")]
    async with sender() as webhooks:
        webhooks.send(started("lost"), "meet")
        webhooks.send(started("next"), "meet")
        (event,) = await receiver.events_until(1)
    assert event.room.name == "next"


async def test_a_redirect_to_a_link_local_address_leads_nowhere(sender: Sender, receiver: Receiver) -> None:
    receiver.answers, receiver.headers = [308], [(b"location", b"http://169.254.169.254/latest/meta-data")]
    async with sender(closing=5.0) as webhooks:
        webhooks.send(started(), "meet")
    assert (webhooks.failures, webhooks.delivered) == (1, 0)
    assert len(receiver.deliveries) == 1


async def test_of_an_answer_without_end_only_the_beginning_is_read(sender: Sender, receiver: Receiver) -> None:
    receiver.endless = True
    async with sender(closing=10.0) as webhooks:
        webhooks.send(started(), "meet")
    assert webhooks.delivered == 1
    await receiver.until(lambda: len(receiver.deliveries) == 1)
    assert receiver.poured < ONE_GIGABYTE


async def test_forbidden_addresses_are_not_connected_to(sender: Sender, receiver: Receiver) -> None:
    async with sender(rules=AddressRules(deny=["127.0.0.0/8"]), closing=5.0) as webhooks:
        webhooks.send(started(), "meet")
    assert webhooks.failures == 1
    assert receiver.deliveries == []


async def test_an_event_that_is_too_old_is_given_up(sender: Sender, receiver: Receiver, tmp_path: Path) -> None:
    await receiver.stop()
    async with sender(max_age=0.1, closing=10.0) as webhooks:
        for _ in range(3):
            webhooks.send(started(), "meet")
    assert webhooks.failures == 3
    assert await stored(tmp_path) == []


async def test_of_too_many_that_wait_the_oldest_is_given_up(
    sender: Sender, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "MAX_DEPTH", 5)
    async with sender() as webhooks:
        for number in range(12):
            webhooks.send(started(str(number)), "meet")
        events = await receiver.events_until(5)
    assert [event.room.name for event in events] == ["0", "8", "9", "10", "11"]


async def test_what_a_stop_left_over_is_delivered_after_the_start(
    sender: Sender, receiver: Receiver, tmp_path: Path
) -> None:
    await receiver.stop()
    async with sender() as webhooks:
        for number in range(3):
            webhooks.send(started(str(number)), "meet")
    assert len(await stored(tmp_path)) == 3
    await receiver.start()
    async with sender(closing=10.0) as webhooks:
        webhooks.send(started("3"), "meet")
        events = await receiver.events_until(4)
    assert [event.room.name for event in events] == ["0", "1", "2", "3"]
    assert await stored(tmp_path) == []


async def test_nothing_stays_in_the_outbox_of_what_was_delivered(
    sender: Sender, receiver: Receiver, tmp_path: Path
) -> None:
    async with sender(closing=10.0) as webhooks:
        for number in range(50):
            webhooks.send(started(), str(number))
        await receiver.events_until(50)
    assert await stored(tmp_path) == []


async def test_only_wanted_events_are_sent(sender: Sender, receiver: Receiver) -> None:
    async with sender(filter_params=EventFilter(include_events=["room_finished"])) as webhooks:
        webhooks.send(started(), "meet")
        webhooks.send(WebhookEvent(event="room_finished"), "meet")
        await receiver.events_until(1)
    assert receiver.names() == ["room_finished"]


class TestExtraTargets:
    """Receivers of the events of one egress."""

    def target(self, receiver: Receiver, **details: object) -> models.WebhookConfig:
        return models.WebhookConfig(url=f"{receiver.url}/own", signing_key=OTHER_KEY, **details)  # type: ignore[arg-type]

    async def test_they_get_the_event_too_signed_with_their_key(self, sender: Sender, receiver: Receiver) -> None:
        async with sender() as webhooks:
            webhooks.send(WebhookEvent(event="egress_started"), "EG_1", [self.target(receiver)])
            await receiver.until(lambda: len(receiver.accepted) == 2)
        keys = {"/hook": KEY, "/hook/own": OTHER_KEY}
        first, second = (delivery.verified(keys[delivery.path]) for delivery in receiver.accepted)
        assert first.id == second.id

    async def test_they_have_filters_of_their_own(self, sender: Sender, receiver: Receiver) -> None:
        target = self.target(receiver)
        target.filter_params.exclude_events.append("egress_started")
        async with sender(urls=[]) as webhooks:
            webhooks.send(WebhookEvent(event="egress_started"), "EG_1", [target])
            webhooks.send(WebhookEvent(event="egress_ended"), "EG_1", [target])
            await receiver.until(lambda: len(receiver.accepted) == 1)
        assert receiver.accepted[0].verified(OTHER_KEY).event == "egress_ended"

    @pytest.mark.parametrize(
        ("url", "key", "says"),
        [
            ("https://example.com", "nobody's", "signing_key"),
            ("ftp://example.com", KEY, "url"),
            ("https://" + "x" * 3000, KEY, "url"),
            ("http://[", KEY, "url"),
        ],
    )
    async def test_bad_ones_are_refused(self, url: str, key: str, says: str, sender: Sender) -> None:
        target = models.WebhookConfig(url=url, signing_key=key)
        async with sender() as webhooks:
            with pytest.raises(BadTarget, match=says):
                webhooks.check([target])
            webhooks.send(WebhookEvent(event="egress_started"), "EG_1", [target])


async def test_a_receiver_that_comes_back_is_logged_once_each_way(
    sender: Sender, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    receiver.answers = [500, 500, 500]
    async with sender() as webhooks:
        webhooks.send(started(), "meet")
        await receiver.events_until(1)
        webhooks.send(started(), "meet")
        await receiver.events_until(2)
    told = [record.message for record in caplog.records if record.name.endswith("webhooks")]
    assert told == ["a webhook is not delivered", "webhooks are delivered again"]
