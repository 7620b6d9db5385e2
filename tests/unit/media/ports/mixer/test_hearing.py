"""Each member hears all but himself."""

import itertools
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest

from roomful.media.ports.frames import Codec, Stop, TrackEnded
from roomful.media.ports.mixer import MemberPlan
from roomful.media.ports.mixer.bus import Bus
from roomful.media.ports.mixer.routing import Routing
from roomful.media.ports.scene.voice import CHUNK
from tests.unit.media.ports.mixer.listening import Heard
from tests.unit.media.ports.recorder.footage import between, in_order, track
from tests.unit.media.ports.scene.sounds import loudness, tone

Mix = Callable[..., Heard]
TONES = {"PA_1": 400, "PA_2": 700, "PA_3": 1100}
LEVEL = 0.1


def talkers(seconds: float = 2) -> list[Any]:
    tracks = [track(n, Codec.OPUS, session=sid, identity=sid) for n, sid in enumerate(TONES)]
    return [*tracks, *in_order(*(tone(n, seconds, hertz, level=LEVEL) for n, hertz in enumerate(TONES.values())))]


def hears(heard: Heard, member: str, start: float = 0.5, end: float = 1.5) -> dict[str, float]:
    """How loud the member hears the others, in decibels below what they say."""
    sound = heard.sound(member)[int(start * 48000) : int(end * 48000)]
    return {sid: 20 * float(np.log10(max(loudness(sound, hertz), 1e-6) / LEVEL)) for sid, hertz in TONES.items()}


def command(message: msgspec.Struct) -> bytes:
    return msgspec.json.encode(message)


def test_everybody_hears_the_others_and_not_themselves(mix: Mix) -> None:
    heard = mix(talkers(), *TONES)
    for member in TONES:
        levels = hears(heard, member)
        assert levels.pop(member) < -30
        assert list(levels.values()) == pytest.approx([0, 0], abs=3)


def test_a_packet_lasts_20_ms_and_none_is_missing(mix: Mix) -> None:
    heard = mix(talkers(), *TONES)
    frames = heard.frames(heard.number("PA_1"))
    assert {b.rtp_time - a.rtp_time for a, b in itertools.pairwise(frames)} == {960}
    assert len(frames) == pytest.approx(100, abs=10)


def test_listeners_share_one_encoder(mix: Mix) -> None:
    heard = mix(talkers(), *TONES, "PA_listener", "PA_other")
    packets = [[frame.data for frame in heard.frames(heard.number(sid))] for sid in ("PA_listener", "PA_other")]
    assert packets[0] == packets[1]
    assert list(hears(heard, "PA_listener").values()) == pytest.approx([0, 0, 0], abs=3)


def test_an_own_encoder_lasts_as_long_as_it_is_needed() -> None:
    routing = Routing()
    routing.members |= {"PA_1": MemberPlan(sid="PA_1"), "PA_2": MemberPlan(sid="PA_2")}
    bus = Bus(64000, routing)
    noise = np.full((CHUNK, 2), 0.1, np.float32)
    bus.mix({"PA_1": noise}, 0)
    assert bus.encoders == 2
    for chunk in range(1, 110):
        bus.mix({}, chunk)
    assert bus.encoders == 1


def test_who_is_not_a_member_is_not_heard(mix: Mix) -> None:
    assert hears(mix(talkers(), "PA_1", "PA_2"), "PA_1")["PA_3"] < -30


