"""Recordings of rooms, whatever protocol asked for them: which tracks, from when to when, by which worker.

    selection       which tracks belong to it, and when nothing more can come
    room_recording  follows the room, feeds the worker, ends in time
    presence        the recording as a hidden participant of the room
    workers         how recorders, compositors and streams of sound are started

Whatever happens to a recording, its room goes on.
"""

from roomful.media.ports.recording.phases import Ending, Phase
from roomful.media.ports.recording.presence import FORWARDER, RECORDER, TRANSCRIBER, Guise
from roomful.media.ports.recording.room_recording import RoomRecording
from roomful.media.ports.recording.selection import Everything, MixFor, OneParticipant, Selection, Tracks, is_readable
from roomful.media.ports.recording.workers import CannotStart, Launch, Worker, compositor, pcm_stream, recorder

__all__ = [
    "FORWARDER",
    "RECORDER",
    "TRANSCRIBER",
    "CannotStart",
    "Ending",
    "Everything",
    "Guise",
    "Launch",
    "MixFor",
    "OneParticipant",
    "Phase",
    "RoomRecording",
    "Selection",
    "Tracks",
    "Worker",
    "compositor",
    "is_readable",
    "pcm_stream",
    "recorder",
]
