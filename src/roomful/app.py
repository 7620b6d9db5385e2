"""The composition root: the only place where rooms, media, protocols, storage and the web meet."""

import asyncio
import contextlib
import datetime
import itertools
import logging
import os
import socket
import time
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from livekit.protocol.egress import EgressInfo
from livekit.protocol.ingress import IngressInput
from livekit.protocol.models import WebhookConfig
from livekit.protocol.webhook import WebhookEvent

from roomful.auth import TokenVerifier
from roomful.config import Config
from roomful.config.directories import certificate_directory, data_directory, recordings_directory
from roomful.config.network import local_addresses, media_addresses, media_ports
from roomful.media.engine import MediaConfig, MediaEngine
from roomful.media.ports.bots import Bots
from roomful.media.ports.rtmp import RtmpFailed
from roomful.media.ports.transcription import RoomCaptions, Transcriptions
from roomful.media.ports.transcription import settings_of as transcription_settings_of
from roomful.outgoing import AddressRules, OutgoingHttp
from roomful.protocols.livekit.egress import (
    AutoEgress,
    Destinations,
    EgressCaptions,
    Egresses,
    EgressService,
    EgressSettings,
    Planner,
)
from roomful.protocols.livekit.ingress import (
    Entrance,
    Ingresses,
    IngressService,
    IngressSource,
    RtmpSource,
    UrlSource,
)
from roomful.protocols.livekit.room_service import RoomService
from roomful.protocols.livekit.settings import settings_of
from roomful.protocols.livekit.transport import LiveKitSignal
from roomful.protocols.livekit.webhooks import RoomEvents, Webhooks
from roomful.protocols.whip.routes import PREFIXES as WHIP_PREFIXES
from roomful.protocols.whip.transport import Whip
from roomful.rooms.limits import Limits
from roomful.rooms.model import LeaveReason
from roomful.rooms.options import RoomDefaults
from roomful.rooms.registry import Rooms
from roomful.storage import (
    Database,
    EgressKeeper,
    EgressTable,
    IngressKeeper,
    IngressTable,
    KeptRooms,
    Outbox,
    OutboxTable,
    RoomKeeper,
    RoomTable,
)
from roomful.web.api import api
from roomful.web.asgi import Application
from roomful.web.bots import bot_endpoints
from roomful.web.certificates import CertificateFiles, self_signed
from roomful.web.gateway import Gateway
from roomful.web.metrics import Metrics
from roomful.web.metrics_endpoint import metrics_endpoint
from roomful.web.pages import Pages
from roomful.web.server import WebServer
from roomful.web.sockets import ListenError, first_trouble, listen
from roomful.web.token_endpoint import token_endpoint
from roomful.web.transcription_endpoint import transcription_endpoints

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0
EGRESS_STOP_SECONDS = 2.0
"""How long a stop waits for the files of recordings; their processes may take longer."""


TRANSCRIPTION_STOP_SECONDS = 1.0
"""How long a stop waits for what was said last."""


