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
from functools import partial
from pathlib import Path
from typing import cast

import msgspec
from livekit.protocol.egress import EgressInfo
from livekit.protocol.ingress import IngressInput
from livekit.protocol.models import WebhookConfig
from livekit.protocol.webhook import WebhookEvent

from roomful.app_plugins import open_bans, open_plugins
from roomful.auth import TokenVerifier
from roomful.auth.stream_tokens import stream_tokens
from roomful.config import Config, Sections
from roomful.config.directories import certificate_directory, data_directory, recordings_directory
from roomful.config.errors import ConfigError
from roomful.config.network import MediaAddresses, local_addresses, media_addresses, media_ports
from roomful.config.turn import turn_plan
from roomful.draining import Drain
from roomful.extensions.dialogue import Dialogue
from roomful.media.engine import MediaConfig, MediaEngine
from roomful.media.external_address import ExternalAddressUnknown, external_address
from roomful.media.ports.bots import Bots
from roomful.media.ports.bridges import Bridges
from roomful.media.ports.hls import HlsStreams
from roomful.media.ports.hls import settings_of as hls_settings_of
from roomful.media.ports.mixing import MixedRooms
from roomful.media.ports.mixing import settings_of as mix_settings_of
from roomful.media.ports.rtmp import RtmpFailed
from roomful.media.ports.transcription import RoomCaptions, Transcriptions
from roomful.media.ports.transcription import settings_of as transcription_settings_of
from roomful.media.turn import TurnError, start_turn
from roomful.outgoing import AddressRules, OutgoingHttp
from roomful.protocols.livekit.agents import AgentDispatchService, AgentSocket
from roomful.protocols.livekit.egress import (
    AutoEgress,
    Destinations,
    Egresses,
    EgressService,
    EgressSettings,
    Planner,
)
from roomful.protocols.livekit.forwarding import Forwards
from roomful.protocols.livekit.ingress import (
    Entrance,
    Ingresses,
    IngressService,
    IngressSource,
    RtmpSource,
    UrlSource,
)
from roomful.protocols.livekit.room_service import CallMethods, MovingMethods, RoomService
from roomful.protocols.livekit.room_service.absent import absent_methods
from roomful.protocols.livekit.sessions import PROTOCOL_NAME as LIVEKIT
from roomful.protocols.livekit.settings import settings_of
from roomful.protocols.livekit.transport import LiveKitSignal
from roomful.protocols.livekit.webhooks import History, RoomEvents, Webhooks
from roomful.protocols.monibuca.authority import Authority
from roomful.protocols.monibuca.sessions import PROTOCOL_NAME as MONIBUCA
from roomful.protocols.monibuca.tokens import RoomTokens
from roomful.protocols.monibuca.transport import RoomSocket
from roomful.protocols.nkmedia.fs.parts import neighbour_of
from roomful.protocols.nkmedia.players import Players
from roomful.protocols.nkmedia.recordings import Recordings
from roomful.protocols.nkmedia.tcp import BadAddress
from roomful.protocols.nkmedia.transport import PATH as NKMEDIA_PREFIX
from roomful.protocols.nkmedia.transport import NkMediaApi
from roomful.protocols.room_signals.bearers import Bearers
from roomful.protocols.room_signals.engines import enabled_engines
from roomful.protocols.room_signals.media.connections import Connections
from roomful.protocols.room_signals.media.forwarding import Forwarding
from roomful.protocols.room_signals.transport import SignalsSocket
from roomful.protocols.room_signals.uploads.livestreams import Livestreams
from roomful.protocols.whip.routes import PREFIXES as WHIP_PREFIXES
from roomful.protocols.whip.transport import Whip
from roomful.reporting.reports import Reports
from roomful.rooms.limits import Limits
from roomful.rooms.model import LeaveReason
from roomful.rooms.options import DuplicateIdentity, RoomDefaults
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
    ReportTable,
    RoomKeeper,
    RoomTable,
    Waiting,
    WebhookHistoryKeeper,
    WebhookHistoryTable,
)
from roomful.web.api import api
from roomful.web.asgi import Application
from roomful.web.bots import bot_endpoints
from roomful.web.bridges import bridge_endpoints
from roomful.web.certificates import CertificateFiles, self_signed, tls_context
from roomful.web.console import Console, console_endpoints
from roomful.web.drain_endpoints import drain_endpoints
from roomful.web.gateway import Gateway
from roomful.web.hls import PREFIX as HLS_PREFIX
from roomful.web.hls import Hls
from roomful.web.hls_links import hls_links_endpoint
from roomful.web.livestreams import LivestreamsApplication, open_store
from roomful.web.metrics import Metrics, Work
from roomful.web.metrics_endpoint import metrics_endpoint
from roomful.web.mixing import mixing_endpoints
from roomful.web.mp4_endpoints import PREFIX as MP4_PREFIX
from roomful.web.mp4_endpoints import mp4_endpoints
from roomful.web.pages import Pages
from roomful.web.plugin_report_endpoints import PREFIX as PLUGIN_REPORTS
from roomful.web.plugin_report_endpoints import plugin_report_endpoints
from roomful.web.regions import PREFIX as SETTINGS
from roomful.web.regions import regions_endpoint
from roomful.web.report_endpoints import PREFIXES as REPORT_PREFIXES
from roomful.web.report_endpoints import report_endpoints, take_report
from roomful.web.room_endpoints import room_endpoints
from roomful.web.server import WebServer
from roomful.web.sockets import ListenError, first_trouble, listen, turn_trouble
from roomful.web.stream_endpoints import stream_endpoints
from roomful.web.token_endpoint import token_endpoint
from roomful.web.transcription_endpoint import transcription_endpoints
from roomful.web.webhook_endpoints import webhook_endpoints

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0
PUBLIC_STUN_SERVERS = ("stun.l.google.com:19302", "global.stun.twilio.com:3478")
STUN_SECONDS = 5.0
RECORDING_STOP_SECONDS = 2.0
"""How long a stop waits for the files of recordings; their processes may take longer."""

