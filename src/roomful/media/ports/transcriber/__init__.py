"""What is said in a room as text: audio in, utterances to an ASR service, texts out, in a process of their own.

    intake     bytes of the pipe → records (`media.ports.worker`)
    session    records → tracks
    ear        packets of a track → sound
    utterances sound → what was said without a pause (`voice_activity`)
    asr        utterances → text, by a service that may be slow, wrong or gone

Whatever the service does, the worker goes on; its status says how the service is doing.
"""

from roomful.media.ports.transcriber.plan import Backend, TranscriptionPlan
from roomful.media.ports.transcriber.process import Transcriber, TranscriberFailed
from roomful.media.ports.transcriber.states import Lost, Service, Status, Text

__all__ = [
    "Backend",
    "Lost",
    "Service",
    "Status",
    "Text",
    "Transcriber",
    "TranscriberFailed",
    "TranscriptionPlan",
]
