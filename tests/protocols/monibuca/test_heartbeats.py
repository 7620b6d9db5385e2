"""Heartbeats are read in a way of their own, and answered as if they were not. specs/monibuca-rooms.md §3.3."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomful.protocols.monibuca.messages import Heartbeat, read, read_heartbeat, read_object
from roomful.rooms.extension import RoomApiError

from .stage import ROOM, Stage

BEAT = {"action": "heartbeat", "room_id": ROOM, "user_id": "ann", "ts": 1767225600000, "seq": 7}
ODD = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3) | st.just([])
FIELDS = ["action", "room_id", "user_id", "ts", "seq", "report", "more"]


def fields(message: Any) -> dict[str, Any]:
    return {name: getattr(message, name) for name in Heartbeat.__struct_fields__}


@pytest.mark.parametrize("beat", [{"action": "heartbeat"}, BEAT, {**BEAT, "report": None, "seq": "a"}])
def test_the_usual_one_takes_the_short_way(beat: dict[str, Any]) -> None:
    text = json.dumps(beat)
    message = read_heartbeat(text)
    assert message is not None
    assert fields(message) == fields(read(read_object(text)))


@given(st.dictionaries(st.sampled_from(FIELDS), ODD, max_size=4))
def test_the_short_way_takes_nothing_that_the_long_one_would_not(odd: dict[str, Any]) -> None:
    text = json.dumps({**BEAT, **odd})
    message = read_heartbeat(text)
    if message is not None:
        assert fields(message) == fields(read(read_object(text)))


async def test_a_heartbeat_is_answered_with_the_clients_time(stage: Stage) -> None:
    ann = await stage.member("ann")
    ann.forget()
    await ann.say("heartbeat", ts=5, seq="x", room_id=ROOM)
    answer, ack = ann.got
    assert answer == {"action": "heartbeat_ack", "room_id": ROOM, "ts": round(stage.now * 1000), "client_ts": 5}
    assert (ack["action"], ack["for"], ack["seq"]) == ("ack", "heartbeat", "x")


@pytest.mark.parametrize("wrong", [{"room_id": "other"}, {"user_id": "bob"}, {"ts": "now"}, {"report": []}])
async def test_a_wrong_one_is_refused_by_its_number_and_counts_for_nothing(stage: Stage, wrong: dict[str, Any]) -> None:
    ann = await stage.member("ann")
    await ann.say("heartbeat", seq=9, **wrong)
    refused = ann.last("error")
    assert (refused["for"], refused["code"], refused["seq"]) == ("heartbeat", 40003, 9)
    assert not ann.told("heartbeat_ack")


async def test_what_is_nested_too_deeply_is_no_heartbeat(stage: Stage) -> None:
    ann = await stage.member("ann")
    for depth in (101, 5000):
        await ann.say_raw('{"action":"heartbeat","more":' + "[" * depth + "]" * depth + "}")
        assert ann.refusal() == 40001


def test_what_is_no_message_is_no_heartbeat() -> None:
    for text in ('"heartbeat"', '{"action":"heartbeat"', '{"action":"chat","content":"\\"heartbeat\\""}'):
        assert read_heartbeat(text) is None
    with pytest.raises(RoomApiError):
        read_object('"heartbeat"')
