"""The usual publisher: camera with microphone, and a screen (specs/iroh-rooms.md §12, §16.5)."""

from collections.abc import Callable
from dataclasses import dataclass

from roomful.p2p.broadcasts import LocalBroadcast, TrackWriter
from roomful.p2p.catalog import AudioConfig, VideoConfig
from roomful.p2p.errors import IrohRoomsError
from roomful.p2p.rooms import RoomHandle

CAMERA = "camera"
SCREEN = "screen"


@dataclass(frozen=True, slots=True)
class PublishOpts:
    """What is on."""

    camera: bool = False
    screen: bool = False
    audio: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """Encoded frames of one kind: how they are described, and whom to give the writer while it is on."""

    name: str
    """Of the track, as `LocalBroadcast.add_video` takes it."""

    config: VideoConfig | AudioConfig
    started: Callable[[TrackWriter], None]
    stopped: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class MediaSources:
    """Where the media comes from. None where there is none."""

    camera: Source | None = None
    screen: Source | None = None
    audio: Source | None = None


class PublishUpdateError(IrohRoomsError):
    """Some of what was to be switched on could not be."""

    errors: list[tuple[str, Exception]]
    """Which, and why."""

    def __init__(self, errors: list[tuple[str, Exception]]) -> None:
        super().__init__("; ".join(f"{which}: {error}" for which, error in errors))
        self.errors = errors


class RoomPublisherSync:
    """Publishes `camera`, with the microphone in it, and `screen`, and switches each on and off.

    The camera's broadcast is there from the start, with chat; the screen's only while it is on.
    """

    def __init__(self, room: RoomHandle, sources: MediaSources) -> None:
        self._room = room
        self._sources = sources
        self._state = PublishOpts()
        self._camera: LocalBroadcast | None = None
        self._screen: LocalBroadcast | None = None
        self._writers: dict[str, TrackWriter] = {}

    @property
    def state(self) -> PublishOpts:
        return self._state

    async def set_state(self, opts: PublishOpts) -> None:
        """Switch audio, camera and screen, in this order.

        Raises:
            PublishUpdateError: some failed; the others are as asked for.
        """
        errors: list[tuple[str, Exception]] = []
        reached = {"audio": opts.audio, "camera": opts.camera, "screen": opts.screen}
        for which, wanted in reached.items():
            try:
                await self._switch(which, wanted)
            except (IrohRoomsError, LookupError) as error:
                errors.append((which, error))
                reached[which] = which in self._writers
        self._state = PublishOpts(**reached)
        if self._camera is None:
            await self._publish_camera(LocalBroadcast())
        if errors:
            raise PublishUpdateError(errors)

    async def _switch(self, which: str, wanted: bool) -> None:
        if wanted == (which in self._writers):
            return
        source: Source | None = getattr(self._sources, which)
        if source is None:
            raise LookupError(f"there is no source of {which}")
        if not wanted:
            source.stopped()
            self._writers.pop(which).finish()
            if which == "screen":
                self._screen = None
                await self._room.unpublish(SCREEN)
            return
        # Tracks first, then the name: stock viewers read the catalog once.
        if which == "screen":
            screen = LocalBroadcast()
            writer = _add(screen, source)
            await self._room.publish(SCREEN, screen)
            self._screen = screen
        elif self._camera is None:
            camera = LocalBroadcast()
            writer = _add(camera, source)
            await self._publish_camera(camera)
        else:
            writer = _add(self._camera, source)
        self._writers[which] = writer
        source.started(writer)

    async def _publish_camera(self, camera: LocalBroadcast) -> None:
        chat = camera.enable_chat()
        await self._room.publish(CAMERA, camera)
        await self._room.set_chat_publisher(chat)
        self._camera = camera


def _add(broadcast: LocalBroadcast, source: Source) -> TrackWriter:
    if isinstance(source.config, VideoConfig):
        return broadcast.add_video(source.name, source.config)
    return broadcast.add_audio(source.name, source.config)
