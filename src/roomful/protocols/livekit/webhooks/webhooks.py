"""Everything that is on its way to receivers."""

import asyncio
import itertools
import logging
import time
import weakref
from collections.abc import Iterable
from urllib.parse import urlsplit

from livekit.protocol import models
from livekit.protocol.webhook import WebhookEvent

from roomful.config import Config
from roomful.outgoing import OutgoingHttp
from roomful.protocols.livekit.webhooks.attempt import Outcome, Verdict, attempt
from roomful.protocols.livekit.webhooks.history import History
from roomful.protocols.livekit.webhooks.line import Line
from roomful.protocols.livekit.webhooks.signing import encode
from roomful.protocols.livekit.webhooks.targets import BadTarget, Target, configured, requested
from roomful.rooms.ids import new_id
from roomful.storage import Outbox, StoredDelivery, StoredEvent

logger = logging.getLogger(__name__)

MOST_REPLAYED_AT_ONCE = 100
"""Events of one `replay`: fewer than a line holds."""

AT_ONCE = 32
"""Requests to one host at a time; one that hangs must not take all connections."""


class Webhooks:
    """Takes events and delivers each to those who want it, at least once: receivers know a repeated one by its id."""

    def __init__(self, config: Config, http: OutgoingHttp, outbox: Outbox, history: History) -> None:
        self._keys = config.keys
        self._targets = configured(config)
        self._max_age = float(config.webhook.max_age)
        self._http = http
        self.outbox = outbox
        self._history = history
        self._numbers = itertools.count(1)
        self._lines: dict[tuple[str, str], Line] = {}
        """By receiver and what the events are about; a line without deliveries is not kept."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._places: weakref.WeakValueDictionary[str, asyncio.Semaphore] = weakref.WeakValueDictionary()
        self._troubled: set[str] = set()
        """Receivers that gave cause for a warning, and have taken nothing since."""
        self.delivered = 0
        self.failures = 0
        """Deliveries given up."""
        self.failed_attempts = 0
        """Of deliveries that may have arrived later."""

    @property
    def waiting(self) -> int:
        """Deliveries that were neither made nor given up yet."""
        return sum(map(len, self._lines.values()))

    @property
    def has_targets(self) -> bool:
        """Somebody wants to hear of everything."""
        return bool(self._targets)

    def restore(self, stored: Iterable[StoredDelivery]) -> int:
        """Go on with what was not delivered before the last stop; before anything is sent. Returns how much it is."""
        count = last = 0
        for delivery in stored:
            count, last = count + 1, max(last, delivery.number)
            self._enqueue(delivery)
        self._numbers = itertools.count(last + 1)
        return count

    def check(self, targets: Iterable[models.WebhookConfig]) -> None:
        """Look at receivers that a request names. Raises BadTarget."""
        for target in targets:
            requested(target, self._keys)

    def send(self, event: WebhookEvent, key: str, extra_targets: Iterable[models.WebhookConfig] = ()) -> None:
        """Send an event, without `id` and `created_at`, to all who want it. Returns at once and never fails.

        `key` names what it is about (a room, an egress, an ingress): events of one key arrive in order.
        `extra_targets` are receivers of this event beside the configured ones; those that `check` refuses get nothing.
        """
        wanting = [target for target in (*self._targets, *self._requested(extra_targets)) if target.wants(event.event)]
        if not wanting:
            return
        now = time.time()
        sent = WebhookEvent()
        sent.CopyFrom(event)
        sent.id, sent.created_at = new_id("EV_"), int(now)
        subject = event.room.sid or key
        stored = StoredEvent(
            id=sent.id,
            queue=key,
            subject=subject,
            sequence=self._history.number(subject, event.event),
            event=event.event,
            body=encode(sent),
            created_at=now,
        )
        self._history.add(stored)
        self._deliver(stored, wanting, now)

    async def replay(
        self, queue: str, *, since: float = 0.0, subject: str = "", after: int = 0, url: str = ""
    ) -> tuple[list[StoredEvent], bool]:
        """Send events about one thing again, as they were, to the configured receivers, or to the one at `url`.

        Which ones: see `WebhookHistoryTable.load`. Returns them, oldest first, and whether there are more.
        """
        events = await self._history.events(
            queue, since=since, subject=subject, after=after, limit=MOST_REPLAYED_AT_ONCE + 1
        )
        now, targets = time.time(), [target for target in self._targets if url in ("", target.url)]
        for event in events[:MOST_REPLAYED_AT_ONCE]:
            self._deliver(event, [target for target in targets if target.wants(event.event)], now)
        return events[:MOST_REPLAYED_AT_ONCE], len(events) > MOST_REPLAYED_AT_ONCE

    async def told(
        self, queue: str, *, since: float = 0.0, subject: str = "", after: int = 0, limit: int = 100
    ) -> list[StoredEvent]:
        """The events about one thing, oldest first. See `WebhookHistoryTable.load`."""
        return await self._history.events(queue, since=since, subject=subject, after=after, limit=limit)

    def is_target(self, url: str) -> bool:
        """Say whether this is the address of a configured receiver."""
        return any(target.url == url for target in self._targets)

    def _deliver(self, event: StoredEvent, targets: Iterable[Target], now: float) -> None:
        for url, api_key in dict.fromkeys((target.url, target.api_key) for target in targets):
            delivery = StoredDelivery(
                number=next(self._numbers),
                queue=event.queue,
                event=event.event,
                url=url,
                api_key=api_key,
                body=event.body,
                created_at=now,
                sequence=event.sequence,
            )
            self.outbox.add(delivery)
            self._enqueue(delivery)

    async def close(self, within: float) -> None:
        """Deliver for at most so many seconds more; what is left stays in the outbox."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _requested(self, configs: Iterable[models.WebhookConfig]) -> Iterable[Target]:
        for config in configs:
            try:
                yield requested(config, self._keys)
            except BadTarget as error:
                logger.warning("an event is not sent: %s", error)

    def _enqueue(self, delivery: StoredDelivery) -> None:
        key = (delivery.url, delivery.queue)
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = Line(self._attempt, self._done, self._max_age)
        if line.add(delivery):
            task = asyncio.create_task(self._run(key, line), name=f"webhooks about {delivery.queue}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _run(self, key: tuple[str, str], line: Line) -> None:
        await line.run()
        # Nothing was awaited since the line found itself empty.
        del self._lines[key]

    async def _attempt(self, delivery: StoredDelivery) -> Outcome:
        secret = self._keys.get(delivery.api_key)
        if secret is None:
            return Outcome(Verdict.REFUSED, f"the API key {delivery.api_key} is gone")
        host = urlsplit(delivery.url).netloc
        places = self._places.get(host)
        if places is None:
            places = self._places[host] = asyncio.Semaphore(AT_ONCE)
        try:
            async with places:
                outcome = await attempt(self._http, delivery, secret, time.time())
        except Exception as error:  # a bug must not stop the line
            logger.exception("a webhook could not be sent")
            outcome = Outcome(Verdict.REFUSED, repr(error))
        self._note(delivery, outcome)
        return outcome

    def _note(self, delivery: StoredDelivery, outcome: Outcome) -> None:
        if outcome.verdict is Verdict.DELIVERED:
            self.delivered += 1
            if delivery.url in self._troubled:
                self._troubled.discard(delivery.url)
                logger.info("webhooks are delivered again", extra={"url": _public(delivery.url)})
            return
        self.failed_attempts += 1
        if delivery.url not in self._troubled:
            self._troubled.add(delivery.url)
            logger.warning("a webhook is not delivered", extra={"url": _public(delivery.url), "reason": outcome.reason})

    def _done(self, delivery: StoredDelivery, reason: str) -> None:
        self.outbox.remove(delivery.number)
        if reason:
            self.failures += 1
            logger.debug("%s about %s is given up: %s", delivery.event, delivery.queue, reason)
            if delivery.url not in {target.url for target in self._targets}:
                self._troubled.discard(delivery.url)  # of an egress that is over: it will not come again


def _public(url: str) -> str:
    """The address without what may be secret in it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}{parts.path}"
