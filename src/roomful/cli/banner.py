"""What a person sees when the server has started: where to go, and in `--dev` everything to get in."""

import importlib.metadata
import io
import ipaddress
import time
from urllib.parse import quote, urlsplit

import segno
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from roomful.app import App
from roomful.auth import Grant, VideoGrant, mint
from roomful.cli.output import out
from roomful.config.directories import data_directory
from roomful.config.network import local_addresses, media_addresses, media_ports
from roomful.storage.addresses import address_of, shown
from roomful.web.certificates import fingerprint

DEV_ROOM, DEV_IDENTITY = "my-room", "first-guest"
DEV_TOKEN_SECONDS = 24 * 3600.0


def print_banner(app: App) -> None:
    """Print where the server is to be found and how to get in."""
    out.print()
    out.print(
        Panel(
            _rows(app),
            title=Text.assemble(("roomful ", "bold"), importlib.metadata.version("roomful")),
            title_align="left",
            border_style="cyan",
            padding=(1, 2),
            expand=False,
        )
    )
    if app.config.development:
        _print_way_in(app)
    out.print("Ctrl-C stops the server.\n", style="dim")


def page_addresses(app: App) -> list[str]:
    """The addresses of the page that people can open, the best one first."""
    config = app.config
    scheme = "https" if config.tls.self_signed or config.tls.cert_file else "http"
    bound = [ipaddress.ip_address(address) for address in config.bind_addresses]
    hosts = [str(ip) for ip in bound if not ip.is_unspecified]
    if len(hosts) < len(bound) or not bound:
        versions = {ip.version for ip in bound if ip.is_unspecified} or {4, 6}
        candidates = media_addresses(config, local_addresses()).candidates
        hosts += [ip for ip in candidates if ipaddress.ip_address(ip).version in versions and ip not in hosts]
    return [f"{scheme}://{f'[{host}]' if ':' in host else host}:{app.web.port}" for host in hosts]


def _rows(app: App) -> Table:
    config = app.config
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="dim", no_wrap=True)
    rows.add_column(overflow="fold")
    pages = page_addresses(app)
    for index, address in enumerate(pages):
        rows.add_row("Open" if index == 0 else "", Text(address, style=f"bold link {address}" if index == 0 else ""))
    rows.add_row("SDKs", pages[0].replace("http", "ws", 1))
    if config.development:
        key, secret = next(iter(config.keys.items()))
        rows.add_row("API key", Text.assemble((key, "bold"), "  secret ", (secret, "bold")))
    else:
        rows.add_row("API keys", ", ".join(config.keys))
    rows.add_row("Media", _media(app))
    rows.add_row("Docs", f"{pages[0]}/docs")
    rows.add_row("Metrics", f"{pages[0]}/metrics")
    rows.add_row("Rooms", _storage(app))
    if app.web.tls is not None and config.tls.self_signed:
        rows.add_row("Certificate", Text(f"self-signed, SHA-256 {fingerprint(app.web.tls)}"))
    if not app.pages.built:
        rows.add_row("", Text("The pages are not built: run `make ui`.", style="yellow"))
    return rows


def _media(app: App) -> str:
    config = app.config
    ports = media_ports(config, app.cores)
    udp = f"UDP {ports[0]}" if len(ports) == 1 else f"UDP {ports[0]} to {ports[-1]}"
    tcp = f", TCP {config.rtc.tcp_port}" if config.rtc.tcp_port else ""
    return f"{udp}{tcp} at {', '.join(media_addresses(config, local_addresses()).candidates)}"


def _storage(app: App) -> str:
    directory, url = data_directory(app.config), app.config.storage.url
    if directory is None and not url:
        return "in memory, gone after a restart (--data-dir keeps them)"
    return f"kept in {shown(address_of(url)) if url else directory}" + (
        f", {app.restored} from before" if app.restored else ""
    )


def _print_way_in(app: App) -> None:
    link = f"{page_addresses(app)[0]}/r/{quote(DEV_ROOM)}"
    out.print(Text.assemble("\n  Join in a browser  ", (link, f"bold green link {link}")), soft_wrap=True)
    _print_way_in_for_others(app)
    key, secret = next(iter(app.config.keys.items()))
    video = VideoGrant(room_join=True, room=DEV_ROOM, can_update_own_metadata=True)
    grant = Grant(identity=DEV_IDENTITY, video=video)
    token = mint(grant, key, secret, DEV_TOKEN_SECONDS, time.time())
    out.print(f"  Join with an SDK   token for {DEV_IDENTITY} in {DEV_ROOM}, valid for a day:\n")
    # On a line of its own, unbroken: it is there to be copied.
    out.print(token, soft_wrap=True, style="dim")
    out.print()


def _print_way_in_for_others(app: App) -> None:
    """For phones and colleagues, when the server can be reached from other machines."""
    elsewhere = [address for address in page_addresses(app) if not _is_local(address)]
    if not elsewhere:
        return
    warning = "  Anybody who reaches this server gets in: the key of --dev is known to all."
    out.print(warning, style="yellow", soft_wrap=True)
    if elsewhere[0].startswith("https"):
        out.print(_qr(f"{elsewhere[0]}/r/{quote(DEV_ROOM)}"), end="")
    else:
        advice = "  Other devices need https for their cameras: add --tls self-signed."
        out.print(advice, style="yellow", soft_wrap=True)


def _is_local(page: str) -> bool:
    return ipaddress.ip_address(urlsplit(page).hostname or "").is_loopback


def _qr(link: str) -> Text:
    """The link for a phone's camera."""
    drawing = io.StringIO()
    segno.make(link, error="m").terminal(drawing, compact=True)
    return Text.from_ansi(drawing.getvalue())
