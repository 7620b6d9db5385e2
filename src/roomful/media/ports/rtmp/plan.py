"""What the server and the RTMP worker say to each other, each a line of JSON on the control socket."""

from typing import TypeAlias

import msgspec

from roomful.media.ports.worker.states import WorkerStatus


class RtmpPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Where to listen."""

    addresses: list[str]
    port: int
    """0 is any that is free; `RtmpStatus.port` says which."""

    max_connections: int = 256


class RtmpStatus(WorkerStatus, frozen=True, kw_only=True, tag="status"):
    """Where the worker is."""

    port: int = 0


class Publishing(msgspec.Struct, frozen=True, kw_only=True, tag="publishing"):
    """Somebody wants to publish: answer with `Accept`, with a socket for the frames, or with `Refuse`."""

    stream: int
    app: str
    key: str
    address: str


class Stopped(msgspec.Struct, frozen=True, kw_only=True, tag="stopped"):
    """A publisher is gone. `reason` is empty if it said so itself."""

    stream: int
    reason: str = ""


class Accept(msgspec.Struct, frozen=True, kw_only=True, tag="accept"):
    """The socket comes with this line (SCM_RIGHTS)."""

    stream: int


class Refuse(msgspec.Struct, frozen=True, kw_only=True, tag="refuse"):
    """Sends a publisher away, also one that was accepted."""

    stream: int
    reason: str


Report: TypeAlias = RtmpStatus | Publishing | Stopped
Command: TypeAlias = Accept | Refuse