class App:
    """One server, from `start` to `stop`. It can be started once."""

    def __init__(self, config: Config) -> None:
        """`config` is an effective one (`roomful.config.effective`)."""
        self.config = config
        self.rooms = Rooms(room_defaults(config), room_limits(config))
        self.pages = Pages()
        self.cores = os.cpu_count() or 1
        self.address_rules = AddressRules(config.outgoing.allow, config.outgoing.deny)
        self.restored = 0
        """Rooms that were there before the last stop."""
        self._closing = contextlib.AsyncExitStack()

    async def start(self) -> None:
        """Open everything, the main port first, because a taken port is the most common mistake.

        Raises:
            ListenError, StorageError, ConfigError, OSError: what could not be opened; everything else is closed again.
        """
        try:
            await self._start()
        except BaseException:
            await self._closing.aclose()
            raise

    async def stop(self, within: float) -> None:
        """Say good-bye to everybody and close everything, in about `within` seconds at most."""
        self._ticker.cancel()
        self.rooms.close_all(LeaveReason.SERVER_SHUTDOWN, time.time())
        await self.web.stop(within)
        # Clients that were told to come back may have been quicker than the end of the listeners.
        self.rooms.close_all(LeaveReason.SERVER_SHUTDOWN, time.time())
        await self._closing.aclose()

    async def _start(self) -> None:
        config = self.config
        sockets = listen(config.bind_addresses, config.port)
        self._closing.callback(_close_all, sockets)
        self.engine = self._open_engine()
        self._closing.callback(self.engine.close)
        self.engine.start(asyncio.get_running_loop())
        self.rooms.on_opened.append(lambda room: self.engine.open_room(room.sid))
        self.rooms.on_closed.append(lambda room: self.engine.close_room(room.sid))
        database = await Database.open(data_directory(config))
        self._closing.push_async_callback(database.close)
        self.transcriptions = self._open_transcriptions()
        self.webhooks = await self._open_webhooks(database)
        await self._open_egresses(database)
        self.kept_rooms = await self._open_rooms(database)
        self._tell_of_rooms()
        self.ingresses = await self._open_ingresses(database)
        self.bots = Bots(self.engine)
        self._closing.push_async_callback(self.bots.close)
        self.web = WebServer(self._gateway(), sockets, self._tls_files())
        await self.web.start()
        self._ticker = asyncio.create_task(self._tick(), name="room-ticker")

    def _open_engine(self) -> MediaEngine:
        media = media_config(self.config, self.cores)
        if len(media.udp) < self.cores:
            logger.info("media uses %s of %s cores: one per port of rtc.udp_port", len(media.udp), self.cores)
        try:
            return MediaEngine(media)
        except OSError as error:
            raise ListenError(
                first_trouble(itertools.chain.from_iterable(media.udp), media.tcp)
                or f"cannot open the media ports: {error}"
            ) from error

    async def _open_rooms(self, database: Database) -> KeptRooms:
        table = RoomTable(database)
        keeper = RoomKeeper(table)
        keeper.start()
        self._closing.push_async_callback(keeper.close, 1.0)
        kept_rooms = KeptRooms(self.rooms, keeper)
        self.restored = kept_rooms.restore(await table.load(), time.time())
        return kept_rooms

    async def _open_egresses(self, database: Database) -> None:
        """Before rooms are opened again, because some bring egresses with them."""
        table = EgressTable(database)
        keeper = EgressKeeper(table)
        keeper.start()
        self._closing.push_async_callback(keeper.close, 1.0)
        settings = egress_settings(self.config)
        planner = Planner(self.rooms, settings)
        egresses = Egresses(self.engine, keeper, settings, self._tell_of_egress)
        egresses.restore(await table.load())
        self._closing.push_async_callback(egresses.close, EGRESS_STOP_SECONDS)
        self.rooms.on_opened.append(AutoEgress(planner, egresses).on_opened)
        self.egress_service = EgressService(planner, egresses, Destinations(self.address_rules, self.webhooks.check))

    def _tell_of_egress(self, event: str, info: EgressInfo, webhooks: Sequence[WebhookConfig]) -> None:
        extra = {"event": event, "egress": info.egress_id, "room": info.room_name, "reason": info.error}
        logger.log(logging.ERROR if info.error else logging.INFO, "egress", extra=extra)
        self._egress_captions(event, info, webhooks)
        self.webhooks.send(WebhookEvent(event=event, egress_info=info), info.egress_id, webhooks)

    def _open_transcriptions(self) -> Transcriptions | None:
        """Before rooms are opened again, because all of them may have to be transcribed."""
        settings = transcription_settings_of(self.config)
        self._egress_captions = EgressCaptions(self.rooms)
        if settings is None:
            return None
        if self.config.transcription.captions:
            captions = RoomCaptions(recordings_directory(self.config))
            self._closing.push_async_callback(asyncio.to_thread, captions.close)
            self.rooms.on_opened.append(captions.on_opened)
        transcriptions = Transcriptions(self.engine, settings)
        self._closing.push_async_callback(transcriptions.close, TRANSCRIPTION_STOP_SECONDS)
        self.rooms.on_opened.append(transcriptions.on_opened)
        return transcriptions

    async def _open_webhooks(self, database: Database) -> Webhooks:
        http = OutgoingHttp(self.address_rules)
        self._closing.push_async_callback(http.close)
        table = OutboxTable(database)
        outbox = Outbox(table)
        outbox.start()
        self._closing.push_async_callback(outbox.close, 1.0)
        webhooks = Webhooks(self.config, http, outbox)
        self._closing.push_async_callback(webhooks.close, 1.0)
        webhooks.restore(await table.load())
        return webhooks

    def _tell_of_rooms(self) -> None:
        """From now on; rooms that were opened again have been told of in their first life."""
        if self.webhooks.has_targets:
            room_events = RoomEvents(self.webhooks.send, self.kept_rooms.keeps, settings_of(self.config).codecs)
            self.rooms.on_opened.append(room_events.opened)
            for room in self.rooms:
                room_events.follow(room)

    async def _open_ingresses(self, database: Database) -> Ingresses:
        table = IngressTable(database)
        keeper = IngressKeeper(table)
        keeper.start()
        self._closing.push_async_callback(keeper.close, 1.0)
        entrance = Entrance(self.rooms, self.engine)
        urls = UrlSource(entrance, self.address_rules)
        sources: dict[IngressInput, IngressSource] = {IngressInput.URL_INPUT: urls}
        rtmp = self._rtmp(entrance)
        if rtmp is not None:
            sources[IngressInput.RTMP_INPUT] = rtmp
        ingresses = Ingresses(keeper, self.webhooks.send, sources)
        urls.open(ingresses)
        self._closing.push_async_callback(urls.close)
        if rtmp is not None:
            self._closing.push_async_callback(rtmp.close)
            try:
                await rtmp.open(ingresses)
            except RtmpFailed as error:
                raise ListenError(f"cannot listen for RTMP: {error}") from error
        ingresses.restore(await table.load())
        return ingresses

    def _rtmp(self, entrance: Entrance) -> RtmpSource | None:
        port = self.config.ingress.rtmp_port
        base_url = self.config.ingress.rtmp_base_url.rstrip("/") or f"rtmp://localhost:{port}/live"
        return RtmpSource(entrance, self.config.bind_addresses, port, base_url) if port else None

    def _gateway(self) -> Gateway:
        config = self.config
        verifier = TokenVerifier(config.keys)
        handlers = [
            token_endpoint(config.keys, development=config.development),
            *transcription_endpoints(self.rooms, self.transcriptions, verifier),
            metrics_endpoint(Metrics(self.rooms, self.engine, self.kept_rooms), config.prometheus),
            *bot_endpoints(self.rooms, self.bots, verifier, self._films()),
        ]
        signal = LiveKitSignal(rooms=self.rooms, media=self.engine, verifier=verifier, config=config)
        whip = Whip(
            rooms=self.rooms,
            media=self.engine,
            verifier=verifier,
            config=config,
            room_options=signal.room_options,
            streams=self.ingresses,
        )
        ingress_service = IngressService(self.ingresses, config, self.rooms.limits)
        return Gateway(
            signal=signal,
            twirp=RoomService(
                self.rooms,
                self.kept_rooms,
                verifier,
                config.room.room_configurations,
                settings_of(config).codecs,
                self.egress_service.methods() | ingress_service.methods(),
            ),
            api=cast(Application, api(handlers)),
            pages=self.pages,
            others=dict.fromkeys(WHIP_PREFIXES, whip),
        )

    def _films(self) -> Path | None:
        directory = data_directory(self.config)
        return directory / "films" if directory else None

    def _tls_files(self) -> CertificateFiles | None:
        tls = self.config.tls
        if tls.self_signed:
            addresses = [address.ip for address in local_addresses()]
            directory = certificate_directory(self.config)
            return self_signed(directory, addresses, datetime.datetime.now(datetime.UTC))
        return CertificateFiles(Path(tls.cert_file), Path(tls.key_file)) if tls.cert_file else None

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            try:
                self.rooms.tick(time.time())
            except Exception:  # one room's trouble must not stop the clock of all the others
                logger.exception("a room could not be ticked")


