"""The methods of livekit.Egress. specs/livekit.md §6.1."""

from collections.abc import Sequence

from livekit.protocol import egress as messages

from roomful.auth import Grant
from roomful.protocols.livekit.egress.destinations import Destinations
from roomful.protocols.livekit.egress.egress import Egress
from roomful.protocols.livekit.egress.egresses import Egresses
from roomful.protocols.livekit.egress.errors import invalid, missing, unsupported
from roomful.protocols.livekit.egress.layouts import checked_layout
from roomful.protocols.livekit.egress.order import Request
from roomful.protocols.livekit.egress.outputs import MAX_OUTPUTS, checked_url
from roomful.protocols.livekit.egress.planner import WEB, Planner
from roomful.protocols.livekit.egress.redact import redacted_url
from roomful.protocols.livekit.room_service.authorize import require_record
from roomful.protocols.livekit.room_service.errors import Code, TwirpError
from roomful.protocols.livekit.room_service.twirp import Method

PREFIX = "/twirp/livekit.Egress/"


class EgressService:
    """Each method takes the caller's grant and the request, and returns the answer."""

    def __init__(self, planner: Planner, egresses: Egresses, destinations: Destinations) -> None:
        self._planner = planner
        self._egresses = egresses
        self._destinations = destinations

    def methods(self) -> dict[str, Method]:
        """By path, for Twirp."""
        methods = {
            "StartRoomCompositeEgress": Method(messages.RoomCompositeEgressRequest, self.start),
            "StartWebEgress": Method(messages.WebEgressRequest, self.start_web),
            "StartParticipantEgress": Method(messages.ParticipantEgressRequest, self.start),
            "StartTrackCompositeEgress": Method(messages.TrackCompositeEgressRequest, self.start),
            "StartTrackEgress": Method(messages.TrackEgressRequest, self.start),
            "StartEgress": Method(messages.StartEgressRequest, self.start),
            "UpdateLayout": Method(messages.UpdateLayoutRequest, self.update_layout),
            "UpdateStream": Method(messages.UpdateStreamRequest, self.update_stream),
            "ListEgress": Method(messages.ListEgressRequest, self.list),
            "StopEgress": Method(messages.StopEgressRequest, self.stop),
        }
        return {PREFIX + name: method for name, method in methods.items()}

    async def start(self, grant: Grant, request: Request) -> messages.EgressInfo:
        """Answers at once; how it goes on is told by webhooks and ListEgress."""
        require_record(grant)
        order = self._planner.order(request)
        await self._destinations.check(order)
        return self._egresses.start(order).info

    async def start_web(self, grant: Grant, request: messages.WebEgressRequest) -> messages.EgressInfo:
        require_record(grant)
        raise unsupported(WEB)

    async def update_layout(self, grant: Grant, request: messages.UpdateLayoutRequest) -> messages.EgressInfo:
        require_record(grant)
        egress = self._running(request.egress_id, "updated")
        if not request.layout:
            raise missing("layout")
        layout = checked_layout(request.layout)
        if not egress.composed:
            raise TwirpError(Code.FAILED_PRECONDITION, "this egress is recorded as it is encoded and has no layout")
        egress.set_layout(layout)
        return egress.info

    async def update_stream(self, grant: Grant, request: messages.UpdateStreamRequest) -> messages.EgressInfo:
        """URLs to be removed may be given as they were, or redacted as infos have them."""
        require_record(grant)
        egress = self._running(request.egress_id, "updated")
        if not egress.pushes:
            raise TwirpError(Code.FAILED_PRECONDITION, "this egress was started without streams")
        add = [checked_url(url) for url in (*request.add_output_urls, *(one.url for one in request.add_destinations))]
        remove = _known(egress.streams, request.remove_output_urls)
        if len(set(egress.streams) - set(remove) | set(add)) > MAX_OUTPUTS:
            raise invalid(f"too many streams: at most {MAX_OUTPUTS}")
        await self._destinations.check_urls(add)
        egress.change_streams(add, remove)
        return egress.info

    async def list(self, grant: Grant, request: messages.ListEgressRequest) -> messages.ListEgressResponse:
        """All in one page: there are about a thousand at most."""
        require_record(grant)
        return messages.ListEgressResponse(
            items=self._egresses.list(request.room_name, request.egress_id, active=request.active)
        )

    async def stop(self, grant: Grant, request: messages.StopEgressRequest) -> messages.EgressInfo:
        """Answers at once, EGRESS_ENDING: files are finished and uploaded after that."""
        require_record(grant)
        egress = self._running(request.egress_id, "stopped")
        egress.stop()
        return egress.info

    def _running(self, egress_id: str, what: str) -> Egress:
        if not egress_id:
            raise missing("egress_id")
        return self._egresses.running(egress_id, what)


def _known(streams: Sequence[str], urls: Sequence[str]) -> list[str]:
    """The streams that are meant. Raises TwirpError for one that there is not."""
    by_name = {redacted_url(url): url for url in streams} | {url: url for url in streams}
    unknown = [url for url in urls if url not in by_name]
    if unknown:
        raise TwirpError(Code.NOT_FOUND, f"there is no stream to {redacted_url(unknown[0])}")
    return [by_name[url] for url in urls]
