"""Encoders and outputs of one composition: each codec is encoded once, whoever wants it."""

import contextlib
import logging
from typing import TypeAlias

from av.error import FFmpegError
from av.video.frame import VideoFrame

from roomful.media.ports.compositor.outputs.place import AUDIO_RATE, VIDEO_RATE, Naming, Streams
from roomful.media.ports.compositor.outputs.program import Program, Sink
from roomful.media.ports.compositor.outputs.segments import Segments
from roomful.media.ports.compositor.outputs.stills import Stills
from roomful.media.ports.compositor.outputs.stream import Push
from roomful.media.ports.compositor.outputs.whole import WholeFile
from roomful.media.ports.compositor.plan import (
    CompositionPlan,
    FileKind,
    FileOutput,
    ImageOutput,
    Output,
    SegmentOutput,
    StreamOutput,
)
from roomful.media.ports.recorder import disk
from roomful.media.ports.recorder.media_file import Source
from roomful.media.ports.scene.encoder import AudioEncoder, Encoded, VideoEncoder, h264
from roomful.media.ports.scene.voice import Samples
from roomful.media.ports.worker.states import Failed, Reason

log = logging.getLogger(__name__)

_ENCODERS = {"aac": "aac", "opus": "libopus", "mp3": "libmp3lame"}
Key: TypeAlias = tuple[bool, str]
"""Whether there is video, and the audio codec, empty for none."""


