"""iroh rooms: peers that find each other by gossip, carry media over QUIC and chat, with no server between them.

    async with Live.bind() as live, await live.join_room(ticket, display_name="Ada") as room:
        async for event in room:
            match event:
                case PeerJoined(display_name=name):
                    print(name, "is here")

On the wire they are the rooms of iroh-live (specs/iroh-rooms.md). A room is no boundary: whoever has the ticket is in
it, and whoever knows an endpoint's id can read what it publishes, unless `LiveConfig.allowed_peers` says otherwise.
"""

from roomful.p2p.broadcasts import ChatPublisher, LocalBroadcast, MediaFrame, MediaTrack, RemoteBroadcast, TrackWriter
from roomful.p2p.catalog import AudioConfig, Catalog, VideoConfig
from roomful.p2p.errors import (
    ChatDisabled,
    ConnectFailed,
    GossipDisabled,
    IrohRoomsError,
    LimitExceeded,
    PublishError,
    RoomClosed,
    SubscribeError,
    TicketError,
)
from roomful.p2p.events import (
    BroadcastEnded,
    BroadcastSubscribed,
    ChatMessage,
    ChatReceived,
    PeerJoined,
    PeerLeft,
    PeerUpdated,
    RemoteAnnounced,
    RoomEvent,
    RoomWarning,
    SubscribeFailed,
)
from roomful.p2p.identity import EndpointAddr, EndpointId, SecretKey
from roomful.p2p.live import Live, LiveConfig
from roomful.p2p.publisher import MediaSources, PublishOpts, PublishUpdateError, RoomPublisherSync, Source
from roomful.p2p.rooms import Room, RoomEvents, RoomHandle, RoomOptions
from roomful.p2p.ticket import RoomTicket

__all__ = [
    "AudioConfig",
    "BroadcastEnded",
    "BroadcastSubscribed",
    "Catalog",
    "ChatDisabled",
    "ChatMessage",
    "ChatPublisher",
    "ChatReceived",
    "ConnectFailed",
    "EndpointAddr",
    "EndpointId",
    "GossipDisabled",
    "IrohRoomsError",
    "LimitExceeded",
    "Live",
    "LiveConfig",
    "LocalBroadcast",
    "MediaFrame",
    "MediaSources",
    "MediaTrack",
    "PeerJoined",
    "PeerLeft",
    "PeerUpdated",
    "PublishError",
    "PublishOpts",
    "PublishUpdateError",
    "RemoteAnnounced",
    "RemoteBroadcast",
    "Room",
    "RoomClosed",
    "RoomEvent",
    "RoomEvents",
    "RoomHandle",
    "RoomOptions",
    "RoomPublisherSync",
    "RoomTicket",
    "RoomWarning",
    "SecretKey",
    "Source",
    "SubscribeError",
    "SubscribeFailed",
    "TicketError",
    "TrackWriter",
    "VideoConfig",
]
