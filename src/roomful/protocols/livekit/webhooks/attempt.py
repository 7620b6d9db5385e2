"""One attempt to deliver, and what its outcome means. specs/livekit.md §4.1."""

from enum import Enum, auto
from http import HTTPStatus
from urllib.parse import urlsplit

import httpx
import msgspec

from roomful.outgoing import Answer, ForbiddenAddress, OutgoingHttp
from roomful.protocols.livekit.webhooks.signing import sign
from roomful.storage import StoredDelivery

ANSWER_WITHIN = 10.0
"""Seconds a receiver has for its answer."""

CONTENT_TYPE = "application/webhook+json"
SEQUENCE = "x-roomful-sequence"
"""Header with the number of the event. It is none of LiveKit's, whose receivers read the body alone."""
MAX_ANSWER_BYTES = 4096
"""Nobody reads the answer; to read a short one keeps the connection for the next delivery."""
LONGEST_ASKED_PAUSE = 30.0


class Verdict(Enum):
    DELIVERED = auto()
    AGAIN = auto()
    """It may work later."""
    REFUSED = auto()
    """It would never work."""


class Outcome(msgspec.Struct, frozen=True):
    verdict: Verdict
    reason: str = ""
    pause: float = 0.0
    """Seconds the receiver wants to be left alone."""


async def attempt(http: OutgoingHttp, delivery: StoredDelivery, secret: str, now: float) -> Outcome:
    """Send it once. `now` is unix seconds."""
    body = delivery.body.encode()
    headers = {"content-type": CONTENT_TYPE, "authorization": sign(body, delivery.api_key, secret, now)}
    if delivery.sequence:
        headers[SEQUENCE] = str(delivery.sequence)
    try:
        answer = await http.request(
            "POST", delivery.url, content=body, headers=headers, within=ANSWER_WITHIN, max_bytes=MAX_ANSWER_BYTES
        )
    except ForbiddenAddress as error:
        return Outcome(Verdict.REFUSED, str(error))
    except httpx.InvalidURL as error:
        return Outcome(Verdict.REFUSED, f"not an address: {error}")
    except (TimeoutError, httpx.TimeoutException):
        return Outcome(Verdict.AGAIN, f"no answer within {ANSWER_WITHIN:g} s")
    except httpx.HTTPError as error:
        return Outcome(Verdict.AGAIN, str(error) or type(error).__name__)
    return _judge(answer)


def _judge(answer: Answer) -> Outcome:
    status = answer.status
    if answer.ok:
        return Outcome(Verdict.DELIVERED)
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Outcome(Verdict.AGAIN, f"status {status}", _pause(answer.headers.get("retry-after", "")))
    if 300 <= status < 400:
        # Followed, a signed event about somebody's room would go where nobody said it should.
        host = urlsplit(answer.headers.get("location", "")).hostname or "elsewhere"
        return Outcome(Verdict.REFUSED, f"status {status}: redirects are not followed, here to {host}")
    return Outcome(Verdict.REFUSED, f"status {status}")


def _pause(retry_after: str) -> float:
    """Seconds out of a Retry-After header (RFC 9110 §10.2.3); dates are not read."""
    seconds = int(retry_after) if retry_after.isascii() and retry_after.isdecimal() and len(retry_after) < 10 else 0
    return min(seconds, LONGEST_ASKED_PAUSE)
