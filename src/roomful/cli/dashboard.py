"""`roomful dashboard`: how the rooms of a running server go, in the browser."""

import webbrowser
from typing import Annotated

from cyclopts import Parameter

from roomful.cli.connection import http_url
from roomful.cli.output import out

Url = Annotated[str, Parameter(env_var=["ROOMFUL_URL", "LIVEKIT_URL"])]


def dashboard(*, url: Url = "http://127.0.0.1:7880") -> None:
    """Open the dashboards of a running server in the browser, and print their address.

    Args:
        url: Address of the server; ws and wss are understood too.
    """
    address = f"{http_url(url)}/dashboard"
    out.print(address, soft_wrap=True, highlight=False, markup=False)
    webbrowser.open(address)