def build(config: Config) -> App:
    """The server of a configuration, not started yet."""
    return App(config)


def room_defaults(config: Config) -> RoomDefaults:
    room = config.room
    return RoomDefaults(
        auto_create=room.auto_create,
        empty_timeout=round(room.empty_timeout),
        departure_timeout=round(room.departure_timeout),
        max_participants=room.max_participants,
        enable_remote_unmute=room.enable_remote_unmute,
    )


def room_limits(config: Config) -> Limits:
    limit = config.limit
    return Limits(
        room_name=limit.max_room_name_length,
        identity=limit.max_participant_identity_length,
        participant_name=limit.max_participant_name_length,
        metadata=limit.max_metadata_size,
        attributes=limit.max_attributes_size,
    )


def egress_settings(config: Config) -> EgressSettings:
    """Where recordings go, and how many there may be."""
    return EgressSettings(
        directory=recordings_directory(config),
        min_free_bytes=config.egress.min_free_bytes,
        max_active=config.egress.max_active,
        max_seconds=float(config.egress.max_duration),
    )


def media_config(config: Config, cores: int) -> MediaConfig:
    """Where the engine binds, and what it announces."""
    addresses = media_addresses(config, local_addresses())
    ports = media_ports(config, cores)
    tcp = [(ip, config.rtc.tcp_port) for ip in addresses.bind] if config.rtc.tcp_port else []
    throttle = config.rtc.pli_throttle
    low, mid, high = (round(1000 * one) for one in (throttle.low_quality, throttle.mid_quality, throttle.high_quality))
    return MediaConfig(
        udp=[[(ip, port) for ip in addresses.bind] for port in ports],
        tcp=tcp,
        candidate_ips=addresses.candidates,
        keyframe_throttle_ms=(low, mid, high),
        full_ice=not config.rtc.use_ice_lite,
    )


def _close_all(sockets: list[socket.socket]) -> None:
    for listener in sockets:
        listener.close()
