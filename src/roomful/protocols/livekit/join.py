"""The first messages of a session. specs/livekit.md §3.8, §3.29."""

from livekit.protocol import models, rtc

from roomful import __name__ as product
from roomful.protocols.livekit import encode
from roomful.protocols.livekit.client import client_configuration
from roomful.protocols.livekit.feed import Feed
from roomful.protocols.livekit.links import SERVER_VERSION, Settings
from roomful.rooms.participant import Participant
from roomful.rooms.permissions import Permission

PROTOCOL = 17
AGENT_PROTOCOL = 1
PING_INTERVAL, PING_TIMEOUT = 5, 15
"""Seconds between a client's pings, and after which it gives the connection up."""

_SUBSCRIBER_PRIMARY_SINCE = 3


def join_response(
    feed: Feed,
    participant: Participant,
    client: models.ClientInfo,
    *,
    subscriber_primary: bool,
    now: float,
    only: rtc.CandidateProtocol = rtc.CandidateProtocol.UDP,
) -> rtc.SignalResponse:
    settings = feed.services.settings
    join = rtc.JoinResponse(
        room=encode.room_info(feed.room, settings.codecs),
        participant=feed.roster.info(participant, participant.sid),
        other_participants=feed.roster.others(participant),
        server_version=SERVER_VERSION,
        server_region=settings.region,
        ice_servers=ice_servers(settings, participant.sid, now, only),
        subscriber_primary=subscriber_primary,
        client_configuration=_configuration(client, only),
        ping_timeout=PING_TIMEOUT,
        ping_interval=PING_INTERVAL,
        server_info=server_info(settings),
        sif_trailer=feed.sif_trailer,
        enabled_publish_codecs=[models.Codec(mime=mime) for mime in _publishable(settings)],
        fast_publish=participant.permission.can_publish,
    )
    return rtc.SignalResponse(join=join)


def reconnect_response(
    client: models.ClientInfo,
    settings: Settings,
    last_sequence: int,
    *,
    sid: str,
    now: float,
    only: rtc.CandidateProtocol = rtc.CandidateProtocol.UDP,
) -> rtc.SignalResponse:
    """The first message when participant `sid` resumes. `last_sequence`: of the reliable data packets that arrived."""
    return rtc.SignalResponse(
        reconnect=rtc.ReconnectResponse(
            ice_servers=ice_servers(settings, sid, now, only),
            client_configuration=_configuration(client, only),
            server_info=server_info(settings),
            last_message_seq=last_sequence,
        )
    )


def subscriber_is_primary(client: models.ClientInfo, permission: Permission, *, single: bool) -> bool:
    """Say which peer connection of two makes a participant active: the one it receives on, if it may receive."""
    return not single and client.protocol >= _SUBSCRIBER_PRIMARY_SINCE and permission.can_subscribe


def server_info(settings: Settings) -> models.ServerInfo:
    return models.ServerInfo(
        edition=models.ServerInfo.Edition.Standard,
        version=SERVER_VERSION,
        protocol=PROTOCOL,
        region=settings.region,
        node_id=settings.node_id,
        debug_info=product,
        agent_protocol=AGENT_PROTOCOL,
    )


def ice_servers(settings: Settings, sid: str, now: float, only: rtc.CandidateProtocol) -> list[rtc.ICEServer]:
    """With credentials for the participant `sid`."""
    return [
        rtc.ICEServer(urls=server.urls, username=server.username, credential=server.credential)
        for server in settings.ice_servers.of(sid, now, tls_only=only == rtc.CandidateProtocol.TLS)
    ]


def _configuration(client: models.ClientInfo, only: rtc.CandidateProtocol) -> models.ClientConfiguration | None:
    configuration = client_configuration(client)
    if only == rtc.CandidateProtocol.TLS:
        configuration = configuration or models.ClientConfiguration()
        configuration.force_relay = models.ClientConfigSetting.ENABLED
    return configuration


def _publishable(settings: Settings) -> list[str]:
    """The codecs in the order clients choose by: video first, because they take the first video codec as fallback."""
    codecs = [mime for mime in settings.codecs if not mime.endswith("/rtx")]
    return sorted(codecs, key=lambda mime: not mime.startswith("video/"))
