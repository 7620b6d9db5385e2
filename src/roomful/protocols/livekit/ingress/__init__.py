"""Ingress: streams from outside as participants of rooms, managed over Twirp. specs/livekit.md §6.3.

`Ingresses` knows all of them, by id and by stream key, and follows those that send. WHIP comes in by the server's own
WHIP endpoint, which finds a `KeyedStream` by its key. Other kinds have an `IngressSource`, which brings their media
through the `Entrance`: `RtmpSource` and `UrlSource`.
"""

from roomful.protocols.livekit.ingress.entrance import Entrance
from roomful.protocols.livekit.ingress.ingresses import Ingresses, KeyedStream
from roomful.protocols.livekit.ingress.rtmp import RtmpSource
from roomful.protocols.livekit.ingress.service import IngressService
from roomful.protocols.livekit.ingress.sources import IngressSource
from roomful.protocols.livekit.ingress.url import UrlSource

__all__ = ["Entrance", "IngressService", "IngressSource", "Ingresses", "KeyedStream", "RtmpSource", "UrlSource"]
