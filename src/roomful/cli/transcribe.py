"""`roomful transcribe`: what is said in the rooms of a running server, as text."""

from typing import Annotated
from urllib.parse import urlencode

from cyclopts import App, Parameter

from roomful.cli.connection import Connection
from roomful.cli.output import done, print_json, print_table

app = App(name="transcribe", help="Transcribe rooms of a running server.")

Json = Annotated[bool, Parameter(negative=())]


@app.command
def start(
    room: str, /, *, language: str = "", prompt: str = "", json: Json = False, connection: Connection | None = None
) -> None:
    """Begin to transcribe a room, in the language the server is configured for if none is given.

    Args:
        room: Name of the room.
        language: Language that is spoken, as en.
        prompt: Names and words that will be said.
        json: Print JSON.
        connection: Which server, and with which key.
    """
    wanted = {"room": room} | {key: value for key, value in (("language", language), ("prompt", prompt)) if value}
    info = (connection or Connection()).ask("POST", "/api/transcription/start", wanted, room=room)
    if json:
        print_json(info)
    else:
        done(f"{room} is being transcribed")


@app.command
def stop(room: str, /, *, json: Json = False, connection: Connection | None = None) -> None:
    """Transcribe a room no longer.

    Args:
        room: Name of the room.
        json: Print JSON.
        connection: Which server, and with which key.
    """
    info = (connection or Connection()).ask("POST", "/api/transcription/stop", {"room": room}, room=room)
    if json:
        print_json(info)
    else:
        done(f"{room} is transcribed no longer")


@app.command
def status(room: str, /, *, json: Json = False, connection: Connection | None = None) -> None:
    """Say how the transcription of a room is going.

    Args:
        room: Name of the room.
        json: Print JSON.
        connection: Which server, and with which key.
    """
    info = (connection or Connection()).ask("GET", f"/api/transcription?{urlencode({'room': room})}", room=room)
    if json:
        print_json(info)
        return
    left_out: list[str] = info.pop("unreadable", [])
    rows = [[key.replace("_", " "), str(value)] for key, value in info.items() if value]
    print_table(["", ""], rows + [["left out, because encrypted", ", ".join(left_out)]] * bool(left_out), "")
