"""`roomful p2p`: rooms of peers, with no server."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter
from rich.text import Text

from roomful.cli.output import CommandError, err
from roomful.cli.p2p_room import Peering, entered, given, run, stay, tell_events, tell_ready, ticket_by, until_first
from roomful.cli.p2p_words import teller

if TYPE_CHECKING:
    from roomful.p2p import Room, RoomTicket

app = App(name="p2p", help="Rooms of iroh peers, which need no server: open one, join one, show, watch, chat.")

LONGEST_LINE = 64 * 1024
Flag = Annotated[bool, Parameter(negative=())]


@app.command
def new(*, peering: Peering | None = None) -> None:
    """Open a new room, print its ticket and tell who comes and goes, until Ctrl+C.

    A room lives as long as one of its peers. IROH_LIVE_TOPIC, 64 hex digits, opens the same one again.
    """
    from roomful.p2p import RoomTicket

    run(stay(ticket_by(RoomTicket.from_env), peering or Peering()))


@app.command
def join(ticket: str | None = None, /, *, peering: Peering | None = None) -> None:
    """Join a room and tell who comes, goes and what is offered, until Ctrl+C.

    Args:
        ticket: The room's ticket, `room…`; without one, that in IROH_LIVE_ROOM.
        peering: How this peer is opened.
    """
    run(stay(given(ticket), peering or Peering()))


@app.command
def publish(
    ticket: str | None = None,
    /,
    *,
    file: str | None = None,
    loop: Flag = False,
    encode: Flag = False,
    width: int = 640,
    height: int = 360,
    fps: int = 15,
    seconds: float = 0,
    peering: Peering | None = None,
) -> None:
    """Show a film, or a test pattern that flashes and beeps each second, as the camera of a peer.

    Ends with the film, or at Ctrl+C. Peers get H.264 and Opus; what else a file contains is encoded.

    Args:
        ticket: The room's ticket, `room…`; without one, that in IROH_LIVE_ROOM, else a new room.
        file: A file that FFmpeg can read, or - for standard input, which is sent as it comes. Without one: the pattern.
        loop: Begin the file again at its end.
        encode: Encode the file anew, though it could go through as it is: with a keyframe each second, and for whoever
            begins to watch.
        width: Of the pattern, in pixels.
        height: Of the pattern, in pixels.
        fps: Of the pattern, in pictures a second.
        seconds: How long the pattern is; 0 is until it is stopped.
        peering: How this peer is opened.
    """
    from roomful.cli.p2p_media import opening, publish_it

    if loop and file in {None, "-"}:
        raise CommandError("only a file can begin again", "Give --loop with --file, and a file that is none of -.")
    played = opening(file, encode=encode, width=width, height=height, fps=fps, seconds=seconds)
    run(publish_it(given(ticket, or_new=True), peering or Peering(), played, loop=loop))


@app.command
def watch(
    ticket: str | None = None,
    /,
    *,
    of: str | None = None,
    output: Path | None = None,
    every: float = 2.0,
    seconds: float = 0,
    peering: Peering | None = None,
) -> None:
    """Decode what others show and tell what comes of it, until Ctrl+C.

    Args:
        ticket: The room's ticket, `room…`; without one, that in IROH_LIVE_ROOM.
        of: Endpoint id, or its beginning, of the only peer to watch.
        output: Folder to write each broadcast into, as a Matroska file with its packets as they came.
        every: Seconds between two lines on a broadcast.
        seconds: How long; 0 is until it is stopped.
        peering: How this peer is opened.
    """
    from roomful.cli.p2p_media import Audience, watch_it

    if every <= 0:
        raise CommandError("--every is a number of seconds above 0")
    if output is not None and not output.is_dir():
        raise CommandError(f"{output} is no folder", "Make it first.")
    audience = Audience(of=of, folder=output, every=every)
    run(watch_it(given(ticket), peering or Peering(), audience, seconds))


@app.command
def chat(ticket: str | None = None, /, *, peering: Peering | None = None) -> None:
    """Join a room and chat: each line of standard input is a message. Ends with the input.

    Args:
        ticket: The room's ticket, `room…`; without one, that in IROH_LIVE_ROOM, else a new room.
        peering: How this peer is opened.
    """
    run(_chat(given(ticket, or_new=True), peering or Peering()))


async def _chat(ticket: "RoomTicket", peering: Peering) -> None:
    from roomful.p2p import LocalBroadcast

    told = teller(json=peering.json)
    async with entered(ticket, peering) as (live, room):
        # A broadcast of nothing but chat: stock peers show it as an empty tile.
        broadcast = LocalBroadcast(user=peering.name)
        await room.set_chat_publisher(broadcast.enable_chat())
        await room.publish("chat", broadcast)
        tell_ready(live, room, told)
        await until_first(tell_events(room, told), _send_lines(room))


async def _send_lines(room: "Room") -> None:
    from roomful.p2p import LimitExceeded

    async for line in _lines():
        if not line.strip():
            continue
        try:
            await room.send_chat(line)
        except LimitExceeded as error:
            err.print(Text(str(error), style="red"))


async def _lines() -> AsyncIterator[str]:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    try:
        while line := await reader.readline():
            yield line.decode(errors="replace").rstrip("\r\n")
    finally:
        transport.close()
