"""`roomful p2p`: rooms of peers, with no server."""

import asyncio
import contextlib
import dataclasses
import os
import signal
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import segno
from cyclopts import App, Parameter
from rich.text import Text

from roomful.cli.output import CommandError, err, out

if TYPE_CHECKING:
    from roomful.p2p import Live, Room, RoomEvent, RoomTicket

app = App(name="p2p", help="Rooms of iroh peers, which need no server: open one, join one, chat.")

LONGEST_LINE = 64 * 1024


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


@app.command
def new(*, peering: Peering | None = None) -> None:
    """Open a new room, print its ticket and tell who comes and goes, until Ctrl+C.

    A room lives as long as one of its peers. IROH_LIVE_TOPIC, 64 hex digits, opens the same one again.
    """
    from roomful.p2p import RoomTicket

    peering = peering or Peering()
    _run(_stay(_ticket(RoomTicket.from_env), peering, chat=False))


@app.command
def join(ticket: str | None = None, /, *, peering: Peering | None = None) -> None:
    """Join a room and tell who comes, goes and what is offered, until Ctrl+C.

    Args:
        ticket: The room's ticket, `room…`; without one, that in IROH_LIVE_ROOM.
        peering: How this peer is opened.
    """
    _run(_stay(_given(ticket), peering or Peering(), chat=False))


@app.command
def chat(ticket: str | None = None, /, *, peering: Peering | None = None) -> None:
    """Join a room and chat: each line of standard input is a message. Ends with the input.

    Args:
        ticket: The room's ticket, `room…`; without one, that in IROH_LIVE_ROOM, else a new room.
        peering: How this peer is opened.
    """
    _run(_stay(_given(ticket, or_new=True), peering or Peering(), chat=True))


def _given(text: str | None, *, or_new: bool = False) -> "RoomTicket":
    from roomful.p2p import RoomTicket
    from roomful.p2p.ticket import ROOM_VARIABLE

    if text is not None:
        return _ticket(lambda: RoomTicket.parse(text))
    if not or_new and not os.environ.get(ROOM_VARIABLE):
        raise CommandError("which room?", f"Give a ticket, or set {ROOM_VARIABLE}. `roomful p2p new` opens a room.")
    return _ticket(RoomTicket.from_env)


def _ticket(make: Any) -> "RoomTicket":
    from roomful.p2p import TicketError

    try:
        return make()
    except TicketError as error:
        raise CommandError(f"this is no ticket: {error}", "A ticket is one word of the form room…") from None


def _run(work: Any) -> None:
    from roomful.p2p import IrohRoomsError

    try:
        asyncio.run(work)
    except (IrohRoomsError, ValueError) as error:
        raise CommandError(str(error)) from None


@contextlib.asynccontextmanager
async def _room(ticket: "RoomTicket", peering: Peering) -> "AsyncGenerator[tuple[Live, Room]]":
    from roomful.p2p import EndpointAddr, Live, LiveConfig

    preset = "minimal" if peering.offline else "n0"
    async with Live.bind(LiveConfig(preset=preset, bind=peering.bind)) as live:
        for peer in peering.peer:
            live.add_peer_addr(EndpointAddr.parse(peer))
        async with await live.join_room(ticket, display_name=peering.name) as room:
            yield live, room


async def _stay(ticket: "RoomTicket", peering: Peering, *, chat: bool) -> None:
    from roomful.p2p import LocalBroadcast

    told = _tell_json if peering.json else _tell
    async with _room(ticket, peering) as (live, room):
        if chat:
            # A broadcast of nothing but chat: stock peers show it as an empty tile.
            broadcast = LocalBroadcast(user=peering.name)
            await room.set_chat_publisher(broadcast.enable_chat())
            await room.publish("chat", broadcast)
        told("ready", {"id": str(live.endpoint_id), "ticket": str(room.ticket()), "peer": str(live.addr())})
        lines = _send_lines(room) if chat else _for_ever()
        tasks = [asyncio.create_task(_tell_events(room, told)), asyncio.create_task(lines)]
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, tasks[1].cancel)
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                if not task.cancelled():
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _tell_events(room: "Room", told: Any) -> None:
    async for event in room:
        told(*_described(event))


async def _for_ever() -> None:
    await asyncio.Event().wait()


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


def _described(event: "RoomEvent") -> tuple[str, dict[str, Any]]:
    from roomful import p2p

    match event:
        case p2p.PeerJoined(remote, name):
            return "peer_joined", {"remote": str(remote), "display_name": name}
        case p2p.PeerUpdated(remote, name):
            return "peer_updated", {"remote": str(remote), "display_name": name}
        case p2p.RemoteAnnounced(remote, broadcasts):
            return "remote_announced", {"remote": str(remote), "broadcasts": list(broadcasts)}
        case p2p.BroadcastSubscribed(broadcast):
            catalog = broadcast.catalog
            tracks = [*catalog.video, *catalog.audio]
            return "broadcast_subscribed", {
                "remote": str(broadcast.remote),
                "broadcast": broadcast.name,
                "tracks": tracks,
                "chat": catalog.chat_track is not None,
            }
        case p2p.BroadcastEnded(remote, name, reason):
            return "broadcast_ended", {"remote": str(remote), "broadcast": name, "reason": reason}
        case p2p.SubscribeFailed(remote, name, kind, error):
            return "subscribe_failed", {"remote": str(remote), "broadcast": name, "kind": kind, "error": error}
        case p2p.ChatReceived(remote, message):
            return "chat", {"remote": str(remote), "text": message.text, "backlog": message.backlog}
        case p2p.PeerLeft(remote):
            return "peer_left", {"remote": str(remote)}
        case p2p.RoomWarning(code, text):
            return "warning", {"code": code, "text": text}
        case _:
            return type(event).__name__, {}


def _tell_json(event: str, facts: dict[str, Any]) -> None:
    sys.stdout.write(msgspec.json.encode({"event": event, **facts}).decode() + "\n")
    sys.stdout.flush()


def _tell(event: str, facts: dict[str, Any]) -> None:
    who = str(facts.get("remote", ""))[:10]
    if event == "ready":
        out.print(Text(f"ticket  {facts['ticket']}"), soft_wrap=True)
        out.print(Text(f"peer    {facts['peer']}", style="dim"), soft_wrap=True)
        if sys.stdout.isatty():
            segno.make(facts["ticket"], micro=False).terminal(compact=True)
        return
    match event:
        case "peer_joined":
            line = f"{facts['display_name'] or who} is here"
        case "peer_updated":
            line = f"{who} is now {facts['display_name']}"
        case "broadcast_subscribed":
            line = f"offers {facts['broadcast']}: {', '.join(facts['tracks']) or 'no media'}"
        case "broadcast_ended":
            line = f"no longer offers {facts['broadcast']}: {facts['reason']}"
        case "subscribe_failed":
            line = f"{facts['broadcast']} cannot be read: {facts['error']}"
        case "chat":
            line = facts["text"]
        case "peer_left":
            line = "has left"
        case "warning":
            line = facts["text"]
        case _:
            return
    # Names and chat come from strangers: no control characters, no markup.
    shown = "".join(character if character.isprintable() else "\ufffd" for character in line)
    out.print(Text.assemble((f"{who:10}  ", "cyan"), shown), soft_wrap=True)
