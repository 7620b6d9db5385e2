"""Who wants to hear of what. specs/livekit.md §4.1, §6.1 `webhooks`."""

from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec
from livekit.protocol import models

from roomful.config import Config

MAX_URL_LENGTH = 2048


class BadTarget(ValueError):
    """A `WebhookConfig` that cannot be used; the message says why."""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """One receiver."""

    url: str
    api_key: str
    """Whose secret signs what it gets."""
    include: frozenset[str] = frozenset()
    """Names of events; empty means all."""
    exclude: frozenset[str] = frozenset()

    def wants(self, event: str) -> bool:
        return (not self.include or event in self.include) and event not in self.exclude


def configured(config: Config) -> tuple[Target, ...]:
    """The receivers of everything, `webhook.urls`."""
    webhook = config.webhook
    return tuple(
        Target(
            url=url,
            api_key=webhook.api_key or next(iter(config.keys)),
            include=frozenset(webhook.filter_params.include_events),
            exclude=frozenset(webhook.filter_params.exclude_events),
        )
        for url in dict.fromkeys(webhook.urls)
    )


def requested(config: models.WebhookConfig, keys: Mapping[str, str]) -> Target:
    """A receiver that a request names, for its own events. Raises BadTarget."""
    if config.signing_key not in keys:
        raise BadTarget("signing_key of a webhook is not one of the API keys")
    if not _is_http(config.url):
        raise BadTarget("url of a webhook is not an http or https address")
    return Target(
        url=config.url,
        api_key=config.signing_key,
        include=frozenset(config.filter_params.include_events),
        exclude=frozenset(config.filter_params.exclude_events),
    )


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:  # half an IPv6 address
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and len(url) <= MAX_URL_LENGTH
