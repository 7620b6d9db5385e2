"""Chat between LiveKit clients and those of other protocols: `lk.chat` text streams and older ChatMessage packets.

Among LiveKit clients the packets go on as they are. The room is told what was written, so that others get it and the
hosts' rules hold: a packet of somebody who may not chat goes nowhere. specs/livekit.md §3.22.
"""

import zlib
from collections.abc import Container
from dataclasses import dataclass, field

from livekit.protocol import models

from roomful.protocols.livekit import text_streams
from roomful.protocols.livekit.vocabulary import PROTOCOL_NAME
from roomful.rooms.chat import ChatMessage
from roomful.rooms.conversing import MAX_CHAT_BYTES
from roomful.rooms.errors import RoomError
from roomful.rooms.participant import Participant
from roomful.rooms.room import Room

TOPIC = "lk.chat"
HISTORY = "roomful.history"
"""Attribute of the text streams of messages that were written before."""
NAME = "roomful.name"
"""Attribute of the same: how its author, who may have left, was called."""
MAX_HISTORY_BYTES = 256 * 1024
"""Of what is told of the past: far less than what may wait for a slow client."""
MAX_OPEN_STREAMS = 16
"""Texts that one participant may be sending at the same time; of more, the oldest are not told to other protocols."""


@dataclass(slots=True)
class _Text:
    """A text stream of which the end has not come yet."""

    refused: bool
    to: tuple[str, ...] = ()
    content: bytearray = field(default_factory=bytearray)
    whole: bool = True
    """False for one that is too long for other protocols' chat."""
    compression: models.DataStream.CompressionType = models.DataStream.CompressionType.NONE


class ChatWriter:
    """What one participant writes."""

    def __init__(self, room: Room, participant: Participant) -> None:
        self._room = room
        self._participant = participant
        self._open: dict[str, _Text] = {}
        """By stream id, oldest first."""

    def take(self, packet: models.DataPacket, now: float) -> bool:
        """Tell the room if this packet is chat, or the end of it. Returns False if it must not go on."""
        if self._participant.hidden:
            return True
        match packet.WhichOneof("value"):
            case "chat_message":
                message = packet.chat_message
                if message.deleted or message.edit_timestamp:  # the room's history does not change
                    return True
                return self._say(message.message, message.id, tuple(packet.destination_identities), now)
            case "stream_header" if packet.stream_header.topic == TOPIC:
                return self._begin(packet, now)
            case "stream_chunk":
                return self._go_on(packet.stream_chunk)
            case "stream_trailer":
                return self._finish(packet.stream_trailer.stream_id, now)
            case _:
                return True

    def _begin(self, packet: models.DataPacket, now: float) -> bool:
        if not packet.stream_header.HasField("text_header"):  # a file
            return True
        if len(self._open) >= MAX_OPEN_STREAMS:
            del self._open[next(iter(self._open))]
        try:
            self._room.check_chat(self._participant.sid, now)
        except RoomError:
            refused = True
        else:
            refused = False
        header = packet.stream_header
        text = _Text(refused=refused, to=tuple(packet.destination_identities), compression=header.compression)
        self._open[header.stream_id] = text
        if header.HasField("inline_content"):  # all of it is here, and no trailer follows
            self._add(text, header.inline_content)
            return self._finish(header.stream_id, now)
        return not refused

    def _go_on(self, chunk: models.DataStream.Chunk) -> bool:
        text = self._open.get(chunk.stream_id)
        if text is None:
            return True
        self._add(text, chunk.content)
        return not text.refused

    def _add(self, text: _Text, content: bytes) -> None:
        text.whole = text.whole and len(text.content) + len(content) <= MAX_CHAT_BYTES
        if text.whole and not text.refused:
            text.content += content

    def _finish(self, stream_id: str, now: float) -> bool:
        text = self._open.pop(stream_id, None)
        if text is None or text.refused:
            return text is None
        content = _plain(text) if text.whole else None
        if content is not None:
            self._say(content.decode("utf-8", "replace"), stream_id, text.to, now)
        return True  # most of it has gone on already

    def _say(self, content: str, message_id: str, to: tuple[str, ...], now: float) -> bool:
        """Returns False if the room does not take it."""
        if not content.strip():
            return True
        try:
            for identity in to or (None,):
                receiver = None if identity is None else self._room.with_identity(identity)
                self._room.send_chat(
                    self._participant.sid,
                    content,
                    now,
                    to=None if receiver is None else receiver.user_id,
                    only=None if receiver is None else {receiver.sid},
                    message_id=message_id[:_MAX_ID_LENGTH],
                    carried_by=PROTOCOL_NAME,
                )
        except RoomError:
            return False
        return True


_MAX_ID_LENGTH = 64


def _plain(text: _Text) -> bytes | None:
    """The text as it was written; None if it is too long, or cannot be read."""
    if text.compression == models.DataStream.CompressionType.NONE:
        return bytes(text.content)
    if text.compression != models.DataStream.CompressionType.DEFLATE_RAW:
        return None
    try:
        plain = zlib.decompressobj(wbits=-zlib.MAX_WBITS).decompress(text.content, MAX_CHAT_BYTES + 1)
    except zlib.error:
        return None
    return plain if len(plain) <= MAX_CHAT_BYTES else None


def packets(message: ChatMessage, sender: Participant | None, *, history: bool = False) -> list[bytes]:
    """What LiveKit clients get of a message that came another way: for the newer ones, and for the older.

    `history`: it was written before they came.
    """
    sid = "" if sender is None else sender.sid
    identity = message.user_id if sender is None else sender.identity
    attributes = {"type": message.type} if message.type != "text" else {}
    if history:
        attributes |= {HISTORY: "true", NAME: message.user_name}
    stream = text_streams.packets(
        message.content, TOPIC, message.at, sid=sid, identity=identity, stream_id=message.id, attributes=attributes
    )
    legacy = models.DataPacket(
        kind=models.DataPacket.Kind.RELIABLE,
        participant_identity=identity,
        participant_sid=sid,
        chat_message=models.ChatMessage(id=message.id, timestamp=int(message.at * 1000), message=message.content),
    )
    return [*stream, legacy.SerializeToString()]


def history(room: Room, limit: int) -> tuple[list[bytes], frozenset[str]]:
    """The packets of the newest public messages of the room, oldest first, and the ids of these messages."""
    told: list[list[bytes]] = []
    ids: set[str] = set()
    size = 0
    for message in reversed(room.chat_history()[-limit:] if limit else ()):
        made = packets(message, room.participants.get(message.sender), history=True)
        size += sum(map(len, made))
        if size > MAX_HISTORY_BYTES:
            break
        told.append(made)
        ids.add(message.id)
    return [packet for made in reversed(told) for packet in made], frozenset(ids)


def is_about(packet: models.DataPacket, ids: Container[str]) -> bool:
    """Say whether a packet is part of one of these messages."""
    match packet.WhichOneof("value"):
        case "chat_message":
            return packet.chat_message.id in ids
        case "stream_header":
            return packet.stream_header.stream_id in ids
        case "stream_chunk":
            return packet.stream_chunk.stream_id in ids
        case "stream_trailer":
            return packet.stream_trailer.stream_id in ids
        case _:
            return False
