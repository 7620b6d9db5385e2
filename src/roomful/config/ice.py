"""STUN and TURN servers that clients are told to use, in whatever protocol they speak. specs/livekit.md §3.30."""

import msgspec

from roomful.config.schema import Config, TurnServer


class IceServer(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a client's `iceServers`."""

    urls: tuple[str, ...]
    username: str = ""
    credential: str = ""


def ice_servers(config: Config) -> tuple[IceServer, ...]:
    """None by default: public STUN servers of third parties would learn of every join."""
    stun = tuple(f"stun:{server}" for server in config.rtc.stun_servers)
    servers = [turn_server(server) for server in config.rtc.turn_servers]
    if stun:
        servers.append(IceServer(urls=stun))
    return tuple(servers)


def turn_server(server: TurnServer) -> IceServer:
    """The entry of one TURN server."""
    scheme = "turns" if server.protocol == "tls" else "turn"
    transport = "udp" if server.protocol == "udp" else "tcp"
    return IceServer(
        urls=(f"{scheme}:{server.host}:{server.port}?transport={transport}",),
        username=server.username,
        credential=server.credential,
    )
