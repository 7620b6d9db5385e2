"""A media session that gets back what it sends, from Janus's echo test."""

from typing import Any

from roomful.media.descriptions import Description
from roomful.protocols.nkmedia.janus.link import ECHOTEST, Handle
from roomful.protocols.nkmedia.janus.private_session import PrivateSession
from roomful.protocols.nkmedia.steps import Steps


class JanusEcho(PrivateSession):
    """See the module."""

    type = "echo"

    def details(self) -> dict[str, Any]:
        return {}

    def take(self, given: Description) -> Steps[None]:
        handle = self._handle = yield from self._attachment.open(ECHOTEST)
        echoed = yield handle.ask("", offer=given.text(), trickle=self._trickles, **self.wishes())
        self._attachment.described()
        self.set_description("answer", echoed["jsep"])

    def change(self, handle: Handle, **body: Any) -> Steps[None]:
        yield handle.ask("", **body)
