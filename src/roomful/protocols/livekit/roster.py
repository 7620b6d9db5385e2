"""Who is in the room, as clients are told: participant updates, each encoded once for all. specs/livekit.md §3.28."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from livekit.protocol import models, rtc

from roomful.protocols.livekit import encode
from roomful.protocols.livekit.alarm import Alarm
from roomful.protocols.livekit.frames import Frame
from roomful.protocols.livekit.timers import Timers
from roomful.rooms import events
from roomful.rooms.model import ParticipantState
from roomful.rooms.participant import Participant
from roomful.rooms.room import Room

if TYPE_CHECKING:
    from roomful.protocols.livekit.session import Session

SMALL_ROOM = 32
"""LiveKit participants up to which everybody hears of everything at once."""
BATCH_INTERVAL = 1.0
"""Seconds for which comings and goings of those who publish nothing are collected in larger rooms."""
REPLACEMENT_AWARE_SINCE = 12
"""First protocol version that understands a replaced participant without being told that the old one left."""
CHUNK_BYTES = 128 * 1024
"""Size of one participant update, about; longer lists are sent in parts."""


class Roster:
    """Tells the sessions of one room about its participants."""

    def __init__(self, room: Room, timers: Timers) -> None:
        self._room = room
        self.sessions: dict[str, Session] = {}
        """By participant sid."""
        self._data_tracks: dict[str, list[models.DataTrackInfo]] = {}
        self._infos: dict[str, tuple[int, ParticipantState, models.ParticipantInfo]] = {}
        self._batch: dict[str, models.ParticipantInfo] = {}
        self._alarm = Alarm(timers, self._flush)

    def info(self, participant: Participant, viewer: str) -> models.ParticipantInfo:
        """The participant's message for the one with the sid `viewer`; where it is the same for all, made once."""
        if _differs(participant):
            return self._made(participant, viewer)
        known = self._infos.get(participant.sid)
        if known is not None and known[:2] == (participant.version, participant.state):
            return known[2]
        info = self._made(participant)
        self._infos[participant.sid] = (participant.version, participant.state, info)
        return info

    def others(self, participant: Participant) -> list[models.ParticipantInfo]:
        """Everybody that the participant can see."""
        return [self.info(other, participant.sid) for other in self._room.others(participant.sid)]

    def broadcast(self, message: rtc.SignalResponse, *, but: str = "") -> None:
        """Send to all sessions, except to the one of the participant `but`."""
        frame = Frame(message)
        for sid, session in list(self.sessions.items()):
            if sid != but:
                session.send_frame(frame)

    def changed(self, participant: Participant) -> None:
        """Tell everybody who may know of the participant."""
        if participant.hidden:
            self._tell_itself(participant)
        elif _differs(participant):
            self._batch.pop(participant.sid, None)
            for sid, session in list(self.sessions.items()):
                session.send(_update([self.info(participant, sid)]))
        else:
            self._tell(self.info(participant, ""))

    def set_data_tracks(self, participant: Participant, infos: list[models.DataTrackInfo]) -> None:
        """A participant's data tracks are these now: tell everybody who may know of it."""
        self._data_tracks[participant.sid] = infos
        self._infos.pop(participant.sid, None)
        self.changed(participant)

    def vanished(self, participant: Participant) -> None:
        """The participant has become invisible."""
        self._tell(encode.vanished_info(participant), but=participant.sid)

    def active(self, participant: Participant, now: float) -> None:
        """The participant's media is up."""
        if participant.hidden or participant.is_publisher:
            self.changed(participant)
        else:
            self._tell_soon(self.info(participant, ""), now)

    def left(self, event: events.ParticipantLeft) -> None:
        """A participant is gone."""
        self._infos.pop(event.sid, None)
        self._data_tracks.pop(event.sid, None)
        if event.participant.permission.hidden:
            return
        info = encode.departed_info(event.participant, event.reason)
        if not event.replaced:
            self._tell_soon(info, event.at)
            return
        self._batch.pop(event.sid, None)
        frame = Frame(_update([info]))
        for session in list(self.sessions.values()):
            if session.protocol < REPLACEMENT_AWARE_SINCE:
                session.send_frame(frame)

    def close(self) -> None:
        self._alarm.set(None)

    def _made(self, participant: Participant, viewer: str | None = None) -> models.ParticipantInfo:
        info = encode.participant_info(participant, viewer)
        info.data_tracks.extend(self._data_tracks.get(participant.sid, ()))
        return info

    def _tell_itself(self, participant: Participant) -> None:
        session = self.sessions.get(participant.sid)
        if session is not None:
            session.send(_update([self.info(participant, participant.sid)]))

    def _tell(self, info: models.ParticipantInfo, *, but: str = "") -> None:
        self._batch.pop(info.sid, None)
        self.broadcast(_update([info]), but=but)

    def _tell_soon(self, info: models.ParticipantInfo, now: float) -> None:
        """Tell everybody at once in a small room, or when a moment's comings and goings are together."""
        if len(self.sessions) <= SMALL_ROOM:
            self._tell(info)
            return
        self._batch[info.sid] = info
        if not self._alarm.is_set:
            self._alarm.set(now + BATCH_INTERVAL)

    def _flush(self, now: float) -> None:
        del now
        infos, self._batch = list(self._batch.values()), {}
        for message in updates(infos):
            self.broadcast(message)


def _differs(participant: Participant) -> bool:
    """Say whether the participant is not the same for everybody: some of its tracks are for one alone."""
    return any(track.only_for for track in participant.tracks.values())


def updates(infos: Iterable[models.ParticipantInfo]) -> list[rtc.SignalResponse]:
    """Participant updates of a bearable size for a list of any length."""
    messages: list[rtc.SignalResponse] = []
    part: list[models.ParticipantInfo] = []
    size = 0
    for info in infos:
        part.append(info)
        size += info.ByteSize()
        if size >= CHUNK_BYTES:
            messages.append(_update(part))
            part, size = [], 0
    if part:
        messages.append(_update(part))
    return messages


def _update(infos: list[models.ParticipantInfo]) -> rtc.SignalResponse:
    return rtc.SignalResponse(update=rtc.ParticipantUpdate(participants=infos))
