"""What moves the media of a room: this server, or a service that clients have a token for. specs/room-signals.md §4.4.

An engine that lacks its keys is not enabled: there is never a payload with an empty token.
"""

from roomful.protocols.room_signals.engines.choice import EnabledEngines, enabled_engines
from roomful.protocols.room_signals.engines.seat import Seat

__all__ = ["EnabledEngines", "Seat", "enabled_engines"]
