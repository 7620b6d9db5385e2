"""Webhooks with a database, a real HTTP client, and a receiver on the loopback."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TypeAlias

import pytest

from roomful.config import Config, WebhookConfig
from roomful.outgoing import AddressRules, OutgoingHttp
from roomful.protocols.livekit.webhooks import History, Webhooks, line
from roomful.storage import Database, Outbox, OutboxTable, WebhookHistoryKeeper, WebhookHistoryTable

from .receiver import KEY, KEYS, Receiver

Sender: TypeAlias = Callable[..., AbstractAsyncContextManager[Webhooks]]


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries follow each other quickly."""
    monkeypatch.setattr(line, "FIRST_RETRY", 0.02)
    monkeypatch.setattr(line, "LONGEST_RETRY", 0.1)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def sender(receiver: Receiver, tmp_path: Path) -> Sender:
    """One life of the sending server, on the test's data directory."""

    @asynccontextmanager
    async def open_webhooks(
        *, rules: AddressRules | None = None, closing: float = 0.0, **settings: object
    ) -> AsyncIterator[Webhooks]:
        changes: dict[str, object] = {"urls": [receiver.url], "api_key": KEY} | settings
        config = Config(keys=KEYS, webhook=WebhookConfig(**changes))  # type: ignore[arg-type]
        http = OutgoingHttp(rules or AddressRules())
        database = await Database.open(tmp_path)
        table = OutboxTable(database)
        outbox = Outbox(table)
        outbox.start()
        told = WebhookHistoryTable(database)
        keeper = WebhookHistoryKeeper(told)
        keeper.start()
        history = History(told, keeper, float(config.webhook.history))
        await history.open()
        webhooks = Webhooks(config, http, outbox, history)
        webhooks.restore(await table.load())
        yield webhooks
        await webhooks.close(closing)
        await outbox.close(5.0)
        await history.close()
        await keeper.close(5.0)
        await http.close()
        await database.close()

    return open_webhooks
