"""What each member hears: all but himself, encoded once for all who hear the same."""

from collections.abc import Mapping

import msgspec
import numpy as np

from roomful.media.ports.encoding import OpusEncoder, Sound
from roomful.media.ports.loudness import level_of
from roomful.media.ports.mixer.routing import Gains, Routing
from roomful.media.ports.scene.mix import SILENCE, Limiter, add
from roomful.media.ports.scene.voice import Samples

KEEP_OWN = 100
"""Chunks for which a member who hears what all hear again keeps an encoder: decoders hear it when encoders change."""

# Packets are to depend little on those before, because encoders change under the listeners' decoders. Of the modes of
# Opus this one waits 4 ms less, and costs the least.
_OPTIONS = {"application": "lowdelay", "packet_loss": "15", "compression_level": "3"}


SETTLED = 10
"""Chunks of silence after which its packets are all the same to a decoder: one of them is sent again and again."""


class _Line:
    """An encoder, which need not run while there is nothing to hear: silence costs it more than voices."""

    def __init__(self, bitrate: int) -> None:
        self._encoder = OpusEncoder(bitrate, _OPTIONS)
        self._silent = 0
        self._silence = Sound(b"", level_of(SILENCE))

    def packet(self, samples: Samples) -> Sound:
        self._silent = self._silent + 1 if samples is SILENCE else 0
        if self._silent > SETTLED:
            return self._silence
        sound = next(self._encoder.encode(samples))
        if self._silent == SETTLED:
            self._silence = sound
        return sound


class _Own(msgspec.Struct):
    """The part of the mix that one member alone hears."""

    line: _Line
    limiter: Limiter
    used: int


class Bus:
    """Mixes chunk by chunk."""

    def __init__(self, bitrate: int, routing: Routing) -> None:
        self._bitrate = bitrate
        self._routing = routing
        self._all = _Line(bitrate)
        self._limiter = Limiter()
        self._own: dict[str, _Own] = {}

    @property
    def encoders(self) -> int:
        """How many encoders run at the moment."""
        return 1 + len(self._own)

    def mix(self, sounds: Mapping[str, Samples], chunk: int) -> dict[str, Sound]:
        """Return each listener's packet of this chunk. `sounds` are the voices and files that are to be heard at all.

        Keys are sids of members and ids of playbacks.
        """
        usual = self._routing.usual(sounds)
        total = add(_gained(samples, gain) for sid, samples in sounds.items() if (gain := usual[sid]))
        shared: Sound | None = None
        packets: dict[str, Sound] = {}
        for sid, member in self._routing.members.items():
            if not member.listens:
                continue
            gains = self._routing.gains(member, sounds, usual)
            volume = self._routing.volume(member.volume_out)
            own = self._own_of(sid, alone=volume != 1 or gains != usual, chunk=chunk)
            if own is None:
                if shared is None:
                    shared = self._all.packet(SILENCE if total is None else self._limiter.apply(total))
                packets[sid] = shared
            else:
                heard = _differently(sounds, total, usual, gains)
                packets[sid] = own.line.packet(SILENCE if heard is None else own.limiter.apply(_gained(heard, volume)))
        return packets

    def forget(self, sid: str) -> None:
        """This member is gone."""
        self._own.pop(sid, None)

    def _own_of(self, sid: str, *, alone: bool, chunk: int) -> _Own | None:
        own = self._own.get(sid)
        if alone:
            if own is None:
                own = self._own[sid] = _Own(_Line(self._bitrate), Limiter(), chunk)
            own.used = chunk
        elif own is not None and chunk - own.used > KEEP_OWN:
            del self._own[sid]
            return None
        return own


def _differently(sounds: Mapping[str, Samples], total: Samples | None, usual: Gains, gains: Gains) -> Samples | None:
    """Return the sum with other gains than the usual ones: few differ, so it is made from the total."""
    if not any(gains.values()):
        return None
    changes = [_gained(samples, change) for sid, samples in sounds.items() if (change := gains[sid] - usual[sid])]
    return add(changes if total is None else [total, *changes])


def _gained(samples: Samples, gain: float) -> Samples:
    return samples if gain == 1 else samples * np.float32(gain)
