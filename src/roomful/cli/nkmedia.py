"""`roomful nkmedia`: commands of the NkMEDIA API, one or many, and what the server tells of."""

import asyncio
import contextlib
import sys
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter

from roomful.cli.connection import Connection
from roomful.cli.nkmedia_connection import NkMediaConnection, connection, refusal
from roomful.cli.nkmedia_words import commands, request_of, split
from roomful.cli.output import CommandError, tell_error

HISTORY = Path.home() / ".roomful_nkmedia_history"
HISTORY_LINES = 1000


def nkmedia(
    *words: str,
    user: Annotated[str, Parameter(env_var="ROOMFUL_NKMEDIA_USER")] = "",
    password: Annotated[str, Parameter(env_var="ROOMFUL_NKMEDIA_PASSWORD")] = "",
    follow: Annotated[bool, Parameter(negative=())] = False,
    connection: Connection | None = None,
) -> None:
    """Send commands of the NkMEDIA API: `roomful nkmedia room create class=sfu room_id=r1`.

    Replies and events are printed as JSON, one per line. Values are JSON or text; `offer.sdp=@FILE` puts a file's
    content into a field of an object. Without a command there is a prompt, or the lines of stdin are commands.

    Args:
        words: A command and its fields: `[class] subclass cmd [field=value]…`.
        user: Who logs in; without one, the API key.
        password: Password of the user. In the environment it stays out of the process list.
        follow: Stay after the command and print events, until Ctrl-C.
        connection: Which server, and with which key.
    """
    where = connection or Connection()
    login = (user, password) if user else where.credentials()
    asyncio.run(_run(where, login, words, follow=follow))


async def _run(where: Connection, login: tuple[str, str], words: Sequence[str], *, follow: bool) -> None:
    request = request_of(words) if words else None
    async with connection(where.url, *login, _print, insecure=where.insecure) as server:
        if request is None:
            await _prompt(server)
            return
        answer = await server.ask(request)
        _print(answer)
        if answer["result"] != "ok":
            raise CommandError(refusal(answer))
        if follow:
            await server.ended()


async def _prompt(server: NkMediaConnection) -> None:
    """Carry out line after line. A mistake is told and costs nothing; without a terminal it ends the whole."""
    is_terminal = sys.stdin.isatty()
    with _history() if is_terminal else contextlib.nullcontext():
        while True:
            line = await asyncio.to_thread(_read, is_terminal)
            if line is None or line in ("exit", "quit"):
                return
            try:
                await _carry_out(server, line)
            except CommandError as error:
                if not (is_terminal and server.is_open):
                    raise
                tell_error(str(error), error.hint)


async def _carry_out(server: NkMediaConnection, line: str) -> None:
    words = split(line)
    if words == ["help"]:
        sys.stdout.write("\n".join([*commands(), "exit"]) + "\n")
    elif words and not words[0].startswith("#"):
        answer = await server.ask(request_of(words))
        _print(answer)
        if answer["result"] != "ok" and not sys.stdin.isatty():
            raise CommandError(refusal(answer))


def _read(is_terminal: bool) -> str | None:
    """The next line; None at the end."""
    if not is_terminal:
        line = sys.stdin.readline()
        return line.strip() if line else None
    try:
        return input("nkmedia> ").strip()
    except EOFError:
        return None


@contextlib.contextmanager
def _history() -> Generator[None]:
    """Arrow keys bring back lines, those of earlier runs too."""
    try:
        import readline
    except ImportError:
        yield
        return
    with contextlib.suppress(OSError):
        readline.read_history_file(HISTORY)
    readline.set_history_length(HISTORY_LINES)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            readline.write_history_file(HISTORY)


def _print(message: dict[str, Any]) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(message) + b"\n")
    sys.stdout.flush()