MIX_STOP_SECONDS = 1.0
"""How long a stop waits for the processes that mix; they end by themselves."""

HLS_STOP_SECONDS = 1.0
"""The same for those that make HLS of what somebody sends."""

REPORT_STOP_SECONDS = 2.0
"""How long a stop waits for what was reported last."""

TRANSCRIPTION_STOP_SECONDS = 1.0
"""How long a stop waits for what was said last."""


class App:
    """One server, from `start` to `stop`. It can be started once."""

    def __init__(self, config: Config, sections: Sections | None = None) -> None:
        """`config` is an effective one (`roomful.config.effective`); `sections` are what extensions read."""
        self.config = config
        self.sections = sections or Sections()
        self.rooms = Rooms(room_defaults(config), room_limits(config))
        self.drain = Drain(self.rooms)
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
        addresses = await self._media_addresses()
        self.engine = self._open_engine(addresses)
        self._closing.callback(self.engine.close)
        self._open_turn(addresses)
        self.engine.start(asyncio.get_running_loop())
        self.rooms.on_opened.append(lambda room: self.engine.open_room(room.sid, beside=neighbour_of(room)))
        self.rooms.on_closed.append(lambda room: self.engine.close_room(room.sid))
        database = await Database.open(data_directory(config), config.storage.url)
        self._closing.push_async_callback(database.close)
        self.reports = self._open_reports(database)
        self.transcriptions = self._open_transcriptions()
        self.mixed_rooms = self._open_mixed_rooms()
        self.bridges = self._open_bridges()
        self.agents = self._open_agents()
        self.http = OutgoingHttp(self.address_rules)
        self._closing.push_async_callback(self.http.close)
        self.webhooks = await self._open_webhooks(database)
        await self._open_egresses(database)
        bans = await open_bans(database, self.rooms, self._closing)
        self.kept_rooms = await self._open_rooms(database, bans)
        self._tell_of_rooms()
        self.plugins = await open_plugins(
            config=config,
            sections=self.sections,
            rooms=self.rooms,
            kept_rooms=self.kept_rooms,
            media=self.engine,
            mixed_rooms=self.mixed_rooms,
            transcriptions=self.transcriptions,
            http=self.http,
            database=database,
            closing=self._closing,
        )
        self.reports.shows.describe = self.plugins.extensions.describe
        self.ingresses = await self._open_ingresses(database)
        self.bots = Bots(self.engine)
        self._closing.push_async_callback(self.bots.close)
        self.web = WebServer(self._gateway(), sockets, self._tls_files())
        await self._listen_for_nkmedia()
        await self.web.start()
        self._ticker = asyncio.create_task(self._tick(), name="room-ticker")

    async def _media_addresses(self) -> MediaAddresses:
        addresses = media_addresses(self.config, local_addresses())
        if not self.config.rtc.use_external_ip:
            return addresses
        try:
            external = await external_address(self.config.rtc.stun_servers or PUBLIC_STUN_SERVERS, STUN_SECONDS)
        except ExternalAddressUnknown as error:
            raise ConfigError(str(error), key="rtc.use_external_ip", hint="set rtc.node_ip instead") from error
        logger.info("the internet sees this server at %s", external)
        # Whoever asks where this server is shall hear the same.
        rtc = msgspec.structs.replace(self.config.rtc, node_ip=external)
        self.config = msgspec.structs.replace(self.config, rtc=rtc)
        return msgspec.structs.replace(addresses, candidates=(external,))

    def _open_turn(self, addresses: MediaAddresses) -> None:
        """Before clients are told of it."""
        if not self.config.turn.enabled:
            return
        ports = {port for _, port in self.engine.udp_addresses}
        plan = turn_plan(self.config, addresses, local_addresses(), sorted(ports))
        try:
            turn = start_turn(plan)
        except TurnError as error:
            raise ConfigError(str(error), key="turn.cert_file") from error
        except OSError as error:
            raise ListenError(turn_trouble(plan.udp, plan.tcp) or str(error)) from error
        self._closing.callback(turn.close)

    def _open_engine(self, addresses: MediaAddresses) -> MediaEngine:
        media = media_config(self.config, self.cores, addresses)
        if len(media.udp) < self.cores:
            logger.info("media uses %s of %s cores: one per port of rtc.udp_port", len(media.udp), self.cores)
        try:
            return MediaEngine(media)
        except OSError as error:
            raise ListenError(
                first_trouble(itertools.chain.from_iterable(media.udp), media.tcp)
                or f"cannot open the media ports: {error}"
            ) from error

    def _open_reports(self, database: Database) -> Reports:
        """Before rooms are opened again: what happens in them is reported from the first moment on."""
        reports = Reports(self.rooms, ReportTable(database), self.config.room.live.report_retention_days)
        reports.start()
        self._closing.push_async_callback(reports.close, REPORT_STOP_SECONDS)
        self.rooms.on_opened.append(reports.on_opened)
        self.engine.on_stats = reports.measuring.on_stats
        return reports

    async def _open_rooms(self, database: Database, bans: Sequence[Waiting]) -> KeptRooms:
        table = RoomTable(database)
        keeper = RoomKeeper(table)
        keeper.start()
        self._closing.push_async_callback(keeper.close, 1.0)
        kept_rooms = KeptRooms(self.rooms, keeper, [self.webhooks.outbox, *bans])
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
        destinations = Destinations(self.address_rules, self.webhooks.check)
        egresses = Egresses(self.engine, keeper, settings, destinations, self._tell_of_egress)
        egresses.restore(await table.load())
        self.egresses = egresses
        self._closing.push_async_callback(egresses.close, RECORDING_STOP_SECONDS)
        self.rooms.on_opened.append(AutoEgress(planner, egresses).on_opened)
        self.egress_service = EgressService(planner, egresses, destinations)

    def _tell_of_egress(self, event: str, info: EgressInfo, webhooks: Sequence[WebhookConfig]) -> None:
        extra = {"event": event, "egress": info.egress_id, "room": info.room_name, "reason": info.error}
        logger.log(logging.ERROR if info.error else logging.INFO, "egress", extra=extra)
        self.webhooks.send(WebhookEvent(event=event, egress_info=info), info.egress_id, webhooks)

    def _open_transcriptions(self) -> Transcriptions | None:
        """Before rooms are opened again, because all of them may have to be transcribed."""
        settings = transcription_settings_of(self.config)
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

    def _open_mixed_rooms(self) -> MixedRooms:
        """Before rooms are opened again, because all of them may have to be mixed."""
        mixed_rooms = MixedRooms(self.engine, mix_settings_of(self.config))
        self._closing.push_async_callback(mixed_rooms.close, MIX_STOP_SECONDS)
        self.rooms.on_opened.append(mixed_rooms.on_opened)
        return mixed_rooms

    def _open_agents(self) -> AgentSocket:
        """Before rooms are opened again, because some bring wishes for agents with them."""
        config = self.config
        agents = AgentSocket(
            rooms=self.rooms, verifier=TokenVerifier(config.keys), config=config, settings=settings_of(config)
        )
        self.rooms.on_opened.append(agents.agents.on_opened)
        return agents

    def _open_bridges(self) -> Bridges:
        """Before rooms are opened again, because some may be open to peers."""
        bridges = Bridges(self.engine, self.config)
        self._closing.push_async_callback(bridges.close)
        self.rooms.on_opened.append(bridges.on_opened)
        return bridges

    async def _open_webhooks(self, database: Database) -> Webhooks:
        table = OutboxTable(database)
        outbox = Outbox(table)
        outbox.start()
        self._closing.push_async_callback(outbox.close, 1.0)
        told = WebhookHistoryTable(database)
        keeper = WebhookHistoryKeeper(told)
        keeper.start()
        self._closing.push_async_callback(keeper.close, 1.0)
        history = History(told, keeper, float(self.config.webhook.history))
        await history.open()
        self._closing.push_async_callback(history.close)
        webhooks = Webhooks(self.config, self.http, outbox, history)
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
        room_socket = RoomSocket(
            rooms=self.rooms,
            api=self.plugins.operations,
            extensions=self.plugins.extensions,
            verifier=verifier,
            stream_token=stream_tokens(config.keys),
            config=config,
            http=self.http,
            report=partial(take_report, self.reports.intake),
        )
        self.plugins.ports.movers[MONIBUCA] = room_socket.sessions.move
        signals, livestreams = self._room_signals(verifier)
        nkmedia = self.nkmedia = self._nkmedia()
        authority = Authority(self.rooms, room_socket.verification, self.plugins.is_admin)
        handlers = [
            token_endpoint(config.keys, development=config.development),
            *webhook_endpoints(self.webhooks, verifier),
            *drain_endpoints(self.drain, float(config.drain_timeout), self.plugins.is_admin),
            regions_endpoint(config.region, verifier),
            *transcription_endpoints(self.rooms, self.transcriptions, verifier),
            metrics_endpoint(self._metrics(), config.prometheus),
            *bot_endpoints(self.rooms, self.bots, verifier, self._films()),
            *bridge_endpoints(self.rooms, self.bridges, verifier),
            *mixing_endpoints(self.rooms, self.mixed_rooms, verifier, self._films()),
            room_endpoints(self.plugins.operations, authority, RoomTokens(config)),
            mp4_endpoints(self.plugins.operations, authority),
            *report_endpoints(self.reports, self.rooms, authority, self.plugins.is_page_admin),
            stream_endpoints(self.reports.streams, self.plugins.is_page_admin),
            plugin_report_endpoints(self.reports.plugin_metrics, authority),
            console_endpoints(self._console(), self.plugins.is_page_admin),
            *self.plugins.handlers,
            hls_links_endpoint(lambda egress_id: self.egresses.list(egress_id=egress_id), config.keys, verifier),
        ]
        signal = LiveKitSignal(
            rooms=self.rooms,
            media=self.engine,
            verifier=verifier,
            config=config,
            extensions=self.plugins.extensions,
            dialogue=Dialogue(self.plugins.extensions, self.plugins.operations, time.time),
            report=partial(self.reports.intake.take, "heartbeat"),
        )
        self.plugins.ports.travel_tokens[LIVEKIT] = signal.sessions.travel_token
        self.plugins.ports.movers[LIVEKIT] = signal.sessions.move
        forwards = Forwards(self.engine, signal.sessions, time.time)
        moving = MovingMethods(self.rooms, self.engine, self.plugins.operations.move, forwards)
        calling = CallMethods(self.rooms, signal.sessions)
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
                self.egress_service.methods()
                | ingress_service.methods()
                | moving.methods()
                | calling.methods()
                | AgentDispatchService(self.agents.agents, self.rooms, self.kept_rooms).methods()
                | absent_methods(),
            ),
            api=cast(Application, api(handlers)),
            pages=self.pages,
            others={
                **dict.fromkeys(WHIP_PREFIXES, whip),
                HLS_PREFIX: Hls(recordings_directory(config), verifier),
                NKMEDIA_PREFIX: nkmedia,
            },
            api_prefixes=(
                "/room",
                "/ready",
                SETTINGS,
                MP4_PREFIX,
                PLUGIN_REPORTS,
                *REPORT_PREFIXES,
                *self.plugins.routes.prefixes,
            ),
            known=(livestreams,),
            sockets=(self.agents, room_socket, signals, nkmedia, self.plugins.sockets),
        )

    def _room_signals(self, verifier: TokenVerifier) -> tuple[SignalsSocket, LivestreamsApplication]:
        settings = self.config.room_signals
        livestreams, engines = Livestreams(), enabled_engines(self.config)
        forwarded = HlsStreams(self.engine, hls_settings_of(self.config))
        self._closing.push_async_callback(forwarded.close, HLS_STOP_SECONDS)
        signals = SignalsSocket(
            rooms=self.rooms,
            extensions=self.plugins.extensions,
            verifier=verifier,
            config=self.config,
            media=Connections(self.engine, enabled_codecs(self.config), Forwarding(forwarded, engines.playlist)),
            engines=engines,
            livestreams=livestreams,
        )
        livestreams.find_room = signals.signalling.room
        try:
            store = open_store(settings.live_storage)
        except ValueError as error:
            raise ConfigError(str(error), key="room_signals.live_storage") from error
        bearers = Bearers(settings.auth, verifier)
        application = LivestreamsApplication(livestreams, bearers, store, settings.stage, forwarded.find)
        self._closing.push_async_callback(application.close)
        return signals, application

    def _works(self) -> dict[str, Work]:
        works: dict[str, Work] = {"egress": self.egresses, "ingress": self.ingresses, "agent": self.agents.agents}
        if self.transcriptions is not None:
            works["transcription"] = self.transcriptions
        return works

    def _console(self) -> Console:
        return Console(
            rooms=self.rooms,
            operations=self.plugins.operations,
            engine=self.engine,
            saver=self.kept_rooms,
            reports=self.reports.writer,
            works=self._works(),
            agents=self.agents.agents,
            egresses=self.egresses,
            drain=self.drain,
        )

    def _metrics(self) -> Metrics:
        errors = self.plugins.extensions.errors
        return Metrics(
            self.rooms,
            self.engine,
            self.kept_rooms,
            errors,
            works=self._works(),
            webhooks=self.webhooks,
            reports=self.reports.writer,
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

    def _nkmedia(self) -> NkMediaApi:
        config = self.config
        recordings = Recordings(self.engine, recordings_directory(config), config.egress.min_free_bytes)
        players = Players(self.engine, self._films(), self.address_rules)
        self._closing.push_async_callback(recordings.close, RECORDING_STOP_SECONDS)
        self._closing.push_async_callback(players.close)
        nkmedia = NkMediaApi(
            rooms=self.rooms,
            media=self.engine,
            mixes=self.mixed_rooms,
            kept_rooms=self.kept_rooms,
            recordings=recordings,
            players=players,
            config=config,
        )
        nkmedia.open()
        self._closing.push_async_callback(nkmedia.close)
        return nkmedia

    async def _listen_for_nkmedia(self) -> None:
        """On the addresses of its own, if it has any."""
        own = self.config.nkmedia
        files = self._tls_files() if own.tls_listen else None
        tls = tls_context(files) if files is not None else None
        for key, address, context in (("tcp_listen", own.tcp_listen, None), ("tls_listen", own.tls_listen, tls)):
            if not address:
                continue
            if key == "tls_listen" and context is None:
                raise ConfigError("TLS needs a certificate", key="nkmedia.tls_listen", hint="set tls.cert_file")
            try:
                host, port = await self.nkmedia.tcp.listen(address, context)
            except BadAddress as error:
                raise ConfigError(str(error), key=f"nkmedia.{key}") from None
            except OSError as error:
                raise ListenError(f"cannot listen at {address} for NkMEDIA: {error}") from error
            logger.info("NkMEDIA at %s:%s (%s)", host, port, "TLS" if context else "TCP")

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            try:
                self.rooms.tick(time.time())
            except Exception:  # one room's trouble must not stop the clock of all the others
                logger.exception("a room could not be ticked")


def build(config: Config, sections: Sections | None = None) -> App:
    """The server of a configuration, not started yet."""
    return App(config, sections)


def room_defaults(config: Config) -> RoomDefaults:
    room = config.room
    return RoomDefaults(
        auto_create=room.auto_create,
        empty_timeout=round(room.empty_timeout),
        departure_timeout=round(room.departure_timeout),
        max_participants=room.max_participants,
        enable_remote_unmute=room.enable_remote_unmute,
        duplicate_identity=DuplicateIdentity(room.duplicate_identity),
        revoke_removed=room.revoke_removed,
    )


def enabled_codecs(config: Config) -> frozenset[str]:
    """MIME types in lower case that may be published; empty means all."""
    return frozenset(codec.mime.lower() for codec in config.room.enabled_codecs)


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
        allow=config.outgoing.allow,
        deny=config.outgoing.deny,
    )


def media_config(config: Config, cores: int, addresses: MediaAddresses) -> MediaConfig:
    """Where the engine binds, and what it announces."""
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
