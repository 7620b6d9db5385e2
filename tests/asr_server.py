"""A speech recognizer that understands the tones of telephone keys: a real web server, which measures what it hears."""

import email.message
import email.parser
import email.policy
import io
import json
import wave
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np

from roomful.web.asgi import Receive, Scope, Send, respond
from tests.dtmf import keys_in
from tests.played_service import PlayedService, read_body

RATE = 16000
HANG = None


@dataclass
class Heard:
    """One request, or one utterance over WebSocket."""

    text: str
    seconds: float
    fields: dict[str, str] = field(default_factory=dict[str, str])
    authorization: str = ""


@dataclass
class AsrServer(PlayedService):
    """Answers as told: `faults` one after the other, each a status, a body or `HANG`; then with what it hears."""

    faults: list[int | bytes | None] = field(default_factory=list[int | bytes | None])
    heard: list[Heard] = field(default_factory=list[Heard])
    requests: int = 0
    connections: int = 0
    """Of WebSockets."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def socket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/listen"

    @property
    def texts(self) -> list[str]:
        return [one.text for one in self.heard]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._listen(scope, receive, send)
            return
        self.requests += 1
        body = await read_body(receive)
        if scope["path"] != "/v1/audio/transcriptions":
            await respond(scope, send, 404, b"no such page")
            return
        if self.faults:
            fault = self.faults.pop(0)
            if fault is None:
                await self.hold.wait()
            elif isinstance(fault, bytes):
                await respond(scope, send, 200, fault)
            else:
                await respond(scope, send, fault, b"not today", headers=self.headers)
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        fields, file = _form(headers[b"content-type"], body)
        sound = _samples(file)
        text = " ".join(keys_in(sound, RATE))
        self.heard.append(Heard(text, len(sound) / RATE, fields, headers.get(b"authorization", "")))
        await respond(scope, send, 200, json.dumps({"text": text, "language": fields.get("language", "en")}).encode())

    async def _listen(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.connections += 1
        await receive()
        if self.faults and isinstance(self.faults[0], int):
            self.faults.pop(0)
            await send({"type": "websocket.close", "code": 1011})  # before it was accepted: status 403
            return
        await send({"type": "websocket.accept"})
        start: dict[str, str] = {}
        sound = bytearray()
        told = ""

        async def say(**message: object) -> None:
            await send({"type": "websocket.send", "text": json.dumps(message)})

        while (message := cast("dict[str, Any]", await receive()))["type"] == "websocket.receive":
            if message.get("bytes") is not None:
                sound += message["bytes"]
                keys = " ".join(keys_in(np.frombuffer(sound, "<i2") / 32768, RATE))
                if keys != told and not self.faults:
                    told = keys
                    await say(type="partial", text=keys, id=start["id"])
                continue
            request = json.loads(message["text"])
            if request["type"] == "start":
                start, told = request, ""
                sound.clear()
                continue
            if self.faults:
                fault = self.faults.pop(0)
                if fault is HANG:
                    await self.hold.wait()
                if isinstance(fault, bytes):
                    await send({"type": "websocket.send", "text": fault.decode()})
                else:
                    await send({"type": "websocket.close", "code": 1011})
                    return
                continue
            samples = np.frombuffer(bytes(sound), "<i2") / 32768
            text = " ".join(keys_in(samples, RATE))
            self.heard.append(Heard(text, len(samples) / RATE, {k: str(v) for k, v in start.items()}))
            await say(type="final", text=text, id=start["id"], language="en")


def _form(content_type: str, body: bytes) -> tuple[dict[str, str], bytes]:
    """Fields of a multipart form, and the contents of its field `file`."""
    head = f"content-type: {content_type}\r\n\r\n".encode()
    parsed = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
    fields: dict[str, str] = {}
    file = b""
    for part in cast("list[email.message.Message]", parsed.get_payload()):
        contents = cast(bytes, part.get_payload(decode=True))
        name = str(part.get_param("name", header="content-disposition"))
        if name == "file":
            file = contents
        else:
            fields[name] = contents.decode()
    return fields, file


def _samples(file: bytes) -> np.ndarray[Any, np.dtype[np.float64]]:
    with wave.open(io.BytesIO(file)) as reader:
        assert (reader.getframerate(), reader.getnchannels(), reader.getsampwidth()) == (RATE, 1, 2)
        return np.frombuffer(reader.readframes(reader.getnframes()), "<i2") / 32768
