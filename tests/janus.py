"""Debian's Janus as a media server in a network namespace, which can be killed and started again.

It needs an address besides loopback: its ICE library, libnice, leaves loopback out.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.netlab import Neighbour

API_SECRET = "a-secret-of-this-janus"
PORT = 8188
"""Of its WebSocket; nobody else is in its namespace before it."""
ANSWERS_WITHIN = 30.0
PLUGINS = ("echotest", "videocall", "videoroom")
_LIBRARIES = tuple(Path("/usr/lib").glob("*/janus"))
_CONFIG = """\
general: {{
    plugins_folder = "{folder}/plugins"
    transports_folder = "{folder}/transports"
    api_secret = "{secret}"
    debug_level = 4
}}
nat: {{
    ignore_mdns = true
    full_trickle = false
}}
"""
_WEBSOCKETS = """\
general: {{
    json = "compact"
    ws = true
    ws_port = {port}
    ws_ip = "{address}"
    wss = false
}}
"""


class RunningJanus:
    """The process, and where it is found."""

    def __init__(self, folder: Path, host: Neighbour) -> None:
        """Its files go to `folder`."""
        self.url = f"ws://{host.address}:{PORT}"
        self.host = host
        self.api_secret = API_SECRET
        self.log = folder / "janus.log"
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        if not _LIBRARIES:
            raise RuntimeError("Janus is not installed (Debian: apt install janus)")
        for kind in ("plugins", "transports"):
            (folder / kind).mkdir()
        libraries = [f"plugins/libjanus_{name}.so" for name in PLUGINS] + ["transports/libjanus_websockets.so"]
        for library in libraries:
            (folder / library).symlink_to(_LIBRARIES[0] / library)
        (folder / "janus.jcfg").write_text(_CONFIG.format(folder=folder, secret=API_SECRET))
        (folder / "janus.transport.websockets.jcfg").write_text(_WEBSOCKETS.format(address=host.address, port=PORT))
        for name in PLUGINS:
            (folder / f"janus.plugin.{name}.jcfg").write_text("general: {\n}\n")

    async def start(self) -> None:
        """Start it and wait until it listens. Raises RuntimeError, with its output, if it does not."""
        folder = str(self._folder)
        with self.log.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                *self.host.command(["janus", "-F", folder, "-C", f"{folder}/janus.jcfg", "--disable-colors"]),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
            )
        deadline = asyncio.get_running_loop().time() + ANSWERS_WITHIN
        while asyncio.get_running_loop().time() < deadline and self._process.returncode is None:
            try:
                _, writer = await asyncio.open_connection(self.host.address, PORT)
            except ConnectionRefusedError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return
        raise RuntimeError(f"Janus did not come up:\n{self.log.read_text()}")

    async def kill(self) -> None:
        """End it as a power cut would."""
        process, self._process = self._process, None
        if process is not None:
            if process.returncode is None:
                process.kill()
            await process.wait()


@asynccontextmanager
async def running_janus(folder: Path, host: Neighbour) -> AsyncIterator[RunningJanus]:
    janus = RunningJanus(folder, host)
    try:
        await janus.start()
        yield janus
    finally:
        await janus.kill()
