"""The part of the composition root that is about extensions."""

import contextlib
import logging
import time
from typing import Protocol

from litestar.handlers import HTTPRouteHandler

from roomful.auth import TokenVerifier
from roomful.auth.admin import AdminCheck
from roomful.auth.stream_tokens import stream_tokens
from roomful.config import Config, Sections
from roomful.config.directories import extensions_directory, recordings_directory
from roomful.extensions import Extensions, RoomOperations
from roomful.extensions.context import HostContext, Routes
from roomful.extensions.host import ExtensionHost, Factory, installed
from roomful.extensions.playing import RoomPlayer
from roomful.extensions.ports import Ports
from roomful.extensions.recording import RoomRecorder
from roomful.extensions.records import RecordStore
from roomful.extensions.transcription import RoomTranscriber
from roomful.media.ports.frames_out import FramesOutApi
from roomful.media.ports.guest import GuestMedia
from roomful.media.ports.mixing import MixedRooms
from roomful.media.ports.transcription import Transcriptions
from roomful.outgoing import OutgoingHttp
from roomful.plugins.customer_service import CustomerServiceExtension
from roomful.plugins.live import LiveExtension
from roomful.plugins.meeting import MeetingExtension
from roomful.rooms.registry import Rooms
from roomful.storage import (
    BanKeeper,
    BanTable,
    Database,
    KeptRooms,
    RecordKeeper,
    RecordTable,
    RevocationKeeper,
    RevocationTable,
)
from roomful.web.plugin_routes import plugin_routes
from roomful.web.plugin_sockets import PluginSockets

BUILT_IN: dict[str, Factory] = {
    "live": LiveExtension,
    "meeting": MeetingExtension,
    "customer_service": CustomerServiceExtension,
}
"""The server's own extensions, by name."""

RECORDING_STOP_SECONDS = 2.0
"""How long a stop waits for the files of recordings; their processes may take longer."""

logger = logging.getLogger(__name__)


class ExtensionsMedia(FramesOutApi, GuestMedia, Protocol):
    """What extensions need of the media engine."""


class Plugins:
    """What the rest of the server needs of extensions."""

    def __init__(self, rooms: Rooms, config: Config) -> None:
        self.ports = Ports()
        self.routes = Routes()
        self.extensions = Extensions(rooms, time.time)
        self.operations = RoomOperations(rooms, self.extensions, self.ports, time.time)
        self.is_admin = AdminCheck(config.room.admin_token)
        """In the API of the rooms themselves."""
        makers = TokenVerifier(config.keys) if config.development else None
        self.is_page_admin = AdminCheck(config.room.admin_token, makers)
        """In what our own pages use: extensions and reports."""

    @property
    def handlers(self) -> list[HTTPRouteHandler]:
        return plugin_routes(self.routes.routes, self.is_page_admin)

    @property
    def sockets(self) -> PluginSockets:
        return PluginSockets(self.routes.sockets, self.is_page_admin, self._count)

    def _count(self, name: str) -> None:
        self.extensions.errors[name] += 1


async def open_bans(
    database: Database, rooms: Rooms, closing: contextlib.AsyncExitStack
) -> tuple[BanKeeper, RevocationKeeper]:
    """Take up the bans and revoked tokens of earlier lives, and keep those to come. Returns who does."""
    table = BanTable(database)
    keeper = BanKeeper(table)
    keeper.start()
    closing.push_async_callback(keeper.close, 1.0)
    rooms.bans.restore(await table.load(time.time()))
    rooms.bans.on_change.append(lambda room_name, user_id, ban: keeper.put((room_name, user_id), ban))
    revocations = RevocationTable(database)
    revoking = RevocationKeeper(revocations)
    revoking.start()
    closing.push_async_callback(revoking.close, 1.0)
    rooms.bans.restore_revocations(await revocations.load(time.time()))
    rooms.bans.on_revocation.append(lambda room_name, user_id, before: revoking.put((room_name, user_id), before))
    return keeper, revoking


async def open_plugins(
    *,
    config: Config,
    sections: Sections,
    rooms: Rooms,
    kept_rooms: KeptRooms,
    media: ExtensionsMedia,
    mixed_rooms: MixedRooms,
    transcriptions: Transcriptions | None,
    http: OutgoingHttp,
    database: Database,
    closing: contextlib.AsyncExitStack,
) -> Plugins:
    """Start all extensions, with the rooms of an earlier life in place. Raises ConfigError."""
    plugins = Plugins(rooms, config)
    plugins.ports.store = kept_rooms
    if transcriptions is not None:
        plugins.ports.transcriber = RoomTranscriber(transcriptions)
    make_token = stream_tokens(config.keys)
    plugins.ports.publish_tokens = lambda room_id, user_id: make_token(room_id, user_id, time.time())
    table = RecordTable(database)
    keeper = RecordKeeper(table)
    keeper.start()
    closing.push_async_callback(keeper.close, 2.0)
    records = RecordStore(table, keeper, await table.last_position())

    room_recorder = RoomRecorder(media, recordings_directory(config), config.egress.min_free_bytes, records)
    await room_recorder.restore()
    plugins.ports.recorder = room_recorder
    closing.push_async_callback(room_recorder.close, RECORDING_STOP_SECONDS)
    player = RoomPlayer(media, mixed_rooms)
    plugins.ports.player = player
    closing.push_async_callback(player.close)

    def context_for(name: str) -> HostContext:
        return HostContext(
            name,
            operations=plugins.operations,
            extensions=plugins.extensions,
            records=records,
            http=http,
            sections=sections,
            routes=plugins.routes,
            files=extensions_directory(config),
        )

    host = ExtensionHost(plugins.extensions, context_for, forget=plugins.routes.forget)
    closing.push_async_callback(host.close)
    closing.push_async_callback(plugins.extensions.close, 2.0)
    factories = {name: factory for name, factory in BUILT_IN.items() if name not in config.extensions.disabled}
    await host.start(factories | installed(config.extensions.disabled))
    for notice in sections.unread():
        logger.warning("configuration: %s", notice)
    return plugins
