"""Who hears whom, and how loud."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from roomful.media.ports.mixer.plan import VOLUME_DB, MemberPlan, Playback

MAX_STEPS = 4
MAX_GAIN_DB = 20.0

Gains: TypeAlias = Mapping[str, float]
"""Sid of a member or id of a playback → factor; 0 is not heard."""


class Routing:
    """What the members' and the playbacks' settings come to."""

    def __init__(self) -> None:
        self.members: dict[str, MemberPlan] = {}
        """By sid, in the order in which they came."""
        self.playbacks: dict[str, Playback] = {}
        """By id."""

    def usual(self, sounds: Iterable[str]) -> Gains:
        """How loud these are for whoever has no settings and does not speak."""
        return {sid: self._usual(sid) for sid in sounds}

    def gains(self, listener: MemberPlan, sounds: Iterable[str], usual: Gains) -> Gains:
        """How loud these are for one member."""
        return {sid: self._gain(listener, sid, usual[sid]) for sid in sounds}

    def volume(self, steps: int) -> float:
        """The factor of so many steps of volume."""
        return _factor(VOLUME_DB * max(-MAX_STEPS, min(steps, MAX_STEPS)))

    def _usual(self, sid: str) -> float:
        playback = self.playbacks.get(sid)
        if playback is not None:
            return _factor(playback.gain) if playback.to is None else 0.0
        member = self.members[sid]
        return 0.0 if member.mute_audio else self._said(member)

    def _gain(self, listener: MemberPlan, sid: str, usual: float) -> float:
        playback = self.playbacks.get(sid)
        if sid == listener.sid:
            return 0.0
        if playback is not None and playback.to is not None:
            return _factor(playback.gain) if listener.sid in playback.to else 0.0
        if sid in listener.hears:
            gain = listener.hears[sid]
            return 0.0 if gain is None else _factor(gain) * self._said(self.members[sid])
        return 0.0 if listener.deaf else usual

    def _said(self, member: MemberPlan) -> float:
        return self.volume(member.volume_in) * _factor(member.gain)


def _factor(gain: float) -> float:
    return 10 ** (min(gain, MAX_GAIN_DB) / 20) if gain else 1.0
