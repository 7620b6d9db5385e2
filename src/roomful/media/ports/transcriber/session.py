"""One transcription: records of the stream of frames → pieces of utterances, per track."""

from roomful.media.ports.frames import Frame, Record, Stop, TrackEnded, TrackStarted
from roomful.media.ports.transcriber.asr.recognition import Recognition
from roomful.media.ports.transcriber.ear import Ear
from roomful.media.ports.transcriber.plan import TranscriptionPlan
from roomful.media.ports.transcriber.utterances import Piece, Utterances
from roomful.media.ports.worker.states import Problem

SILENT_SECONDS = 0.8
"""Without a packet for so long, nobody speaks: who is muted or silent may send nothing at all."""

UNREADABLE_PACKETS = 50
"""So many in a row are a problem worth telling: one second."""


class _Track:
    def __init__(self, started: TrackStarted, max_seconds: float) -> None:
        self.ear = Ear(started)
        self.utterances = Utterances(max_seconds)
        self.heard_at = 0.0
        """Monotonic seconds of the last packet."""


class Session:
    """Feeds `recognition`. Tracks that are no audio are left out."""

    def __init__(self, plan: TranscriptionPlan, recognition: Recognition) -> None:
        self._plan = plan
        self._recognition = recognition
        self._tracks: dict[int, _Track] = {}
        self.stopped = False

    def feed(self, record: Record, now: float) -> None:
        """Take one record; `now` is monotonic seconds."""
        match record:
            case Frame():
                self._hear(record, now)
            case TrackStarted():
                self._end(record.track)
                if record.codec.is_audio:
                    self._tracks[record.track] = _Track(record, self._plan.max_utterance_seconds)
                    self._recognition.begin(record.track, record.info)
            case TrackEnded():
                self._end(record.track)
            case Stop():
                self.stopped = True
            case _:
                pass

    def tick(self, now: float) -> None:
        """End what nobody continues."""
        for number, track in self._tracks.items():
            if track.utterances.speaking and now - track.heard_at > SILENT_SECONDS:
                self._take(number, track.utterances.end())

    def finish(self) -> None:
        """There are no more records."""
        for number in list(self._tracks):
            self._end(number)

    def problems(self) -> list[Problem]:
        return [
            Problem(track=track.ear.track.info.sid, what="unreadable")
            for track in self._tracks.values()
            if track.ear.unreadable >= UNREADABLE_PACKETS
        ]

    def _hear(self, frame: Frame, now: float) -> None:
        track = self._tracks.get(frame.track)
        sound = track.ear.hear(frame) if track is not None else None
        if track is None or sound is None:
            return
        track.heard_at = now
        if sound.missing:
            missing_from = sound.at_ns - round(sound.missing * 1_000_000_000)
            self._take(frame.track, track.utterances.skip(sound.missing, missing_from))
        self._take(frame.track, track.utterances.feed(sound.samples, sound.at_ns))

    def _take(self, number: int, pieces: list[Piece]) -> None:
        for piece in pieces:
            self._recognition.take(number, piece)

    def _end(self, number: int) -> None:
        track = self._tracks.pop(number, None)
        if track is not None:
            self._take(number, track.utterances.end())
            self._recognition.end(number)
