"""The group `customer-service` of the configuration. specs/monibuca-rooms.md §11. Times are seconds."""

from typing import Annotated, TypeAlias

import msgspec


def doc(text: str) -> msgspec.Meta:
    """What the key does."""
    return msgspec.Meta(description=text)


Seconds: TypeAlias = Annotated[float, msgspec.Meta(ge=0)]
Interval: TypeAlias = Annotated[float, msgspec.Meta(gt=0)]
Count: TypeAlias = Annotated[int, msgspec.Meta(ge=1)]


class CustomerServiceSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Calls of customers with agents."""

    enable: Annotated[bool, doc("Whether there is a customer service.")] = True
    max_sessions: Annotated[Count, doc("Sessions that wait or are on at the same time.")] = 1000
    session_timeout: Annotated[Interval, doc("A call ends after so long; both are told 60 s before.")] = 3600
    enable_recording: Annotated[bool, doc("Record calls.")] = False
    ring_timeout: Annotated[Interval, doc("How long a call rings at an agent.")] = 30
    queue_timeout: Annotated[Interval, doc("Who waits for longer is told that there is no agent.")] = 600
    queue_max: Annotated[Count, doc("Visitors that wait at the same time.")] = 200
    wrap_up: Annotated[Seconds, doc("Time that an agent has after a call before the next one rings.")] = 0
    auto_busy_on_miss: Annotated[bool, doc("An agent that misses a ring gets none until it says ready again.")] = True
    hold_limit: Annotated[Interval, doc("A call on hold goes on by itself after so long.")] = 600
    hold_music: Annotated[str, doc("Id of the audio file that a customer on hold hears; empty: silence.")] = ""
    rating_window: Annotated[Seconds, doc("How long a customer may rate a call that has ended.")] = 120
    link_ttl: Annotated[Interval, doc("How long a customer's link is good for.")] = 86400
    agent_token_ttl: Annotated[Interval, doc("An agent logs in anew after so long.")] = 43200
    public_url: Annotated[
        str, doc("Where customers reach this server, for links. Empty: as the one who asks for the link does.")
    ] = ""
