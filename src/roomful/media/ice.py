"""STUN and TURN servers that clients are told to use, in whatever protocol they speak. specs/livekit.md §3.30."""

import base64
import hashlib
import hmac
import ipaddress
from collections.abc import Sequence

import msgspec

from roomful._native import turn_credentials
from roomful.config.network import local_addresses, media_addresses
from roomful.config.schema import Config, TurnServer

PUBLIC_TLS_PORT = 443
"""Whatever the port here is: TURN over TLS is for networks that let nothing else through."""


class IceServer(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a client's `iceServers`."""

    urls: tuple[str, ...]
    username: str = ""
    credential: str = ""


class EmbeddedTurn(msgspec.Struct, frozen=True, kw_only=True):
    """This server's own TURN, as its clients reach it."""

    udp: tuple[str, ...] = ()
    """URLs over UDP."""
    tls: tuple[str, ...] = ()
    """URLs over TLS."""
    key: str
    """API key whose secret signs the credentials."""
    secret: str
    ttl: float
    """Seconds that credentials are good for."""

    def server(self, sid: str, now: float, *, tls_only: bool) -> IceServer:
        username, password = turn_credentials(self.key, self.secret, sid, int(now + self.ttl))
        return IceServer(urls=self.tls if tls_only else self.udp + self.tls, username=username, credential=password)


class IceServers(msgspec.Struct, frozen=True, kw_only=True):
    """All servers there are. None by default: public STUN servers of third parties would learn of every join."""

    embedded: EmbeddedTurn | None = None
    turn: Sequence[TurnServer] = ()
    stun: Sequence[str] = ()
    """As `host:port`."""

    def of(self, sid: str, now: float, *, tls_only: bool = False) -> tuple[IceServer, ...]:
        """What the participant `sid` is told at `now` (unix seconds); `tls_only`: nothing else gets through to it."""
        servers: list[IceServer] = []
        if self.embedded is not None and (self.embedded.tls or not tls_only):
            servers.append(self.embedded.server(sid, now, tls_only=tls_only))
        servers += [turn_server(server, sid, now) for server in self.turn]
        if self.stun:
            servers.append(IceServer(urls=tuple(f"stun:{server}" for server in self.stun)))
        return tuple(servers)

    @property
    def relays(self) -> bool:
        """Say whether there is any TURN server."""
        return self.embedded is not None or bool(self.turn)

    @property
    def over_tls(self) -> bool:
        """Say whether there is one that is reached over TLS."""
        own = self.embedded is not None and bool(self.embedded.tls)
        return own or any(server.protocol == "tls" for server in self.turn)


def ice_servers(config: Config) -> IceServers:
    """Those of an effective configuration."""
    return IceServers(embedded=_embedded(config), turn=config.rtc.turn_servers, stun=config.rtc.stun_servers)


def turn_server(server: TurnServer, sid: str, now: float) -> IceServer:
    """The entry of one TURN server of somebody else's, for the participant `sid`.

    With a shared secret the credentials are made for the occasion, as coturn's `use-auth-secret` checks them
    (draft-uberti-behave-turn-rest-00 §2.2).
    """
    scheme = "turns" if server.protocol == "tls" else "turn"
    transport = "udp" if server.protocol == "udp" else "tcp"
    username, credential = server.username, server.credential
    if server.secret:
        username = f"{int(now + server.ttl)}:{sid}"
        digest = hmac.new(server.secret.encode(), username.encode(), hashlib.sha1).digest()
        credential = base64.b64encode(digest).decode()
    return IceServer(
        urls=(f"{scheme}:{_in_url(server.host)}:{server.port}?transport={transport}",),
        username=username,
        credential=credential,
    )


def _embedded(config: Config) -> EmbeddedTurn | None:
    turn = config.turn
    if not turn.enabled:
        return None
    udp = media_addresses(config, local_addresses()).candidates if turn.udp_port else ()
    key = next(iter(config.keys))
    return EmbeddedTurn(
        udp=tuple(f"turn:{_in_url(ip)}:{turn.udp_port}?transport=udp" for ip in udp),
        tls=(f"turns:{turn.domain}:{PUBLIC_TLS_PORT}?transport=tcp",) if turn.tls_port else (),
        key=key,
        secret=config.keys[key],
        ttl=float(turn.ttl_seconds),
    )


def _in_url(host: str) -> str:
    """IPv6 addresses stand in brackets there."""
    try:
        return f"[{host}]" if ipaddress.ip_address(host).version == 6 else host
    except ValueError:
        return host
