"""Which other servers an egress may talk to: those that name no address which is nobody's business."""

from collections.abc import Callable, Iterable, Iterator
from urllib.parse import urlsplit

from livekit.protocol import models

from roomful.media.ports.compositor import CompositionPlan, StreamOutput
from roomful.media.ports.pcm_stream import PcmStreamPlan
from roomful.outgoing import AddressRules, ForbiddenAddress, resolve
from roomful.protocols.livekit.egress.errors import invalid
from roomful.protocols.livekit.egress.order import Order
from roomful.protocols.livekit.webhooks import BadTarget

PORTS = {"rtmp": 1935, "rtmps": 443, "http": 80, "ws": 80}


class Destinations:
    """Checks what requests name. A name that does not resolve is not refused: the egress will say so."""

    def __init__(self, rules: AddressRules, check_receivers: Callable[[Iterable[models.WebhookConfig]], None]) -> None:
        """`check_receivers` raises BadTarget."""
        self._rules = rules
        self._check_receivers = check_receivers

    async def check(self, order: Order) -> None:
        """Raises TwirpError (invalid_argument)."""
        try:
            self._check_receivers(order.webhooks)
        except BadTarget as error:
            raise invalid(str(error)) from None
        await self.check_urls(_urls(order))

    async def check_urls(self, urls: Iterable[str]) -> None:
        """Raises TwirpError (invalid_argument)."""
        for url in urls:
            parts = urlsplit(url)
            try:
                await resolve(parts.hostname or "", parts.port or PORTS.get(parts.scheme, 443), self._rules)
            except ForbiddenAddress as error:
                raise invalid(str(error)) from None
            except OSError:
                continue
            except ValueError as error:  # a port that is none
                raise invalid(f"not a URL: {error}") from None


def _urls(order: Order) -> Iterator[str]:
    if order.upload is not None and (endpoint := order.upload.options.get("endpoint")):
        yield endpoint
    match order.plan:
        case CompositionPlan(outputs=outputs):
            yield from (output.url for output in outputs if isinstance(output, StreamOutput))
        case PcmStreamPlan(url=url):
            yield url
        case _:
            pass
