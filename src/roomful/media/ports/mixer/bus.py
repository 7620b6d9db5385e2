"""What each member hears: all but himself, encoded once for all who hear the same."""

import msgspec
import numpy as np

from roomful.media.ports.mixer.plan import VOLUME_DB, MemberPlan
from roomful.media.ports.scene.encoder import AudioEncoder
from roomful.media.ports.scene.mix import SILENCE, Limiter, add
from roomful.media.ports.scene.voice import Samples

KEEP_OWN = 100
"""Chunks for which a member who fell silent keeps an encoder: decoders hear it when encoders change."""

MAX_STEPS = 4

# Packets are to depend little on those before, because encoders change under the listeners' decoders.
_OPTIONS = {"application": "voip", "packet_loss": "15", "compression_level": "5"}


class _Own(msgspec.Struct):
    """The part of the mix that one member alone hears."""

    encoder: AudioEncoder
    limiter: Limiter
    used: int


class Bus:
    """Mixes chunk by chunk."""

    def __init__(self, bitrate: int) -> None:
        self._bitrate = bitrate
        self._all = AudioEncoder("libopus", bitrate, _OPTIONS)
        self._limiter = Limiter()
        self._own: dict[str, _Own] = {}

    @property
    def encoders(self) -> int:
        """How many encoders run at the moment."""
        return 1 + len(self._own)

    def mix(self, heard: dict[str, Samples], members: dict[str, MemberPlan], chunk: int) -> dict[str, bytes]:
        """Return each member's packet of this chunk. `heard` is what is mixed, without who is muted or too quiet."""
        louder = {sid: _gained(samples, members[sid].volume_in) for sid, samples in heard.items()}
        total = add(louder.values())
        shared = self._packet(self._all, SILENCE if total is None else self._limiter.apply(total))
        packets: dict[str, bytes] = {}
        for sid, member in members.items():
            own = self._own_of(sid, alone=sid in louder or member.deaf or bool(member.volume_out), chunk=chunk)
            if own is None:
                packets[sid] = shared
                continue
            mine = louder.get(sid)
            others = total if total is None or mine is None else total - mine
            if others is None or member.deaf or (mine is not None and len(louder) == 1):
                packets[sid] = self._packet(own.encoder, SILENCE)
            else:
                packets[sid] = self._packet(own.encoder, own.limiter.apply(_gained(others, member.volume_out)))
        return packets

    def forget(self, sid: str) -> None:
        """This member is gone."""
        self._own.pop(sid, None)

    def _own_of(self, sid: str, *, alone: bool, chunk: int) -> _Own | None:
        own = self._own.get(sid)
        if alone:
            if own is None:
                own = self._own[sid] = _Own(AudioEncoder("libopus", self._bitrate, _OPTIONS), Limiter(), chunk)
            own.used = chunk
        elif own is not None and chunk - own.used > KEEP_OWN:
            del self._own[sid]
            return None
        return own

    def _packet(self, encoder: AudioEncoder, samples: Samples) -> bytes:
        # A chunk is a packet, see the frame size of 20 ms.
        return b"".join(packet.data for packet in encoder.encode(samples))


_GAINS = {steps: np.float32(10 ** (steps * VOLUME_DB / 20)) for steps in range(-MAX_STEPS, MAX_STEPS + 1)}


def _gained(samples: Samples, steps: int) -> Samples:
    return samples * _GAINS[max(-MAX_STEPS, min(steps, MAX_STEPS))] if steps else samples
