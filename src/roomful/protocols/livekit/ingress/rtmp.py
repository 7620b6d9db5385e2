"""RTMP ingresses: whoever pushes with a known stream key is a participant."""

import asyncio
import contextlib
import logging
from collections.abc import Coroutine, Sequence
from typing import Any

from livekit.protocol.ingress import IngressInfo, IngressInput

from roomful.media.api import MediaError
from roomful.media.ports.guest import Guest
from roomful.media.ports.rtmp import Publishing, RtmpFailed, RtmpListener, RtmpPlan
from roomful.protocols.livekit.ingress.entrance import Entrance
from roomful.protocols.livekit.ingress.ingresses import Ingresses
from roomful.rooms.errors import RoomError

RESTART_SECONDS = 1.0
"""Wait before a listener that died is started again; doubled up to a minute."""

logger = logging.getLogger(__name__)


class RtmpSource:
    """The RTMP port. A listener that dies is started again; those who were sending have to connect anew."""

    def __init__(self, entrance: Entrance, addresses: Sequence[str], port: int, base_url: str) -> None:
        """`base_url` is what publishers are told, with the application: `rtmp://example.com/live`."""
        self._entrance = entrance
        self._plan = RtmpPlan(addresses=list(addresses), port=port)
        self._url = base_url
        self._guests: dict[int, Guest] = {}
        self._answers: set[asyncio.Task[None]] = set()
        self._listener: RtmpListener | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._ingresses: Ingresses | None = None

    async def open(self, ingresses: Ingresses) -> None:
        """Listen.

        Raises:
            RtmpFailed: the port is taken.
        """
        self._ingresses = ingresses
        listener = await self._listen()
        self._keeper = asyncio.create_task(self._keep(listener), name="rtmp")

    async def close(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        if self._listener is not None:
            await self._listener.stop(2.0)

    def start(self, ingress: IngressInfo) -> None:
        ingress.url = self._url

    def stop(self, ingress_id: str) -> None:
        pass  # who sends has been sent out, and the key opens nothing any more

    async def _listen(self) -> RtmpListener:
        self._listener = listener = await RtmpListener.start(self._plan)
        listener.on_publishing = self._asked
        listener.on_stopped = self._stopped
        return listener

    async def _keep(self, listener: RtmpListener) -> None:
        wait = RESTART_SECONDS
        while True:
            await listener.ended()
            for guest in list(self._guests.values()):
                guest.leave("the RTMP listener ended")
            logger.error("the RTMP listener ended and is started again", extra={"reason": listener.status.error})
            while True:
                await asyncio.sleep(wait)
                with contextlib.suppress(RtmpFailed):
                    listener = await self._listen()
                    break
                wait = min(2 * wait, 60.0)

    def _asked(self, publishing: Publishing) -> None:
        self._start(self._answer(publishing))

    async def _answer(self, publishing: Publishing) -> None:
        listener, ingresses = self._listener, self._ingresses
        if listener is None or ingresses is None:
            return
        number = publishing.stream
        stream = ingresses.find(publishing.key.partition("?")[0], IngressInput.RTMP_INPUT)
        if stream is None:
            logger.info("an unknown RTMP stream key was refused", extra={"address": publishing.address})
            await listener.refuse(number, "unknown stream key")
            return
        frames_fd = await listener.accept(number)
        try:
            self._guests[number] = self._entrance.enter(stream, frames_fd, lambda reason: self._left(number, reason))
        except (RoomError, MediaError) as error:
            ingresses.fail(stream.ingress_id, str(error))
            await listener.refuse(number, str(error))

    def _left(self, number: int, reason: str) -> None:
        """It is out of the room: whoever sends need not go on."""
        self._guests.pop(number, None)
        listener = self._listener
        if listener is not None and reason:
            self._start(listener.refuse(number, reason))

    def _start(self, answer: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(answer)
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    def _stopped(self, number: int, reason: str) -> None:
        if reason:
            logger.info("an RTMP publisher was cut off", extra={"reason": reason})
        guest = self._guests.get(number)
        if guest is not None:
            guest.leave(reason)
