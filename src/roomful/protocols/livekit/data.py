"""Data packets between participants. specs/livekit.md §3.21.

Packets of the application (`user`) go through the room as plain bytes, for every protocol. All others are LiveKit's own
(streams, RPC, chat, transcription …): they go as whole packets that only LiveKit clients read.
"""

import msgspec
from google.protobuf.message import DecodeError
from livekit.protocol import models

from roomful.rooms.events import DataReceived
from roomful.rooms.model import DataKind
from roomful.rooms.participant import Participant

RELIABLE, LOSSY, DATA_TRACK = "_reliable", "_lossy", "_data_track"
LABEL = {DataKind.RELIABLE: RELIABLE, DataKind.LOSSY: LOSSY}
KIND = {label: kind for kind, label in LABEL.items()}

PACKET = "livekit.DataPacket"
"""Envelope of a payload that is a whole packet."""

_FOR_SOME_ONLY = frozenset({"metrics"})
_SERVER_ONLY = frozenset({"speaker"})
_ON_BEHALF = frozenset({"chat_message", "stream_header", "stream_chunk", "stream_trailer"})
"""Kinds that an agent may send in somebody else's name."""
_packet_kind = {DataKind.RELIABLE: models.DataPacket.Kind.RELIABLE, DataKind.LOSSY: models.DataPacket.Kind.LOSSY}


def read_packet(label: str, data: bytes) -> models.DataPacket | None:
    """The packet in a message of a data channel; None if it is none.

    A message on a channel of another name is the application's own: it is wrapped, for everybody.
    """
    if label == DATA_TRACK:
        return None
    if label not in KIND:
        return models.DataPacket(user=models.UserPacket(payload=data))
    try:
        packet = models.DataPacket.FromString(data)
    except DecodeError:
        return None
    kind = packet.WhichOneof("value")
    return None if kind is None or kind in _SERVER_ONLY else packet


def may_send(sender: Participant, packet: models.DataPacket) -> bool:
    """Say whether the packet goes further at all: a participant's rights, and what only agents may send."""
    if not sender.permission.can_publish_data:
        return False
    return sender.is_agent or packet.WhichOneof("value") != "transcription"


def is_for_metrics_only(packet: models.DataPacket) -> bool:
    """Say whether only participants with `can_subscribe_metrics` get it."""
    return packet.WhichOneof("value") in _FOR_SOME_ONLY


def sign(packet: models.DataPacket, sender: Participant, kind: DataKind) -> None:
    """Write down who really sent it: nobody speaks in another's name. Hidden senders stay unnamed."""
    value = packet.WhichOneof("value")
    packet.kind = _packet_kind[kind]
    packet.participant_sid = "" if sender.hidden else sender.sid
    if sender.is_agent and value in _ON_BEHALF and packet.participant_identity:
        if value == "chat_message":
            packet.chat_message.generated = True
    else:
        packet.participant_identity = "" if sender.hidden else sender.identity
    if value == "user":
        packet.user.participant_sid = packet.participant_sid
        packet.user.participant_identity = packet.participant_identity


def destinations(packet: models.DataPacket) -> tuple[set[str], set[str]]:
    """Identities and sids the sender addressed, the deprecated fields included; both empty: everybody."""
    return (
        {*packet.destination_identities, *packet.user.destination_identities},
        set(packet.user.destination_sids),
    )


def packet_of(event: DataReceived) -> models.DataPacket:
    """The packet for application data that did not come from a LiveKit client."""
    named = not event.sender_hidden
    sender_sid, sender_identity = (event.sender, event.identity) if named else ("", "")
    return models.DataPacket(
        kind=_packet_kind[event.kind],
        participant_identity=sender_identity,
        participant_sid=sender_sid,
        destination_identities=event.destinations,
        user=models.UserPacket(
            payload=event.payload,
            topic=event.topic or None,
            participant_sid=sender_sid,
            participant_identity=sender_identity,
            destination_identities=event.destinations,
        ),
    )


class Attachment(msgspec.Struct, frozen=True):
    """The whole packet that application bytes came in: its sequence number and times are for receivers of LiveKit."""

    packet: bytes


def packet_bytes(event: DataReceived) -> bytes | None:
    """The packet that LiveKit clients get for an event; None for other protocols' envelopes."""
    if event.envelope == PACKET:
        return event.payload
    if event.envelope:
        return None
    attachment = event.attachment
    return attachment.packet if isinstance(attachment, Attachment) else packet_of(event).SerializeToString()
