"""Data that a participant sends: checked, signed and handed to the room. specs/livekit.md §3.21."""

import logging

from livekit.protocol import models

from roomful.media.api import Event
from roomful.protocols.livekit import data
from roomful.protocols.livekit.calls import Calls
from roomful.protocols.livekit.chat import ChatWriter
from roomful.protocols.livekit.client_metrics import ClientMetrics
from roomful.protocols.livekit.links import Links, Report
from roomful.protocols.livekit.room_messages import RoomMessages
from roomful.rooms.errors import RoomError
from roomful.rooms.model import DataKind

logger = logging.getLogger(__name__)


class DataSender:
    """Takes the messages of a participant's data channels."""

    def __init__(self, links: Links, messages: RoomMessages, calls: Calls, report: Report) -> None:
        """`calls` are the server's own, which the participant may answer; `report` takes what it measures."""
        self._links = links
        self._calls = calls
        self._report = report
        self._metrics = ClientMetrics()
        self.enter_room(messages)
        self.last_sequence = 0
        """Of the reliable packets; a client that resumes sends again from here."""

    def enter_room(self, messages: RoomMessages) -> None:
        """What is sent from now on is for the room that the participant is in now."""
        self._messages = messages
        self._chat = ChatWriter(self._links.room, self._links.participant)

    def on_message(self, event: Event.Data, now: float) -> None:
        """Pass a message on. What is not allowed or not readable is dropped: senders expect no answer."""
        sender = self._links.participant
        packet = data.read_packet(event.label, event.data)
        if packet is None or self._calls.take(packet, sender.sid) or not data.may_send(sender, packet):
            return
        kind = data.KIND.get(event.label, DataKind.RELIABLE)
        if kind is DataKind.RELIABLE and packet.sequence:
            if packet.sequence <= self.last_sequence:
                return
            self.last_sequence = packet.sequence
        if self._messages.take(packet) or not self._chat.take(packet, now):
            return
        identities, sids = data.destinations(packet)
        if data.is_for_metrics_only(packet):
            self._measured(packet)
            identities.clear()
            sids = self._metrics_readers()
            if not sids:
                return
        data.sign(packet, sender, kind)
        encoded = packet.SerializeToString()
        is_plain = packet.WhichOneof("value") == "user"
        try:
            self._links.room.send_data(
                sender.sid,
                packet.user.payload if is_plain else encoded,
                now,
                kind=kind,
                topic=packet.user.topic,
                envelope="" if is_plain else data.PACKET,
                identities=identities,
                sids=sids,
                attachment=data.Attachment(encoded) if is_plain else None,
            )
        except RoomError as error:
            logger.debug("data of %s: %s", sender.sid, error)

    def _measured(self, packet: models.DataPacket) -> None:
        room, participant = self._links.room, self._links.participant
        heartbeat = self._metrics.read(packet.metrics, room, participant)
        if heartbeat is not None:
            self._report(room, participant, heartbeat)

    def _metrics_readers(self) -> set[str]:
        me = self._links.participant.sid
        return {
            sid
            for sid, other in self._links.room.participants.items()
            if other.permission.can_subscribe_metrics and sid != me
        }
