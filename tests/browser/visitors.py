"""Ways of people through the pages."""

from typing import Literal
from urllib.parse import quote

from .meeting_server import MeetingServer
from .sights import Tile
from .tabs import Tab, Tabs
from .waiting import until


def room_link(server: MeetingServer, room: str) -> str:
    """The invite link of a room."""
    return f"{server.http_url}/r/{quote(room, safe='')}"


async def enter_room(tab: Tab, name: str) -> None:
    """From the pre-join page into the room, with whatever devices there are."""
    await tab.fill("prejoin-name", name)
    await tab.click("join")
    await tab.wait("meeting")


async def visit(
    tabs: Tabs,
    server: MeetingServer,
    room: str,
    name: str,
    *,
    width: int = 960,
    height: int = 640,
    colour_scheme: Literal["light", "dark"] = "light",
) -> Tab:
    """A new tab in the room, come by the invite link."""
    tab = await tabs.open(name, room_link(server, room), width=width, height=height, colour_scheme=colour_scheme)
    await enter_room(tab, name)
    return tab


async def see_moving(tab: Tab, label: str) -> Tile:
    """The tile with that label once its picture has shape and has moved. Raises TimeoutError."""

    async def look() -> Tile | None:
        return await tab.tile(label)

    def has_shape(tile: Tile | None) -> bool:
        return tile is not None and tile.picture is not None and tile.picture.deviation > 3

    first = await until(look, has_shape, f"{tab.name} sees a picture of {label}")
    assert first is not None
    assert first.picture is not None
    before = first.picture

    def has_moved(tile: Tile | None) -> bool:
        return (
            tile is not None
            and tile.picture is not None
            and tile.picture.fingerprint != before.fingerprint
            and tile.picture.current_time > before.current_time
        )

    moved = await until(look, has_moved, f"{tab.name} sees {label} move")
    assert moved is not None
    return moved


async def see_meter_move(tab: Tab, label: str) -> None:
    """Returns once the meter of that tile went both up and down. Raises TimeoutError."""
    levels: list[float] = []

    async def look() -> list[float]:
        tile = await tab.tile(label)
        if tile is not None and tile.audio_level is not None:
            levels.append(tile.audio_level)
        return levels

    def went_both_ways(seen: list[float]) -> bool:
        return bool(seen) and max(seen) > 0.3 and max(seen) - min(seen) > 0.2

    await until(look, went_both_ways, f"{tab.name} sees the meter of {label} move")
