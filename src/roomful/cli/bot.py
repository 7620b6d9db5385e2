"""`roomful bot`: bots in the rooms of a running server."""

from typing import Annotated, Any
from urllib.parse import quote

from cyclopts import App, Parameter

from roomful.cli.connection import Connection
from roomful.cli.output import done, print_json, print_table

app = App(name="bot", help="Let bots into the rooms of a running server: films, test patterns, echoes, viewers.")

Json = Annotated[bool, Parameter(negative=())]


@app.command
def play(
    room: str,
    file: str,
    /,
    *,
    loop: Annotated[bool, Parameter(negative=())] = False,
    identity: str = "",
    name: str = "",
    connection: Connection | None = None,
) -> None:
    """Play a file of the server's film folder into a room.

    Args:
        room: Name of the room.
        file: Path below the server's film folder, which `roomful doctor` names.
        loop: Begin again at its end.
        identity: Identity of the bot; made up where there is none.
        name: Name that others see.
        connection: Which server, and with which key.
    """
    _start(room, {"bot": "play", "path": file, "loop": loop}, identity, name, connection)


@app.command
def pattern(
    room: str,
    /,
    *,
    width: int = 640,
    height: int = 360,
    fps: int = 15,
    colour: str = "#2060c0",
    tone: float = 1000.0,
    seconds: float = 0,
    identity: str = "",
    name: str = "",
    connection: Connection | None = None,
) -> None:
    """Show a test pattern that flashes and beeps each second.

    Args:
        room: Name of the room.
        width: Of the picture, in pixels.
        height: Of the picture, in pixels.
        fps: Pictures a second.
        colour: Of the background, as #rrggbb.
        tone: Of the beep, in Hz.
        seconds: How long; 0 is until it is stopped.
        identity: Identity of the bot; made up where there is none.
        name: Name that others see.
        connection: Which server, and with which key.
    """
    does = {"bot": "pattern", "width": width, "height": height, "fps": fps}
    _start(room, does | {"colour": colour, "tone": tone, "seconds": seconds}, identity, name, connection)


@app.command
def echo(
    room: str,
    whom: str,
    /,
    *,
    delay: float = 1.0,
    identity: str = "",
    name: str = "",
    connection: Connection | None = None,
) -> None:
    """Send back what a participant sends, a moment later.

    Args:
        room: Name of the room.
        whom: Identity of the participant.
        delay: Seconds.
        identity: Identity of the bot; made up where there is none.
        name: Name that others see.
        connection: Which server, and with which key.
    """
    _start(room, {"bot": "echo", "whom": whom, "delay": delay}, identity, name, connection)


@app.command
def watch(room: str, count: int = 1, /, *, identity: str = "viewer", connection: Connection | None = None) -> None:
    """Let simulated viewers in: participants that publish nothing and get no media.

    Args:
        room: Name of the room.
        count: How many.
        identity: Beginning of their identities.
        connection: Which server, and with which key.
    """
    _start(room, {"bot": "watch", "count": count}, identity, "", connection)


@app.command(name="list")
def list_bots(room: str, /, *, json: Json = False, connection: Connection | None = None) -> None:
    """List the bots of a room.

    Args:
        room: Name of the room.
        json: Print JSON.
        connection: Which server, and with which key.
    """
    bots = (connection or Connection()).ask("GET", _path(room), room=room)
    if json:
        print_json(bots)
        return
    rows = [[bot["identity"], bot["does"], bot["state"], bot["error"]] for bot in bots]
    print_table(["identity", "does", "state", "error"], rows, "No bots are in the room.")


@app.command
def stop(room: str, identity: str, /, *, connection: Connection | None = None) -> None:
    """Let a bot leave.

    Args:
        room: Name of the room.
        identity: Identity of the bot.
        connection: Which server, and with which key.
    """
    (connection or Connection()).ask("DELETE", f"{_path(room)}/{quote(identity, safe='')}", room=room)
    done(f"{identity} has left {room}")


def _start(room: str, does: dict[str, Any], identity: str, name: str, connection: Connection | None) -> None:
    body = {"does": does, "identity": identity, "name": name}
    bots = (connection or Connection()).ask("POST", _path(room), body, room=room)
    done(f"{', '.join(bot['identity'] for bot in bots)} in {room}")


def _path(room: str) -> str:
    return f"/api/rooms/{quote(room, safe='')}/bots"
