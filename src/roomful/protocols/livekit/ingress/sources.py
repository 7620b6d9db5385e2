"""What brings media of the kinds that do not come by WHIP: an RTMP listener, a puller of URLs."""

from typing import Protocol

from livekit.protocol.ingress import IngressInfo


class IngressSource(Protocol):
    """Serves the ingresses of one input type.

    When media comes, it joins the room with `Ingresses.stream(id).request`, publishes by `media.ports.frames_in`, and
    tells `KeyedStream.joined`; `Ingresses.fail` or the participant's departure ends it.
    """

    def start(self, ingress: IngressInfo) -> None:
        """Listen for this stream key, or pull this URL, from now on; a listener fills in the `url` to send to.

        Raises TwirpError for what it cannot do.
        """
        ...

    def stop(self, ingress_id: str) -> None:
        """Not any more."""
        ...
