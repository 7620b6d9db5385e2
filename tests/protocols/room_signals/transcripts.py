"""Whole calls, one of each channel, as they are written down in the folder of this name.

`python -m tests.protocols.room_signals.transcripts` writes them anew: look at what has changed.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec

from roomful.rooms.model import TrackKind, TrackSource
from roomful.rooms.tracks import TrackSpec

from .stage import Client, Stage

FOLDER = Path(__file__).parent / "transcripts"


class Transcript:
    """Plays a call and writes down what everybody says (`>`) and is told (`<`)."""

    def __init__(self, channel: str) -> None:
        self.stage = Stage()
        self.channel = channel
        self.lines: list[str] = []
        self._clients: list[Client] = []
        self._written: dict[Client, int] = {}

    def client(self, user_id: str) -> Client:
        client = self.stage.client(user_id, self.channel)
        self._clients.append(client)
        self._written[client] = 0
        return client

    async def say(self, client: Client, name: str, **fields: Any) -> None:
        self.lines.append(f"{client.user_id} > {_text(client.signal(name, **fields))}")
        await client.say(name, **fields)
        self.write()

    async def join(self, client: Client, *, creating: bool = False, ve: bool = True, ae: bool = True) -> None:
        options = {"roomCreating": True} if creating else {}
        await self.say(client, "JOIN", ve=ve, ae=ae, eg="native", op=options)

    async def media_comes(self, client: Client) -> None:
        """What the media of the server does when the client's connection is up."""
        room, sid = self.stage.room, self.stage.room.with_identity(client.session_id).sid
        for kind, source in ((TrackKind.AUDIO, TrackSource.MICROPHONE), (TrackKind.VIDEO, TrackSource.CAMERA)):
            track = room.publish(sid, TrackSpec(kind=kind, source=source), self.stage.now)
            room.bind(track.sid, "audio/opus" if kind is TrackKind.AUDIO else "video/VP8", "0", self.stage.now)
        await self.stage.settle()
        self.write()

    def wait(self, seconds: float) -> None:
        self.lines.append(f"({seconds:g} seconds later)")
        self.stage.wait(seconds)
        self.write()

    def write(self) -> None:
        """Write down what has been told since the last time."""
        for client in self._clients:
            for message in client.got[self._written[client] :]:
                self.lines.append(f"{client.user_id} < {_text(message)}")
            self._written[client] = len(client.got)


def _text(message: dict[str, Any]) -> str:
    """Who sends is said in full in the first signal only; an entry of a list, by what can change."""
    short = {**message}
    if "ss" in short:
        short["ss"] = short["ss"]["sessionId"]
    short.pop("rid", None)
    short.pop("ch", None)
    if isinstance(short.get("b"), dict):
        body = {name: value for name, value in short["b"].items() if name not in ("rid", "msg")}
        if "req" in body:
            body = {**body, "req": body["req"]["s"]}
        if short["s"] != "WATCH" and "pps" in body:
            body["pps"] = [_entry(entry) for entry in body["pps"]]
        short["b"] = body
    return msgspec.json.encode(short, order="deterministic").decode()


def _entry(entry: dict[str, Any]) -> str:
    said = [word for word in ("video", "audio", "publish") if entry[word]]
    return " ".join([entry["id"], entry["role"], *said])


async def m2m(call: Transcript) -> None:
    alice, bob = call.client("alice"), call.client("bob")
    await call.join(alice, creating=True)
    await call.say(alice, "OFFER", sdp="v=0 uplink of alice")
    await call.say(alice, "ICE", sdp="candidate:1 1 udp 1 192.0.2.1 1 typ host")
    await call.media_comes(alice)
    await call.join(bob)
    await call.say(bob, "ANSWER", sdp="v=0 downlink of bob")
    await call.say(bob, "PUBLISH_REQUEST", ve=False, ae=True, msg="please")
    await call.say(alice, "PUBLISH_REJECT", to="bob")
    await call.say(bob, "PUBLISH_REQUEST", ve=True, ae=True)
    await call.say(alice, "PUBLISH_ACCEPT", to={"userId": "bob", "sessionId": "s-bob"})
    await call.say(bob, "OFFER", sdp="v=0 uplink of bob")
    await call.media_comes(bob)
    await call.say(alice, "WATCH", to="bob")
    await call.say(alice, "ANSWER", sdp="v=0 downlink of alice", to="bob")
    await call.say(bob, "UPDATE", ve=False)
    await call.say(bob, "HEARTBEAT", bid="b1", send_ack=True)
    await call.say(bob, "KICK", to="alice")
    await call.say(alice, "LEAVE")
    await call.say(bob, "LEAVE", to="alice")
    await call.say(bob, "HEARTBEAT", bid="b2")


async def a2m(call: Transcript) -> None:
    alice, bob, carol = call.client("alice"), call.client("bob"), call.client("carol")
    await call.join(alice, creating=True)
    await call.join(bob, ve=False)
    await call.join(carol)
    await call.say(alice, "UPDATE", ve=True, ae=True)
    await call.say(bob, "PUBLISH_REQUEST", ve=True, ae=True)
    await call.say(alice, "PUBLISH_ACCEPT", to="bob")
    await call.say(bob, "SIMULCAST_UPDATE", to="alice", layer="low")
    await call.say(alice, "KICK", to="carol")
    await call.say(alice, "LEAVE")
    await call.say(bob, "LEAVE")


async def p2p(call: Transcript) -> None:
    alice, bob, carol = call.client("alice"), call.client("bob"), call.client("carol")
    await call.join(alice, creating=True)
    await call.say(alice, "OFFER", sdp="v=0 too early")
    await call.join(bob)
    await call.join(carol)
    await call.say(bob, "OFFER", sdp="v=0 offer of bob")
    await call.say(alice, "ANSWER", sdp="v=0 answer of alice", to="bob")
    await call.say(alice, "ICE", sdp="candidate:1")
    await call.say(bob, "ICE", sdp="")
    await call.say(bob, "UPDATE", ae=False)
    await call.say(bob, "KICK", to="alice")
    for _ in range(4):
        await call.say(alice, "HEARTBEAT", bid="b", send_ack=False)
        call.wait(3)
    await call.say(bob, "HEARTBEAT", bid="late")
    await call.say(alice, "ANSWER", sdp="v=0 too late")
    await call.join(bob)
    await call.say(bob, "LEAVE", extra="passed on")
    await call.say(alice, "LEAVE")


async def p2m(call: Transcript) -> None:
    alice, bob = call.client("alice"), call.client("bob")
    await call.join(alice, creating=True)
    streamer = call.stage.signalling.room(alice.room)
    assert streamer is not None
    assert streamer.owner is not None
    streamer.set_publishing(streamer.owner, True, call.stage.now)
    call.write()
    await call.join(bob, ve=False, ae=False)
    await call.say(bob, "WATCH", to="alice")
    await call.say(bob, "PUBLISH_REQUEST", ve=True, ae=True)
    await call.say(alice, "KICK", to={"sessionId": "s-bob"})
    await call.join(bob, ve=False, ae=False)
    await call.say(alice, "LEAVE")
    await call.say(bob, "LEAVE")


CALLS: dict[str, Callable[[Transcript], Awaitable[None]]] = {"m2m": m2m, "a2m": a2m, "p2p": p2p, "p2m": p2m}


async def transcript(channel: str) -> str:
    call = Transcript(channel)
    await CALLS[channel](call)
    return "\n".join(call.lines) + "\n"


def path(channel: str) -> Path:
    return FOLDER / f"{channel}.txt"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for one in CALLS:
        path(one).write_text(asyncio.run(transcript(one)), "utf-8")
