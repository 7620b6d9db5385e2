"""URL ingresses: what is at a URL is played into a room, once."""

import asyncio
import logging

from livekit.protocol.ingress import IngressInfo

from roomful.media.api import MediaError
from roomful.media.ports.bot import BotFailed, BotPlan, BotProcess, Pull
from roomful.media.ports.guest import Guest
from roomful.media.ports.worker import State
from roomful.outgoing import AddressRules
from roomful.protocols.livekit.ingress.entrance import Entrance
from roomful.protocols.livekit.ingress.ingresses import Ingresses
from roomful.rooms.errors import RoomError

STOP_SECONDS = 5.0

logger = logging.getLogger(__name__)


class UrlSource:
    """Pulls each URL in a process of its own."""

    def __init__(self, entrance: Entrance, rules: AddressRules) -> None:
        self._entrance = entrance
        self._rules = rules
        self._pulls: dict[str, asyncio.Task[None]] = {}
        self._ingresses: Ingresses | None = None

    def open(self, ingresses: Ingresses) -> None:
        self._ingresses = ingresses

    async def close(self) -> None:
        for ingress_id in list(self._pulls):
            self.stop(ingress_id)

    def start(self, ingress: IngressInfo) -> None:
        task = asyncio.create_task(self._pull(ingress.ingress_id, ingress.url), name="url-ingress")
        self._pulls[ingress.ingress_id] = task
        task.add_done_callback(lambda _: self._pulls.pop(ingress.ingress_id, None))

    def stop(self, ingress_id: str) -> None:
        if (task := self._pulls.get(ingress_id)) is not None:
            task.cancel()

    async def _pull(self, ingress_id: str, url: str) -> None:
        if self._ingresses is None:
            return
        process, guest = None, None
        try:
            pull = Pull(url=url, allow=self._rules.allow, deny=self._rules.deny)
            process = await BotProcess.start(BotPlan(act=pull))
            guest = self._enter(ingress_id, process)
            await process.ended()
            if process.status.state is State.FAILED:
                self._ingresses.fail(ingress_id, process.status.error)
        except (OSError, BotFailed, RoomError, MediaError) as error:
            logger.info("a URL cannot be pulled", extra={"ingress": ingress_id, "reason": str(error)})
            self._ingresses.fail(ingress_id, str(error))
        finally:
            if guest is not None:
                guest.leave()
            if process is not None:
                await process.kill()

    def _enter(self, ingress_id: str, process: BotProcess) -> Guest:
        if self._ingresses is None:
            raise RuntimeError("the source is not open")
        return self._entrance.enter(self._ingresses.stream(ingress_id), process.take_output_fd(), lambda reason: None)
