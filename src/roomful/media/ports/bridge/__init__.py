"""Rooms opened to iroh peers: their broadcasts become tracks, tracks become broadcasts, and nothing is transcoded.

specs/iroh-rooms.md §17. Each participant is a peer of its own among the peers, with its name, and each peer a
participant of the room. The endpoints live in a worker process, one for each bridged room.

plan          what the worker is to do: its first line, and the commands that follow
states        what it reports
process       the server's side of it
room_bridge   one room: who is told of what
peers         the worker's way in: broadcasts of peers
participants  the worker's way out: a peer for each participant
h264          access units as either side wants them
timeline      when a frame was captured, by its publisher's clock
"""

from roomful.media.ports.bridge.plan import BridgePlan
from roomful.media.ports.bridge.process import BridgeFailed
from roomful.media.ports.bridge.room_bridge import BridgeMedia, RoomBridge

__all__ = ["BridgeFailed", "BridgeMedia", "BridgePlan", "RoomBridge"]
