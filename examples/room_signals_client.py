"""Joins a group chat over Room Signals, sends a picture and a tone, and says whom it sees, hears and reads.

    python examples/room_signals_client.py my-room ann

The first in a room owns it and lets everybody publish who raises a hand; all others raise theirs.
ROOMFUL_URL chooses another server than `make run`'s, ROOM_TOKEN is the token that one needs.
"""

import asyncio
import contextlib
import json
import math
import os
import sys
import uuid
from array import array
from fractions import Fraction
from typing import Any

import av
import websockets
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription, VideoStreamTrack
from aiortc.mediastreams import AudioStreamTrack, MediaStreamError, MediaStreamTrack

HEARTBEAT_SECONDS = 3.0


class Tone(AudioStreamTrack):
    """A sine of 440 Hz."""

    async def recv(self) -> av.AudioFrame:
        silence: Any = await super().recv()
        rate = silence.sample_rate
        wave = (round(8000 * math.sin(2 * math.pi * 440 * (silence.pts + n) / rate)) for n in range(silence.samples))
        frame = av.AudioFrame(format="s16", layout="mono", samples=silence.samples)
        frame.planes[0].update(array("h", wave).tobytes())
        frame.pts, frame.sample_rate, frame.time_base = silence.pts, rate, Fraction(1, rate)
        return frame


class Caller:
    """One session, and its peer connections: one that sends, and one for each publisher that it receives."""

    def __init__(self, socket: websockets.ClientConnection, room: str, user: str) -> None:
        self._socket = socket
        self._common = {
            "ch": "m2m",
            "rid": room,
            "ss": {"userId": user, "sessionId": str(uuid.uuid4()), "category": "stream", "host": "Server"},
        }
        self._user = user
        self._up: RTCPeerConnection | None = None
        self._down: dict[str, RTCPeerConnection] = {}
        self._names: dict[str, str] = {}
        """Session id → name of those who publish."""
        self._tasks: set[asyncio.Task[None]] = set()

    async def say(self, action: str, signal: str, **fields: object) -> None:
        await self._socket.send(json.dumps({"action": action, "data": {"s": signal, **self._common, **fields}}))

    async def join(self, *, creating: bool) -> None:
        await self.say("join", "JOIN", ve=True, ae=True, eg="native", op={"roomCreating": creating, "chat": True})

    async def run(self) -> None:
        """Do what the server and the others say, until one of them ends it."""
        await self.join(creating=True)
        async for text in self._socket:
            message = json.loads(text)
            match message.get("c"), message["s"]:
                case 200, "JOIN":
                    await self._on_joined(message["b"])
                case 4022, "JOIN":  # somebody else has made the room
                    await self.join(creating=False)
                case 200, "OFFER":
                    await self._up.setRemoteDescription(RTCSessionDescription(message["b"]["sdp"], "answer"))
                case 200, "WATCH":
                    for offer in message["b"]["pps"]:
                        await self._receive(offer["id"], offer["sdp"])
                case 200, "PUBLISH_LIST_CHANGED" | "HEARTBEAT":
                    await self._on_list(message["b"]["pps"])
                case None, "PUBLISH_REQUEST":
                    print(f"{self._user} lets {message['ss']['userId']} publish", flush=True)
                    await self.say("publishAccept", "PUBLISH_ACCEPT", to=message["ss"])
                case None, "PUBLISH_ACCEPT":
                    await self._publish()
                case None, "CHAT":
                    print(f"{self._user} reads {message['username']}: {message['msg']}", flush=True)
                case None, "KICK":
                    print(f"{self._user} has to go", flush=True)
                    return
                case code, signal if code not in (None, 200):
                    if signal == "WATCH":  # not sending yet, or just gone: the next list says which
                        self._down.pop(message["b"]["req"]["to"]["sessionId"], None)
                    print(f"{signal} was refused: {message['b']['msg']}", flush=True)
                case _:
                    pass

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        connections = [*self._down.values(), *([self._up] if self._up else [])]
        await asyncio.gather(*(connection.close() for connection in connections))

    async def _on_joined(self, ack: dict[str, Any]) -> None:
        print(f"{self._user} is {ack['pt']} in {ack['rid']}", flush=True)
        self._keep(self._heartbeat())
        self._names = {entry["id"]: entry["username"] for entry in ack["pps"]}
        for offer in ack["es"]["sdps"]:
            await self._receive(offer["id"], offer["sdp"])
        await self.say("chat", "CHAT", msg="hello")
        if ack["pt"] == "viewer":
            await self.say("publishRequest", "PUBLISH_REQUEST", ve=True, ae=True)
        else:
            await self._publish()

    async def _on_list(self, publishers: list[dict[str, Any]]) -> None:
        """Watch who is new, and forget who is gone."""
        self._names = {entry["id"]: entry["username"] for entry in publishers}
        sending = {entry["id"] for entry in publishers if entry["publish"]} - {self._common["ss"]["sessionId"]}
        for gone in self._down.keys() - sending:
            await self._down.pop(gone).close()
        for session in sending - self._down.keys():
            self._down[session] = RTCPeerConnection(RTCConfiguration(iceServers=[]))
            await self.say("watch", "WATCH", to={"sessionId": session})

    async def _publish(self) -> None:
        self._up = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        for track in (VideoStreamTrack(), Tone()):
            self._up.addTransceiver(track, "sendonly")
        await self._up.setLocalDescription(await self._up.createOffer())
        await self.say("offer", "OFFER", sdp=self._up.localDescription.sdp)

    async def _receive(self, session: str, offer: str) -> None:
        connection = self._down.setdefault(session, RTCPeerConnection(RTCConfiguration(iceServers=[])))
        name = self._names.get(session, session)
        connection.on("track", lambda track: self._keep(self._look(track, name)))
        await connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        await connection.setLocalDescription(await connection.createAnswer())
        await self.say("answer", "ANSWER", sdp=connection.localDescription.sdp)

    async def _look(self, track: MediaStreamTrack, name: str) -> None:
        with contextlib.suppress(MediaStreamError):  # its end
            await track.recv()
            print(f"{self._user} {'sees' if track.kind == 'video' else 'hears'} {name}", flush=True)
            while True:  # what nobody takes would pile up
                await track.recv()

    async def _heartbeat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            await self.say("heartbeat", "HEARTBEAT", bid=str(uuid.uuid4()), send_ack=True)

    def _keep(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def main(room: str, user: str) -> None:
    url = os.environ.get("ROOMFUL_URL", "ws://127.0.0.1:7880")
    async with websockets.connect(f"{url}/room-signals?token={os.environ.get('ROOM_TOKEN', '')}") as socket:
        caller = Caller(socket, room, user)
        try:
            await caller.run()
        finally:
            await caller.close()


asyncio.run(main(*sys.argv[1:3]))
