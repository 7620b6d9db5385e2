"""How `roomful p2p` gets into a room, stays there and leaves."""

import asyncio
import contextlib
import dataclasses
import os
import signal
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from roomful.cli.output import CommandError
from roomful.cli.p2p_words import Told, described, teller

if TYPE_CHECKING:
    from roomful.p2p import Live, Room, RoomEvent, RoomTicket


@Parameter(name="*")
@dataclasses.dataclass(frozen=True, kw_only=True)
class Peering:
    """How this peer is opened. The key is the one in IROH_SECRET, or a new one."""

    name: str | None = None
    """Name that others see."""

    peer: Annotated[tuple[str, ...], Parameter(negative=())] = ()
    """Where a peer is, as ID@IP:PORT. Needed where there is no relay and no lookup; can be given several times."""

    bind: Annotated[tuple[str, ...], Parameter(negative=())] = ()
    """IP:PORT to listen on, instead of every interface."""

    offline: Annotated[bool, Parameter(negative=())] = False
    """Use no relay and no lookup: peers are found by the addresses given, and by what these pass on."""

    json: Annotated[bool, Parameter(negative=())] = False
    """One JSON object per line, for programs."""


def given(text: str | None, *, or_new: bool = False) -> "RoomTicket":
    """The ticket that was given, else that of the environment. Raises CommandError."""
    from roomful.p2p import RoomTicket
    from roomful.p2p.ticket import ROOM_VARIABLE

    if text is not None:
        return ticket_by(lambda: RoomTicket.parse(text))
    if not or_new and not os.environ.get(ROOM_VARIABLE):
        raise CommandError("which room?", f"Give a ticket, or set {ROOM_VARIABLE}. `roomful p2p new` opens a room.")
    return ticket_by(RoomTicket.from_env)


def ticket_by(make: "Callable[[], RoomTicket]") -> "RoomTicket":
    """The ticket that is made so. Raises CommandError."""
    from roomful.p2p import TicketError

    try:
        return make()
    except TicketError as error:
        raise CommandError(f"this is no ticket: {error}", "A ticket is one word of the form room…") from None


def run(work: Coroutine[Any, Any, None]) -> None:
    """Do it. Raises CommandError for what fails among peers."""
    from roomful.p2p import IrohRoomsError

    try:
        asyncio.run(work)
    except (IrohRoomsError, ValueError) as error:
        raise CommandError(str(error)) from None


@contextlib.asynccontextmanager
async def entered(ticket: "RoomTicket", peering: Peering) -> "AsyncGenerator[tuple[Live, Room]]":
    """Be in the room."""
    from roomful.p2p import EndpointAddr, Live, LiveConfig

    preset = "minimal" if peering.offline else "n0"
    async with Live.bind(LiveConfig(preset=preset, bind=peering.bind)) as live:
        for peer in peering.peer:
            live.add_peer_addr(EndpointAddr.parse(peer))
        async with await live.join_room(ticket, display_name=peering.name) as room:
            yield live, room


def tell_ready(live: "Live", room: "Room", told: Told) -> None:
    """Tell who we are and how others come."""
    told("ready", {"id": str(live.endpoint_id), "ticket": str(room.ticket()), "peer": str(live.addr())})


async def tell_events(room: "Room", told: Told, hear: "Callable[[RoomEvent], None] | None" = None) -> None:
    """Tell what happens, and let `hear` know of it, until the room is left."""
    async for event in room:
        told(*described(event))
        if hear is not None:
            hear(event)


async def until_first(*works: Coroutine[Any, Any, None]) -> None:
    """Do all of these until one of them is done, or Ctrl+C. Raises what that one raises."""
    tasks = [asyncio.create_task(work) for work in works]
    stop = asyncio.Event()
    tasks.append(asyncio.create_task(_set(stop)))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def stay(ticket: "RoomTicket", peering: Peering) -> None:
    """Tell who comes and goes, until Ctrl+C."""
    told = teller(json=peering.json)
    async with entered(ticket, peering) as (live, room):
        tell_ready(live, room, told)
        await until_first(tell_events(room, told))


async def _set(event: asyncio.Event) -> None:
    await event.wait()
