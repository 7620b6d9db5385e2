"""The command line: `roomful serve | token | room | participant | dispatch | record | p2p | dashboard | demo | …`."""

import importlib.metadata
import sys
from collections.abc import Sequence

from cyclopts import App

from roomful.cli.arguments import with_key_flags
from roomful.cli.output import CommandError, tell_error
from roomful.config import ConfigError

app = App(
    name="roomful",
    help="A real-time room server: one room, every protocol.",
    version=importlib.metadata.version("roomful"),
    version_flags=["--version"],
)
# By name: a command imports only what it needs, so that `roomful token create` does not wait for a web server.
app.command("roomful.cli.serve:serve", name="serve")
app.command("roomful.cli.token:app", name="token")
app.command("roomful.cli.room:app", name="room")
app.command("roomful.cli.participant:app", name="participant")
app.command("roomful.cli.dispatch:app", name="dispatch")
app.command("roomful.cli.record:app", name="record")
app.command("roomful.cli.transcribe:app", name="transcribe")
app.command("roomful.cli.bot:app", name="bot")
app.command("roomful.cli.nkmedia:nkmedia", name="nkmedia")
app.command("roomful.cli.dashboard:dashboard", name="dashboard")
app.command("roomful.cli.demo:demo", name="demo")
app.command("roomful.cli.p2p:app", name="p2p")
app.command("roomful.cli.doctor:doctor", name="doctor")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and end the process. A user's mistake is one line on stderr, never a traceback."""
    tokens = list(sys.argv[1:] if arguments is None else arguments)
    try:
        app(with_key_flags(tokens), result_action="return_value")
    except ConfigError as error:
        tell_error(str(error), error.hint)
        sys.exit(2)
    except CommandError as error:
        tell_error(str(error), error.hint)
        sys.exit(error.status)
    except KeyboardInterrupt:
        sys.exit(130)


__all__ = ["app", "main"]
