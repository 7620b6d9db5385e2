"""What `roomful p2p publish` shows and `roomful p2p watch` sees."""

import asyncio
import contextlib
import dataclasses
from collections.abc import Callable, Generator
from pathlib import Path
from typing import cast

import msgspec

from roomful.cli.output import CommandError
from roomful.cli.p2p_room import Peering, entered, tell_events, tell_ready, until_first
from roomful.cli.p2p_words import Told, teller
from roomful.media.ports.bot.plan import Pattern
from roomful.media.ports.peer import Player, Recording, Viewing, film, pattern
from roomful.media.ports.peer.programme import Opening
from roomful.media.ports.peer.viewing import Taken
from roomful.media.ports.worker.states import Failed
from roomful.p2p import (
    BroadcastSubscribed,
    IrohRoomsError,
    PublishOpts,
    RemoteBroadcast,
    RoomEvent,
    RoomPublisherSync,
    RoomTicket,
)
from roomful.p2p.publisher import CAMERA

LAST_SECONDS = 0.5
"""How long the end of a film has to get out."""


def opening(file: str | None, *, encode: bool, width: int, height: int, fps: int, seconds: float) -> Opening:
    """What to play. Raises CommandError for a pattern that is none."""
    if file is not None:
        return film(file, encode=encode)
    wanted = {"width": width, "height": height, "fps": fps, "seconds": seconds}
    try:
        return pattern(msgspec.convert({"bot": "pattern", **wanted}, Pattern))
    except msgspec.ValidationError as error:
        raise CommandError(f"no pattern of {width}x{height}, {fps} a second: {error}") from None


async def publish_it(ticket: RoomTicket, peering: Peering, played: Opening, *, loop: bool) -> None:
    """Play it into the room as the camera, to its end."""
    told = teller(json=peering.json)
    with _failures():
        player = Player(played, loop=loop)
        async with entered(ticket, peering) as (live, room):
            publisher = RoomPublisherSync(room, player.sources)
            sources = player.sources
            await publisher.set_state(PublishOpts(camera=sources.camera is not None, audio=sources.audio is not None))
            tell_ready(live, room, told)
            told("publishing", {"broadcast": CAMERA, "tracks": [offer.name for offer in player.offers]})
            await until_first(tell_events(room, told), _play(player))


async def _play(player: Player) -> None:
    await player.play()
    await asyncio.sleep(LAST_SECONDS)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Audience:
    """Who is watched, and what becomes of it."""

    of: str | None = None
    """Beginning of an endpoint id."""
    folder: Path | None = None
    every: float = 2.0


async def watch_it(ticket: RoomTicket, peering: Peering, audience: Audience, seconds: float) -> None:
    """Watch what is offered, for so many seconds or until it is stopped."""
    told = teller(json=peering.json)
    with _failures():
        async with entered(ticket, peering) as (live, room), asyncio.TaskGroup() as watching:
            tell_ready(live, room, told)
            tasks: set[asyncio.Task[None]] = set()

            def hear(event: RoomEvent) -> None:
                match event:
                    case BroadcastSubscribed(broadcast) if _is_wanted(broadcast, audience):
                        tasks.add(watching.create_task(_watch(broadcast, audience, told)))
                    case _:
                        pass

            try:
                await until_first(tell_events(room, told, hear), _for(seconds))
            finally:
                for task in tasks:
                    task.cancel()


def _is_wanted(broadcast: RemoteBroadcast, audience: Audience) -> bool:
    return audience.of is None or str(broadcast.remote).startswith(audience.of.lower())


async def _watch(broadcast: RemoteBroadcast, audience: Audience, told: Told) -> None:
    about = {"remote": str(broadcast.remote), "broadcast": broadcast.name}
    recording = Recording.of(broadcast, audience.folder) if audience.folder is not None else None
    on_frame: Callable[[Taken], None] = recording.take if recording is not None else lambda frame: None
    viewing = Viewing(
        broadcast, on_frame=on_frame, on_refusal=lambda what: told("not_decoded", {**about, "codecs": what})
    )
    telling = asyncio.create_task(_tell_seen(viewing, about, audience.every, told))
    try:
        await viewing.run()
    finally:
        telling.cancel()
        if recording is not None and recording.close():
            told("recorded", {**about, "file": str(recording.path)})


async def _tell_seen(viewing: Viewing, about: dict[str, str], every: float, told: Told) -> None:
    while True:
        await asyncio.sleep(every)
        seen = viewing.seen()
        if seen.pictures or seen.sounds or seen.broken:
            told("seen", {**about, **msgspec.to_builtins(seen)})


async def _for(seconds: float) -> None:
    if seconds:
        await asyncio.sleep(seconds)
    else:
        await asyncio.Event().wait()


@contextlib.contextmanager
def _failures() -> Generator[None]:
    """Raises CommandError for what fails on the way, whichever task it failed in."""
    try:
        yield
    except (Failed, OSError, ExceptionGroup) as failure:
        match _first(failure):
            case Failed() | IrohRoomsError() as known:
                raise CommandError(str(known)) from None
            case OSError() as error:
                raise CommandError(f"it cannot be written: {error}") from None
            case _:
                raise


def _first(failure: Exception) -> Exception:
    if not isinstance(failure, ExceptionGroup):
        return failure
    return _first(cast("ExceptionGroup[Exception]", failure).exceptions[0])