def test_members_come_and_go(mix: Mix) -> None:
    tracks, frames = talkers(3)[:3], talkers(3)[3:]
    heard = mix(
        [
            *tracks,
            *between(frames, 0, 1),
            command(MemberPlan(sid="PA_3")),
            *between(frames, 1, 2),
            b'{"type":"remove_member","sid":"PA_3"}',
            *between(frames, 2, 3),
        ],
        "PA_1",
        "PA_2",
    )
    assert [hears(heard, "PA_1", start, start + 0.5)["PA_3"] > -6 for start in (0.3, 1.3, 2.3)] == [False, True, False]
    assert any(isinstance(one, TrackEnded) for one in heard.records)
    assert isinstance(heard.records[-1], Stop)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"mute_audio": True}, {"PA_1": -99, "PA_3": 0}),
        ({"volume_in": -2}, {"PA_1": -6, "PA_3": 0}),
        ({"volume_in": 2}, {"PA_1": 6, "PA_3": 0}),
        ({"gain": -12.0}, {"PA_1": -12, "PA_3": 0}),
        ({"gain": -120.0}, {"PA_1": -99, "PA_3": 0}),
    ],
)
def test_how_loud_a_member_is_for_others(mix: Mix, settings: dict[str, Any], expected: dict[str, float]) -> None:
    heard = mix([command(MemberPlan(sid="PA_1", **settings)), *talkers()], *TONES)
    levels = hears(heard, "PA_2")
    for sid, level in expected.items():
        if level < -50:
            assert levels[sid] < -30
        else:
            assert levels[sid] == pytest.approx(level, abs=2)


def test_who_hears_whom_can_be_said_for_each_two(mix: Mix) -> None:
    """A supervisor hears all, and is heard by the agent alone; the customer does not hear the agent."""
    agent, customer, supervisor = TONES
    heard = mix(
        [
            command(MemberPlan(sid=supervisor, mute_audio=True)),
            command(MemberPlan(sid=agent, hears={supervisor: -6})),
            command(MemberPlan(sid=customer, hears={agent: None})),
            *talkers(),
        ],
        *TONES,
    )
    assert hears(heard, agent)[customer] == pytest.approx(0, abs=2)
    assert hears(heard, agent)[supervisor] == pytest.approx(-6, abs=2)
    assert max(hears(heard, customer).values()) < -30
    levels = hears(heard, supervisor)
    assert levels.pop(supervisor) < -30
    assert list(levels.values()) == pytest.approx([0, 0], abs=2)


def test_who_is_deaf_hears_whom_it_is_to_hear(mix: Mix) -> None:
    heard = mix([command(MemberPlan(sid="PA_1", deaf=True, hears={"PA_3": 0})), *talkers()], *TONES)
    levels = hears(heard, "PA_1")
    assert levels["PA_3"] == pytest.approx(0, abs=2)
    assert levels["PA_2"] < -30


def test_who_does_not_listen_is_heard_all_the_same(mix: Mix) -> None:
    heard = mix([command(MemberPlan(sid="PA_1", listens=False)), *talkers()], *TONES)
    assert [one.track for one in heard.records if isinstance(one, TrackEnded)] == [heard.number("PA_1")]
    assert not heard.frames(heard.number("PA_1"))
    assert hears(heard, "PA_2")["PA_1"] == pytest.approx(0, abs=2)


@pytest.mark.parametrize(("settings", "level"), [({"deaf": True}, -99), ({"volume_out": -4}, -12)])
def test_how_loud_others_are_for_a_member(mix: Mix, settings: dict[str, Any], level: float) -> None:
    heard = mix([command(MemberPlan(sid="PA_1", **settings)), *talkers()], *TONES)
    if level < -50:
        assert hears(heard, "PA_1")["PA_2"] < -30
    else:
        assert hears(heard, "PA_1")["PA_2"] == pytest.approx(level, abs=2)
    assert hears(heard, "PA_2")["PA_3"] == pytest.approx(0, abs=2), "the others hear as before"


def test_who_is_quieter_than_the_gate_is_not_mixed_unless_wished(mix: Mix) -> None:
    hum = [track(0, Codec.OPUS, session="PA_1"), *tone(0, 2, 400, level=0.002)]
    assert hears(mix(hum, "PA_1", "PA_2"), "PA_2")["PA_1"] < -60
    always = [command(MemberPlan(sid="PA_1", always_mix=True)), *hum]
    assert hears(mix(always, "PA_1", "PA_2"), "PA_2")["PA_1"] == pytest.approx(-34, abs=4)


def test_alone_is_silence(mix: Mix) -> None:
    heard = mix([track(0, Codec.OPUS, session="PA_1"), *tone(0, 1, 400)], "PA_1")
    assert np.abs(heard.sound("PA_1")).max() < 0.001
    packets = [frame.data for frame in heard.frames(heard.number("PA_1"))]
    assert len(set(packets[15:])) == 1, "which is not encoded again and again"
