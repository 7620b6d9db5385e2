"""Webhooks: what happens here, told to other people's back ends by signed HTTP requests. specs/livekit.md §4.

`RoomEvents` turns the domain's events into `WebhookEvent`s; `Webhooks.send` takes these, and those of egress and
ingress, writes them into the outbox, and delivers them: one `Line` per receiver and thing, in order.
"""

from roomful.protocols.livekit.webhooks.history import History
from roomful.protocols.livekit.webhooks.room_events import RoomEvents
from roomful.protocols.livekit.webhooks.targets import BadTarget, Target
from roomful.protocols.livekit.webhooks.webhooks import Webhooks

__all__ = ["BadTarget", "History", "RoomEvents", "Target", "Webhooks"]
