"""Doubles at both ends of a session: an engine that notes its commands, a client that notes its messages."""

import contextlib
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, NamedTuple

from livekit.protocol import rtc

from roomful._native import Event, PendingTrack
from roomful.media.api import EventHandler, MediaError
from roomful.protocols.livekit.frames import Frame


class Command(NamedTuple):
    """One call of the engine, with its arguments by name."""

    name: str
    arguments: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        try:
            return self.arguments[name]
        except KeyError:
            raise AttributeError(name) from None


class RecordingMedia:
    """A `MovableMedia` that does nothing but remember."""

    def __init__(self) -> None:
        self.commands: list[Command] = []
        self.handlers: dict[int, EventHandler] = {}
        self.room_handlers: dict[str, EventHandler] = {}
        self.all_together = True
        """All rooms are on one shard."""
        self.trouble: MediaError | None = None
        """Raised by every command while it is set."""
        self._peers = count(1)
        self._requests = count(1001)

    def named(self, name: str) -> list[Command]:
        """All commands of one name, in order."""
        return [command for command in self.commands if command.name == name]

    def last(self, name: str) -> Command:
        return self.named(name)[-1]

    def forget(self) -> None:
        self.commands.clear()

    def tell(self, event: Event) -> None:
        """Deliver an event as the engine would."""
        handler = self.handlers.get(event.peer)  # type: ignore[attr-defined]
        if handler is not None:
            handler(event)

    def next_peer(self) -> int:
        return next(self._peers)

    def next_request(self) -> int:
        return next(self._requests)

    def attach(self, peer: int, handler: EventHandler) -> None:
        self.handlers[peer] = handler

    def detach(self, peer: int) -> None:
        self.handlers.pop(peer, None)

    def attach_room(self, room: str, handler: EventHandler) -> None:
        self.room_handlers[room] = handler

    def detach_room(self, room: str) -> None:
        self.room_handlers.pop(room, None)

    def open_peer(
        self, room: str, peer: int, *, participant: str = "", full_ice: bool = False, channels: bool = False
    ) -> None:
        self._record("open_peer", room=room, peer=peer, full_ice=full_ice, channels=channels)

    def close_peer(self, peer: int) -> None:
        self._record("close_peer", peer=peer)

    def limit_peer(self, peer: int, bitrate: int | None) -> None:
        self._record("limit_peer", peer=peer, bitrate=bitrate)

    def allow_pause(self, peer: int) -> None:
        self._record("allow_pause", peer=peer)

    def accept_offer(self, peer: int, request: int, sdp: str, pending: Sequence[PendingTrack]) -> None:
        self._record("accept_offer", peer=peer, request=request, sdp=sdp, pending=list(pending))

    def create_offer(self, peer: int, request: int, *, ice_restart: bool = False) -> None:
        self._record("create_offer", peer=peer, request=request, ice_restart=ice_restart)

    def accept_answer(self, peer: int, request: int, sdp: str) -> None:
        self._record("accept_answer", peer=peer, request=request, sdp=sdp)

    def add_candidate(self, peer: int, candidate: str) -> None:
        self._record("add_candidate", peer=peer, candidate=candidate)

    def subscribe(self, peer: int, track: str, stream_id: str) -> None:
        self._record("subscribe", peer=peer, track=track, stream_id=stream_id)

    def unsubscribe(self, peer: int, track: str) -> None:
        self._record("unsubscribe", peer=peer, track=track)

    def set_subscription(self, peer: int, track: str, *, enabled: bool, max_spatial: int = 2) -> None:
        self._record("set_subscription", peer=peer, track=track, enabled=enabled, max_spatial=max_spatial)

    def set_track_muted(self, track: str, muted: bool) -> None:
        self._record("set_track_muted", track=track, muted=muted)

    def unpublish(self, track: str) -> None:
        self._record("unpublish", track=track)

    def together(self, one: str, other: str) -> bool:
        return self.all_together

    def opening_beside(self, room: str) -> contextlib.AbstractContextManager[None]:
        self._record("opening_beside", room=room)
        return contextlib.nullcontext()

    def move_peer(self, peer: int, room: str, *, participant: str) -> None:
        self._record("move_peer", peer=peer, room=room, participant=participant)

    def move_track(self, track: str, to: str, room: str) -> None:
        self._record("move_track", track=track, to=to, room=room)

    def share_track(self, track: str) -> None:
        self._record("share_track", track=track)

    def withdraw_track(self, track: str, room: str) -> None:
        self._record("withdraw_track", track=track, room=room)

    def unshare_track(self, track: str) -> None:
        self._record("unshare_track", track=track)

    def send_data(self, peers: Sequence[int], label: str, data: bytes) -> None:
        self._record("send_data", peers=list(peers), label=label, data=data)

    def _record(self, command: str, /, **arguments: Any) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.commands.append(Command(command, arguments))


class Client:
    """The far end of a signal connection."""

    def __init__(self) -> None:
        self.received: list[rtc.SignalResponse] = []
        self.close_code: int | None = None

    def send(self, frame: Frame) -> None:
        assert self.close_code is None, "nothing may follow the close"
        self.received.append(rtc.SignalResponse.FromString(frame.message.SerializeToString()))

    def close(self, code: int) -> None:
        self.close_code = code

    @property
    def kinds(self) -> list[str]:
        """What was received, by name."""
        return [message.WhichOneof("message") or "" for message in self.received]

    def all(self, kind: str) -> list[Any]:
        """Everything of one kind that was received."""
        return [getattr(message, kind) for message in self.received if message.WhichOneof("message") == kind]

    def last(self, kind: str) -> Any:
        messages = self.all(kind)
        assert messages, f"no {kind} among {self.kinds}"
        return messages[-1]

    def forget(self) -> None:
        self.received.clear()


Clock = Callable[[], float]