class Desk:
    """Takes the pictures and samples of a composition in order, from its beginning on."""

    def __init__(self, plan: CompositionPlan, started_at_ns: int) -> None:
        """
        Raises:
            Failed: a file cannot be made.
        """
        self._plan = plan
        self._started_at = started_at_ns
        self._naming = Naming(plan.room_name, plan.room_id, started_at_ns)
        self._video: VideoEncoder | None = None
        self._audio: dict[str, AudioEncoder] = {}
        self._programs: dict[Key, tuple[Program, list[Sink]]] = {}
        self._samples = 0
        self.files: list[WholeFile] = []
        self.segments: list[Segments] = []
        self.stills: list[Stills] = []
        self.pushes: list[Push] = []
        self.failure: Failed | None = None
        """The first thing that went wrong with an output on the disk."""
        for output in plan.outputs:
            try:
                self._open(output)
            except OSError as error:
                self.close()
                raise self._failed(error, "cannot begin") from error

    @property
    def wants_pictures(self) -> bool:
        return self._video is not None or bool(self.stills)

    @property
    def idle(self) -> bool:
        """Whether nothing is written or sent any more."""
        stills = any(not one.error for one in self.stills)
        return not stills and not any(sink.live for _, sinks in self._programs.values() for sink in sinks)

    def show(self, picture: VideoFrame, number: int, at: int, *, duration: int) -> None:
        """Encode the picture with this number and time, in ns since the beginning."""
        for stills in self.stills:
            if not stills.error:
                try:
                    stills.offer(picture, at)
                except (OSError, ValueError) as error:
                    stills.error = self._give_up(error, "cannot write a still")
        if self._video is None:
            return
        sinks = [sink for (video, _), (_, sinks) in self._programs.items() if video for sink in sinks]
        # All are asked: an answer is given once.
        wanted = [sink.wants_keyframe(at) for sink in sinks]
        for packet in self._video.encode(picture, number, keyframe=any(wanted)):
            shown = Encoded(False, packet.data, packet.at, duration, packet.keyframe)
            self._deliver(shown, "")

    def sound(self, samples: Samples) -> None:
        """Encode the samples that follow those before."""
        self._samples += len(samples)
        for codec, encoder in self._audio.items():
            for packet in encoder.encode(samples):
                self._deliver(packet, codec)

    def add_stream(self, url: str) -> None:
        """Push to this URL too."""
        if not any(push.url == url and push.live for push in self.pushes):
            self._open(StreamOutput(url=url))

    def remove_stream(self, url: str) -> None:
        """Push to this URL no more; what is on its way is sent yet."""
        for push in self.pushes:
            if push.url == url and push.live:
                push.stop()
                for _, sinks in self._programs.values():
                    if push in sinks:
                        sinks.remove(push)

    def leave_disk(self, failure: Failed) -> None:
        """Finish everything that is on the disk, because of this; streams go on."""
        self.failure = self.failure or failure
        for stills in self.stills:
            stills.error = stills.error or str(failure)
        for _, sinks in self._programs.values():
            for sink in [sink for sink in sinks if not isinstance(sink, Push)]:
                sinks.remove(sink)
                sink.error = sink.error or str(failure)
                with contextlib.suppress(OSError, FFmpegError):
                    sink.close()

    def close(self) -> None:
        """Encode what was held back, and finish all outputs, each as well as it can be."""
        for codec, encoder in self._audio.items():
            for packet in encoder.flush():
                self._deliver(packet, codec)
        if self._video is not None:
            for packet in self._video.flush():
                self._deliver(packet, "")
        for program, sinks in self._programs.values():
            for packet in program.flush():
                self._write(packet, sinks)
            for push in sinks:
                if isinstance(push, Push):
                    push.stop()
        for _, sinks in self._programs.values():
            for sink in list(sinks):
                try:
                    sink.close()
                except (OSError, FFmpegError) as error:
                    self._fail(sink, error, sinks)
            sinks.clear()
        for push in self.pushes:
            push.close()

    def _open(self, output: Output) -> None:
        plan = self._plan
        match output:
            case ImageOutput():
                if not plan.audio_only:
                    self.stills.append(Stills(output, self._naming, self._started_at))
                return
            case FileOutput(kind=FileKind.MP4):
                key = self._key(plan.audio_codec)
            case FileOutput():
                key = (False, "opus" if output.kind is FileKind.OGG else "mp3")
            case _:
                key = self._key("aac")
        program, sinks = self._program(key)
        match output:
            case FileOutput():
                sink = WholeFile(output, self._naming, program.streams, self._started_at)
                self.files.append(sink)
            case SegmentOutput():
                sink = Segments(output, self._naming, program.streams, self._started_at)
                self.segments.append(sink)
            case StreamOutput():
                sink = Push(output.url, program.streams, self._started_at)
                self.pushes.append(sink)
        sinks.append(sink)

    def _key(self, audio: str) -> Key:
        return (not self._plan.audio_only, "" if self._plan.video_only else audio)

    def _program(self, key: Key) -> tuple[Program, list[Sink]]:
        if key not in self._programs:
            video, audio = key
            streams = Streams(
                Source(self._video_encoder().template, VIDEO_RATE) if video else None,
                Source(self._audio_encoder(audio).template, AUDIO_RATE) if audio else None,
            )
            self._programs[key] = (Program(streams), [])
        return self._programs[key]

    def _video_encoder(self) -> VideoEncoder:
        plan = self._plan
        if self._video is None:
            every = max(1, round(plan.keyframe_seconds * plan.fps))
            self._video = h264(plan.width, plan.height, plan.fps, plan.video_bitrate, plan.video_profile.value, every)
        return self._video

    def _audio_encoder(self, codec: str) -> AudioEncoder:
        if codec not in self._audio:
            self._audio[codec] = AudioEncoder(_ENCODERS[codec], self._plan.audio_bitrate, position=self._samples)
        return self._audio[codec]

    def _deliver(self, packet: Encoded, codec: str) -> None:
        """Give a packet to all programs it is a part of; `codec` is empty for video."""
        for (video, audio), (program, sinks) in self._programs.items():
            if (audio == codec) if packet.is_audio else video:
                for ready in program.push(packet):
                    # A decoder's run-up, before anything is to be heard; Opus and MP3 count it in their headers.
                    if ready.at < 0 and audio == "aac":
                        continue
                    self._write(ready, sinks)

    def _write(self, packet: Encoded, sinks: list[Sink]) -> None:
        for sink in list(sinks):
            try:
                sink.write(packet)
            except (OSError, FFmpegError) as error:
                self._fail(sink, error, sinks)

    def _fail(self, sink: Sink, error: Exception, sinks: list[Sink]) -> None:
        """An output that cannot be written ends, and the others go on."""
        if sink in sinks:
            sinks.remove(sink)
        sink.error = self._give_up(error, f"cannot write {sink.where}")
        log.error("an output failed", extra={"error": sink.error})
        with contextlib.suppress(OSError, FFmpegError):
            sink.close()

    def _give_up(self, error: Exception, what: str) -> str:
        failure = self._failed(error, what)
        self.failure = self.failure or failure
        return str(failure)

    def _failed(self, error: Exception, what: str) -> Failed:
        full = isinstance(error, OSError) and disk.is_full(error)
        reason = Reason.DISK_FULL if full else Reason.WRITE_FAILED
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return Failed(reason, f"{what}: {why}; what was written before is playable")
