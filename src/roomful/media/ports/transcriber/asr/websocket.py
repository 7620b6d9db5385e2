"""A recognizer that hears while somebody speaks, over one WebSocket per track.

Up, for each utterance: `{"type": "start", "id", "meeting_id", "user_id", "track", "language", "model", "prompt",
"sample_rate": 16000, "encoding": "pcm_s16le"}`, binary messages with the sound (0.1 s or more each), then
`{"type": "stop", "id"}`. Down: any number of `{"type": "partial", "text"}`, and after the stop exactly one
`{"type": "final", "text", "language"?}`, or `{"type": "error", "message", "final"?}`, with `"final": true` where
another attempt would not help. An `"id"` in an answer says which utterance it is about; without, it is the one that was
started last. After a lost connection the utterance is sent again from its beginning.
"""

import asyncio
import contextlib
from typing import TypeAlias

import msgspec
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.protocol import State

from roomful.media.ports.transcriber.asr.answer import MAX_ANSWER_BYTES, Answer, OnPartial, Trouble, answer_of, plain
from roomful.media.ports.transcriber.asr.speech import Speech
from roomful.media.ports.transcriber.plan import TranscriptionPlan
from roomful.media.ports.transcriber.voice_activity import RATE
from roomful.outgoing import AddressRules, ForbiddenAddress
from roomful.outgoing.websocket import connect_websocket

CONNECT_SECONDS = 5.0
CLOSE_SECONDS = 1.0

_encode = msgspec.json.Encoder().encode


class _Partial(msgspec.Struct, tag_field="type", tag="partial"):
    text: str
    id: str = ""


class _Final(msgspec.Struct, tag_field="type", tag="final"):
    text: str
    id: str = ""
    language: str | None = None


class _Error(msgspec.Struct, tag_field="type", tag="error"):
    message: str = "no reason given"
    id: str = ""
    final: bool = False


_Said: TypeAlias = _Partial | _Final | _Error
_said: msgspec.json.Decoder[_Said] = msgspec.json.Decoder(_Said)


class WebSocketRecognizer:
    """Keeps its connection between utterances."""

    def __init__(self, plan: TranscriptionPlan, rules: AddressRules) -> None:
        self._plan = plan
        self._rules = rules
        self._connection: ClientConnection | None = None

    async def recognize(self, speech: Speech, on_partial: OnPartial) -> Answer:
        connection = self._connection
        if connection is None or connection.state is not State.OPEN:
            connection = self._connection = await self._connect()
        try:
            return await self._exchange(connection, speech, on_partial)
        except ConnectionClosed as error:
            await self.close()
            raise Trouble(f"the connection was closed: {plain(str(error))}") from error
        except TimeoutError as error:
            await self.close()
            raise Trouble(f"no text within {self._plan.timeout_seconds:g} s") from error
        except BaseException:
            # What the other side thinks of this utterance is not known: it must not answer into the next.
            await self.close()
            raise

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await connection.close()

    async def _connect(self) -> ClientConnection:
        plan = self._plan
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                return await connect_websocket(
                    plan.url,
                    self._rules,
                    additional_headers={"authorization": f"Bearer {plan.api_key}"} if plan.api_key else None,
                    max_size=MAX_ANSWER_BYTES,
                    close_timeout=CLOSE_SECONDS,
                )
        except TimeoutError as error:
            raise Trouble(f"no connection within {CONNECT_SECONDS:g} s") from error
        except (OSError, InvalidHandshake) as error:
            raise Trouble(f"no connection: {plain(str(error))}") from error
        except (ForbiddenAddress, InvalidURI, ValueError) as error:
            raise Trouble(str(error), again=False) from error

    async def _exchange(self, connection: ClientConnection, speech: Speech, on_partial: OnPartial) -> Answer:
        sending = asyncio.create_task(self._send(connection, speech))
        try:
            async with asyncio.timeout(None) as limit:
                due = self._plan.timeout_seconds
                sending.add_done_callback(lambda task: limit.reschedule(task.get_loop().time() + due))
                return await _receive(connection, speech, on_partial)
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    async def _send(self, connection: ClientConnection, speech: Speech) -> None:
        plan = self._plan
        start = {
            "type": "start",
            "id": speech.id,
            "meeting_id": plan.room,
            "user_id": speech.track.identity,
            "track": speech.track.sid,
            "language": plan.language,
            "model": plan.model,
            "prompt": plan.prompt,
            "sample_rate": RATE,
            "encoding": "pcm_s16le",
        }
        await connection.send(_encode(start), text=True)
        sent = 0
        while not speech.over or sent < len(speech.sound):
            await speech.longer_than(sent)
            piece = bytes(speech.sound[sent:])
            if piece:
                await connection.send(piece)
            sent += len(piece)
        await connection.send(_encode({"type": "stop", "id": speech.id}), text=True)


async def _receive(connection: ClientConnection, speech: Speech, on_partial: OnPartial) -> Answer:
    while True:
        try:
            said = _said.decode(await connection.recv(decode=False))
        except msgspec.DecodeError as error:
            raise Trouble(f"the answer cannot be read: {error}") from error
        if said.id not in ("", speech.id):
            continue
        match said:
            case _Partial():
                text = plain(said.text)
                if text:
                    on_partial(text)
            case _Final():
                return answer_of(said.text, said.language or "")
            case _Error():
                raise Trouble(plain(said.message), again=not said.final)
