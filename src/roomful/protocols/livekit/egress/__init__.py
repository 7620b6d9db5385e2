"""LiveKit's egress API: recordings and streams of rooms, over Twirp. specs/livekit.md §6.1, §6.2.

    service    the methods
    planner    a request → an order: which tracks, which worker, which outputs
    egress     one egress, from its order to its end; egresses: all of them
    auto       those that a room brings with it
    captions   what was said, beside the files

Work is done without a browser: files of single tracks and participants as they are encoded (`media.ports.recorder`),
everything else composed (`media.ports.compositor`).
"""

from roomful.protocols.livekit.egress.auto import AutoEgress
from roomful.protocols.livekit.egress.destinations import Destinations
from roomful.protocols.livekit.egress.egress import EgressListener
from roomful.protocols.livekit.egress.egresses import Egresses
from roomful.protocols.livekit.egress.order import EgressSettings
from roomful.protocols.livekit.egress.planner import Planner
from roomful.protocols.livekit.egress.service import EgressService

__all__ = [
    "AutoEgress",
    "Destinations",
    "EgressListener",
    "EgressService",
    "EgressSettings",
    "Egresses",
    "Planner",
]
