"""HEARTBEATs are read in a way of their own, and answered as if they were not. specs/room-signals.md §6.5, §12."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomful.protocols.room_signals import encode
from roomful.protocols.room_signals.decoding import BadSignal, read, read_heartbeat
from roomful.protocols.room_signals.signals import Heartbeat
from tests.protocols.monibuca.stage import messages

from .stage import Stage

SS = {"userId": "ann", "sessionId": "s-1", "category": "stream", "host": "iOS", "deviceId": "d-1"}
BEAT: dict[str, Any] = {"s": "HEARTBEAT", "ch": "m2m", "rid": "r1", "ss": SS, "bid": "b1", "send_ack": True}
ODD = st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.just([]) | st.just({}) | st.just(SS)
FIELDS = ["s", "ch", "rid", "ss", "bid", "send_ack", "op", "more"]


def fields(signal: Any) -> dict[str, Any]:
    return {name: getattr(signal, name) for name in Heartbeat.__struct_fields__}


def test_the_usual_one_takes_the_short_way() -> None:
    text = msgspec.json.encode({"action": "heartbeat", "data": BEAT}).decode()
    for written in (text, json.dumps({"data": {**BEAT, "uid": "ann"}, "action": "heartbeat"}, indent=1)):
        signal = read_heartbeat(written)
        assert signal is not None
        assert fields(signal) == fields(read(written).signal)


@given(st.dictionaries(st.sampled_from(FIELDS), ODD, max_size=3), st.dictionaries(st.sampled_from([*SS]), ODD))
def test_the_short_way_takes_nothing_that_the_long_one_would_not(odd: dict[str, Any], sender: dict[str, Any]) -> None:
    text = json.dumps({"action": "heartbeat", "data": {**BEAT, "ss": {**SS, **sender}, **odd}})
    signal = read_heartbeat(text)
    if signal is not None:
        try:
            known = read(text).signal
        except BadSignal:
            assert any(ord(character) < 32 or ord(character) == 127 for character in signal.rid) or not signal.rid
        else:
            assert fields(signal) == fields(known)


@pytest.mark.parametrize("rid", ["", "x" * 129, "a\nb", "\x7f"])
async def test_what_is_no_room_id_is_said_to_be_none(stage: Stage, rid: str) -> None:
    ann = stage.client("ann")
    await ann.join(creating=True)
    assert await ann.code("HEARTBEAT", bid="1", rid=rid) == 2001


async def test_a_refusal_repeats_what_was_sent(stage: Stage) -> None:
    ann = stage.client("ann")
    sent = {**ann.signal("HEARTBEAT", bid="1"), "more": [1]}
    (refused,) = await ann.send({"action": "heartbeat", "data": sent})
    assert (refused["c"], refused["b"]["req"]) == (4001, sent)


@given(st.text(max_size=5), st.lists(st.text(max_size=50), max_size=5), st.text(max_size=200))
def test_an_ack_is_one_message_however_long(rid: str, participants: list[str], bid: str) -> None:
    acks = encode.HeartbeatAcks(rid)
    listed = msgspec.Raw(msgspec.json.encode(participants))
    for said in (bid, bid + "é", "x" * 70_000):
        ack = {"c": 200, "s": "HEARTBEAT", "b": {"pps": participants, "rid": rid, "bid": said}}
        assert messages(acks.frame(listed, said)) == [ack]
    assert messages(acks.frame(msgspec.Raw(b"[]"), bid))[0]["b"]["pps"] == []


async def test_an_ack_has_the_list_of_its_moment(stage: Stage) -> None:
    ann, bob = stage.client("ann"), stage.client("bob")
    await ann.join(creating=True)
    await bob.join()
    for named, told in (("nobody", ["s-ann"]), ("bob", ["s-ann", "s-bob"])):
        await ann.say("PUBLISH_ACCEPT", to=named)
        (ack,) = await ann.say("HEARTBEAT", bid="1")
        assert [entry["id"] for entry in ack["b"]["pps"]] == told
