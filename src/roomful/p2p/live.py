"""An endpoint among peers (specs/iroh-rooms.md §3, §16.2)."""

import logging
from collections.abc import Collection, Generator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self

from roomful._native import P2pLive, set_log_level
from roomful.p2p.broadcasts import RemoteBroadcast
from roomful.p2p.calls import call, direct
from roomful.p2p.identity import EndpointAddr, EndpointId, SecretKey
from roomful.p2p.rooms import Room, RoomOptions
from roomful.p2p.ticket import RoomTicket

log = logging.getLogger(__name__)

for _talkative in map(logging.getLogger, ("iroh", "iroh_gossip", "iroh_smol_kv", "moq_lite", "tracing")):
    # They tell of every connection that comes, goes or fails as of an error; what matters of it are events and
    # exceptions here. Whoever set a level before keeps it.
    if _talkative.level == logging.NOTSET:
        _talkative.setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveConfig:
    """How an endpoint is opened."""

    secret_key: SecretKey | None = None
    """Whose endpoint it is. Without one: the key in IROH_SECRET, or a new one."""

    preset: Literal["n0", "minimal"] = "n0"
    """n0: public relays and lookup, for peers anywhere. minimal: neither, only addresses one is told."""

    relay_urls: Sequence[str] | None = None
    """Instead of the relays of the preset; empty for none."""

    bind: Sequence[str] = ()
    """ "ip:port" instead of every interface."""

    gossip: bool = True
    accept: bool = True
    """Take connections of others; a room without it works by half."""

    max_streams: int = 1024
    """Streams that a peer may have open at once."""

    allowed_peers: Collection[EndpointId] | None = None
    """Nobody else gets a media connection, when given. Gossip is not behind it: whoever has the ticket is heard."""


class Live:
    """An open endpoint. `async with Live.bind() as live: …`, or `await Live.bind()` and, in the end, `shutdown`."""

    def __init__(self, native: P2pLive) -> None:
        self._native = native

    @classmethod
    def bind(cls, config: LiveConfig | None = None) -> "LiveOpening":
        """Open an endpoint.

        Raises:
            ConnectFailed: an address cannot be bound.
            ValueError: an address or URL is none.
        """
        return LiveOpening(config or LiveConfig())

    @property
    def endpoint_id(self) -> EndpointId:
        return EndpointId(self._native.id)

    @property
    def connections(self) -> int:
        """Open media connections."""
        return self._native.connections()

    def addr(self) -> EndpointAddr:
        """Where others can reach this endpoint, as far as it knows by now."""
        return EndpointAddr(self.endpoint_id, tuple(self._native.addresses()))

    async def online(self, patience: float = 10.0) -> bool:
        """Wait until a relay has taken this endpoint in; False if none does in `patience` seconds."""
        return await call(lambda calls: self._native.online(calls, patience))

    def add_peer_addr(self, addr: EndpointAddr) -> None:
        """Tell where a peer is, best before joining a room with it. Raises ValueError for what is no address."""
        self._native.add_peer(addr.id.raw, list(addr.addresses))

    async def join_room(
        self,
        ticket: RoomTicket | str | None = None,
        *,
        display_name: str | None = None,
        options: RoomOptions | None = None,
    ) -> Room:
        """Join a room, or a new one. Who is there comes by events; `Room.joined` waits for the first.

        Raises:
            TicketError: the text is no ticket.
            GossipDisabled: this endpoint was opened without gossip.
            LimitExceeded: the display name is too long.
        """
        if ticket is None:
            ticket = RoomTicket.generate()
        elif isinstance(ticket, str):
            ticket = RoomTicket.parse(ticket)
        options = options or RoomOptions()
        topic, bootstrap = ticket.topic_id, [peer.raw for peer in ticket.bootstrap]
        native = direct(
            lambda: self._native.join(
                topic,
                bootstrap,
                display_name=display_name,
                auto_subscribe=options.auto_subscribe,
                heartbeat=options.heartbeat,
                timeouts=(options.connect_timeout, options.announce_timeout, options.catalog_timeout),
            )
        )
        return Room(native, self)

    async def subscribe(self, peer: EndpointId | EndpointAddr, name: str, *, patience: float = 10.0) -> RemoteBroadcast:
        """Read a broadcast of a peer, in a room or not.

        Connecting, the announcement and the catalog get `patience` seconds each.

        Raises:
            SubscribeError: whose `kind` says which of them failed.
        """
        if isinstance(peer, EndpointAddr):
            self.add_peer_addr(peer)
            peer = peer.id
        remote = peer.raw
        return RemoteBroadcast(await call(lambda calls: self._native.subscribe(calls, remote, name, patience)))

    async def shutdown(self) -> None:
        """Close every connection and the endpoint. A second call finds nothing to do."""
        await call(self._native.shutdown)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.shutdown()


class LiveOpening:
    """What `Live.bind` gives: to be awaited, or entered."""

    def __init__(self, config: LiveConfig) -> None:
        self._config = config
        self._live: Live | None = None

    def __await__(self) -> Generator[Any, None, Live]:
        return self._open().__await__()

    async def _open(self) -> Live:
        config = self._config
        # Less than this is not even formatted: the network logs much, from threads of its own.
        set_log_level(log.getEffectiveLevel())
        secret = config.secret_key or SecretKey.from_env()
        allowed = None if config.allowed_peers is None else [peer.raw for peer in config.allowed_peers]
        native = await call(
            lambda calls: P2pLive.bind(
                calls,
                secret=secret.reveal(),
                preset=config.preset,
                relays=None if config.relay_urls is None else list(config.relay_urls),
                bind=list(config.bind),
                gossip=config.gossip,
                accept=config.accept,
                max_streams=config.max_streams,
                allowed=allowed,
            )
        )
        return Live(native)

    async def __aenter__(self) -> Live:
        self._live = await self._open()
        return self._live

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._live is not None:
            await self._live.shutdown()
