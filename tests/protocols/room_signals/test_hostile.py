"""Input that is meant to hurt, and bad luck. specs/room-signals.md §12.1, §8.1."""

import asyncio
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roomful.protocols.room_signals.bearers import Bearer
from roomful.protocols.room_signals.decoding import BadSignal, read
from roomful.protocols.room_signals.signals import ACTIONS
from roomful.rooms.model import LeaveReason, TrackKind, TrackSource
from roomful.rooms.options import RoomOptions
from roomful.rooms.participant import JoinRequest
from roomful.rooms.permissions import Permission
from roomful.rooms.tracks import TrackSpec

from .stage import ACTION_OF, ROOM, Client, Stage


async def test_joining_twice_leaves_one_session(stage: Stage) -> None:
    alice, bob = stage.client("alice"), stage.client("bob")
    await alice.join(creating=True)
    await bob.join()
    before = len(bob.got)
    again = await alice.join(ve=False)
    assert (again["pt"], again["pps"][0]["video"]) == ("admin", False)
    assert ("restart", "s-alice") in stage.media.calls
    assert [message["s"] for message in bob.got[before:]] == ["PUBLISH_LIST_CHANGED"]
    assert len(stage.room.participants) == 2


async def test_a_session_is_not_anothers_to_end(stage: Stage) -> None:
    alice, mallory = stage.client("alice"), stage.client("mallory", session_id="s-alice")
    await alice.join(creating=True)
    assert await mallory.code("LEAVE") == 2001
    assert await mallory.code("JOIN", ve=True, ae=True, eg="native") == 2001
    assert await mallory.code("HEARTBEAT") == 2001
    assert await alice.code("HEARTBEAT") == 200


async def test_nobody_takes_the_place_of_somebody_who_speaks_another_protocol(stage: Stage) -> None:
    room = stage.rooms.create(ROOM, RoomOptions(), stage.now)
    room.join(JoinRequest(identity="carol", protocol="livekit"), stage.now)
    mallory = stage.client("mallory", session_id="carol")
    assert await mallory.code("JOIN", ve=True, ae=True, eg="native") == 2001
    assert room.find("carol") is not None


@pytest.mark.parametrize("locked", [False, True])
async def test_a_session_whose_sdk_leaves_is_still_there_if_the_door_is_open(stage: Stage, locked: bool) -> None:
    alice, bob = stage.client("alice"), stage.client("bob")
    await alice.join(creating=True)
    await bob.join()
    sdk = stage.room.join(JoinRequest(identity="s-bob", protocol="livekit"), stage.now)
    stage.room.set_locked(locked, stage.now)
    stage.room.leave(sdk.sid, LeaveReason.CLIENT_INITIATED, stage.now)
    assert [message["s"] for message in bob.told("KICK")] == ["KICK"] * locked
    assert await bob.code("HEARTBEAT") == (4001 if locked else 200)
    here = {one.identity: one.protocol for one in stage.room.participants.values()}
    assert here == {"s-alice": "room_signals"} | ({} if locked else {"s-bob": "room_signals"})


async def test_who_left_is_not_accepted(stage: Stage) -> None:
    alice, bob = stage.client("alice"), stage.client("bob")
    await alice.join(creating=True)
    await bob.join()
    await bob.say("PUBLISH_REQUEST", ve=True, ae=True)
    await bob.say("LEAVE")
    assert await alice.code("PUBLISH_ACCEPT", to="bob") == 4002
    assert (await bob.join())["pt"] == "viewer"


async def test_who_owned_the_room_a_moment_ago_decides_nothing(stage: Stage) -> None:
    alice, bob, carol = (stage.client(name) for name in ("alice", "bob", "carol"))
    await alice.join(creating=True)
    for one in (bob, carol):
        await one.join()
    await alice.say("PUBLISH_ACCEPT", to="bob")
    await carol.say("PUBLISH_REQUEST", ve=True, ae=True)
    for client, name, fields in (
        (alice, "LEAVE", {}),
        (alice, "PUBLISH_ACCEPT", {"to": "carol"}),
        (bob, "PUBLISH_REJECT", {"to": "carol"}),
    ):
        client.connection.on_message(_text(client, name, **fields))
    await stage.settle()
    assert alice.got[-1]["c"] == 4001
    assert carol.got[-1]["s"] == "PUBLISH_REJECT"
    assert bob.list == [("s-bob", "admin")]


async def test_two_who_make_the_same_room(stage: Stage) -> None:
    alice, bob = stage.client("alice"), stage.client("bob")
    fields = {"ve": True, "ae": True, "eg": "native", "op": {"roomCreating": True}}
    alice.connection.on_message(_text(alice, "JOIN", **fields))
    bob.connection.on_message(_text(bob, "JOIN", **fields))
    await stage.settle()
    assert [alice.got[0]["c"], bob.got[0]["c"]] == [200, 4022]


async def test_ten_thousand_sessions_of_one_user_come_and_go(stage: Stage) -> None:
    alice = stage.client("alice")
    await alice.join(creating=True)
    crowd = stage.client("crowd")
    for number in range(10_000):
        crowd.session_id = f"s-{number}"
        crowd.connection.on_message(_text(crowd, "JOIN", ve=False, ae=False, eg="native"))
    assert len(stage.signalling) == 10_001
    assert alice.told("PUBLISH_LIST_CHANGED") == []
    crowd.lose()
    stage.wait(9)
    assert await alice.code("HEARTBEAT") == 200
    stage.wait(3)
    assert len(stage.signalling) == 1
    assert [one.identity for one in stage.room.participants.values()] == ["s-alice"]


async def test_the_ack_of_a_join_comes_first_whatever_it_waits_for(stage: Stage) -> None:
    alice, bob = stage.client("alice"), stage.client("bob")
    await alice.join(creating=True)
    await _send_media(stage, alice)
    stage.media.gate = asyncio.Event()
    assert await bob.say("JOIN", ve=True, ae=True, eg="native") == []
    await alice.say("UPDATE", ve=False)
    await bob.say("HEARTBEAT", bid="1")
    assert bob.got == [], "the session is not past its JOIN"
    stage.media.gate.set()
    await stage.settle()
    assert [message["s"] for message in bob.got] == ["JOIN", "PUBLISH_LIST_CHANGED", "HEARTBEAT"]
    assert bob.got[0]["b"]["es"]["sdps"] == [{"id": "s-alice", "sdp": "offer of s-alice"}]


async def test_a_socket_that_dies_while_its_join_waits(stage: Stage) -> None:
    alice, bob = stage.client("alice"), stage.client("bob")
    await alice.join(creating=True)
    await _send_media(stage, alice)
    stage.media.gate = asyncio.Event()
    await bob.say("JOIN", ve=True, ae=True, eg="native")
    bob.lose()
    stage.media.gate.set()
    await stage.settle()
    assert len(stage.signalling) == 2
    for _ in range(4):
        stage.wait(3)
        await alice.say("HEARTBEAT", bid="1")
    assert len(stage.signalling) == 1


async def test_a_session_that_is_kicked_while_its_join_waits(stage: Stage) -> None:
    alice, bob = stage.client("alice"), stage.client("bob")
    await alice.join(creating=True)
    await _send_media(stage, alice)
    stage.media.gate = asyncio.Event()
    await bob.say("JOIN", ve=True, ae=True, eg="native")
    await alice.say("KICK", to="bob")
    stage.media.gate.set()
    await stage.settle()
    assert [(message["s"], message["c"]) for message in bob.got] == [("JOIN", 4001)]


async def test_of_a_burst_of_updates_the_last_list_is_the_state() -> None:
    stage = Stage(max_publishers=20)
    owner = stage.client("user-0")
    await owner.join(creating=True)
    publishers, viewer = [owner], stage.client("viewer")
    await viewer.join()
    for number in range(1, 20):
        publishers.append(stage.client(f"user-{number}"))
        await publishers[-1].join()
        await owner.say("PUBLISH_ACCEPT", to=f"user-{number}")
    for turn in range(5):
        for number, client in enumerate(publishers):
            client.connection.on_message(_text(client, "UPDATE", ve=bool((turn + number) % 2), ae=bool(number % 3)))
    for client in (*publishers, viewer):
        entries = client.told("PUBLISH_LIST_CHANGED")[-1]["b"]["pps"]
        state = [(entry["userId"], entry["video"], entry["audio"]) for entry in entries]
        assert state == [(f"user-{number}", bool(number % 2), bool(number % 3)) for number in range(20)]


async def test_media_that_fails_is_an_error_of_ours_and_nobody_elses(stage: Stage) -> None:
    stage.media.is_broken = True
    alice = stage.client("alice")
    await alice.join(creating=True)
    assert await alice.code("OFFER", sdp="v=0") == 500
    assert await alice.code("HEARTBEAT") == 200


async def test_who_cannot_be_told_of_its_engine_is_not_in_the_room(stage: Stage) -> None:
    alice = stage.client("alice")
    stage.engines.is_broken = True
    assert await alice.code("JOIN", ve=True, ae=True, eg="agora", op={"roomCreating": True}) == 500
    assert (stage.rooms.get(ROOM), len(stage.signalling)) == (None, 0)
    stage.engines.is_broken = False
    await alice.join(creating=True)
    stage.engines.is_broken = True
    bob = stage.client("bob")
    assert await bob.code("JOIN", ve=True, ae=True, eg="native") == 500
    assert [one.identity for one in stage.room.participants.values()] == ["s-alice"]


async def test_media_of_another_engine_is_not_ours(stage: Stage) -> None:
    alice = stage.client("alice")
    joined = await alice.join(creating=True, eg="agora")
    assert (joined["eg"], joined["pps"][0]["publish"]) == ("agora", True)
    fields = {"OFFER": {"sdp": "v=0"}, "ANSWER": {"sdp": "v=0"}, "ICE": {"sdp": ""}, "WATCH": {"to": "x"}}
    for name, more in {**fields, "SIMULCAST_UPDATE": {"to": "x"}}.items():
        assert await alice.code(name, **more) == 2002, name
    bob = stage.client("bob")
    assert (await bob.join(eg="native"))["eg"] == "agora"


async def test_a_token_says_who_one_is() -> None:
    stage = Stage(allow_user_faking=False)
    alice = stage.client("alice", bearer=Bearer(user_id="bob"))
    assert await alice.code("JOIN", ve=True, ae=True, eg="native", op={"roomCreating": True}) == 2001
    faking = {"roomCreating": True, "userFaking": True}
    assert await alice.code("JOIN", ve=True, ae=True, eg="native", op=faking) == 2001


async def test_a_token_may_be_another_user_where_faking_is_allowed(stage: Stage) -> None:
    alice = stage.client("alice", bearer=Bearer(user_id="bob", name="Bob"))
    assert await alice.code("JOIN", ve=True, ae=True, eg="native", op={"roomCreating": True}) == 2001
    joined = await alice.join(creating=True, op={"userFaking": True})
    assert joined["pps"][0]["username"] == "alice"
    assert await alice.code("HEARTBEAT") == 200


async def test_a_token_for_another_room_or_without_the_right_to_publish(stage: Stage) -> None:
    alice = stage.client("alice", bearer=Bearer(user_id="alice", rooms=frozenset({"elsewhere"})))
    assert await alice.code("JOIN", ve=True, ae=True, eg="native", op={"roomCreating": True}) == 4051
    silent = Permission(can_publish=False)
    bob = stage.client("bob", bearer=Bearer(user_id="bob", permission=silent))
    assert (await bob.join(creating=True))["pt"] == "viewer"
    assert await bob.code("PUBLISH_REQUEST", ve=True, ae=True) == 4051
    carol = stage.client("carol", "p2p", bearer=Bearer(user_id="carol", permission=silent))
    carol.room = "r2"
    await carol.join(creating=True)
    assert await carol.code("OFFER", sdp="v=0") == 4051


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
fields = st.sampled_from(["s", "ch", "rid", "ss", "to", "op", "ve", "ae", "eg", "sdp", "bid", "send_ack", "layer"])
words = st.sampled_from(["m2m", "JOIN", "native", "v=0", *(signal.name for signal in ACTIONS.values())])
signals = st.dictionaries(fields, json_values | words, max_size=8)


@settings(max_examples=300)
@given(action=st.sampled_from(sorted(ACTIONS)) | json_values, data=signals | json_values)
def test_whatever_is_sent_is_a_signal_or_a_refusal(action: Any, data: Any) -> None:
    refusal = _read(msgspec.json.encode({"action": action, "data": data}).decode())
    assert refusal is None or refusal.is_object


@settings(max_examples=200)
@given(text=st.text(max_size=60))
def test_text_that_is_no_signal_is_refused(text: str) -> None:
    assert _read(text) is not None


def _read(text: str) -> BadSignal | None:
    try:
        received = read(text)
    except BadSignal as error:
        return error
    assert received.data["s"] == received.signal.name
    return None


PLAYED = ["JOIN", "CREATE", "LEAVE", "HEARTBEAT", "UPDATE", "KICK", "PUBLISH_REQUEST", "PUBLISH_ACCEPT", "lose", "wait"]
STEPS = st.lists(st.tuples(st.integers(0, 3), st.sampled_from(PLAYED), st.integers(0, 3)), max_size=30)


@settings(max_examples=150)
@given(channel=st.sampled_from(["m2m", "a2m", "p2p", "p2m"]), steps=STEPS)
def test_whatever_happens_the_list_the_room_and_the_sessions_agree(
    channel: str, steps: list[tuple[int, str, int]]
) -> None:
    asyncio.run(_play(channel, steps))


async def _play(channel: str, steps: list[tuple[int, str, int]]) -> None:
    stage = Stage(max_publishers=2)
    # Two sessions of one user, and two users more.
    names = [("ann", "s-0"), ("ann", "s-1"), ("bob", "s-2"), ("cat", "s-3")]
    clients = [stage.client(user, channel, session_id=session) for user, session in names]
    for number, client in enumerate(clients):
        await client.say("JOIN", ve=True, ae=True, eg="native", op={"roomCreating": not number})
    for who, what, whom in steps:
        client, to = clients[who], {"sessionId": names[whom][1]}
        match what:
            case "CREATE":
                await client.say("JOIN", ve=True, ae=True, eg="native", op={"roomCreating": True})
            case "lose":
                client.lose()
                client.connect()
            case "wait":
                stage.wait(4)
            case "KICK" | "PUBLISH_ACCEPT":
                await client.say(what, to=to)
            case _:
                await client.say(what, ve=bool(whom % 2), ae=True)
        _check(stage)
    stage.wait(13)
    assert (len(stage.signalling), stage.rooms.get(ROOM), len(stage.services.wheel)) == (0, None, 4)


def _check(stage: Stage) -> None:
    room = stage.rooms.get(ROOM)
    signals = stage.signalling.room(ROOM)
    if room is None:
        assert signals is None
        return
    assert signals is not None
    assert {one.identity for one in room.participants.values()} == set(signals.sessions)
    for session in signals.sessions.values():
        assert session.participant.permission.can_publish == session.publishes
    entries = msgspec.json.decode(signals.list.encoded)
    assert sorted(entry["id"] for entry in entries) == sorted(
        session.session_id for session in signals.sessions.values() if session.publishes
    )
    assert [entry["role"] for entry in entries[:1]] == ["admin"] * len(entries[:1]), "the oldest owns the room"
    admins = [entry["userId"] for entry in entries if entry["role"] == "admin"]
    assert len(admins) == (1 if entries else 0)
    assert admins == [room.rules.owner_id] * len(admins)


def _text(client: Client, name: str, **fields: Any) -> str:
    return msgspec.json.encode({"action": ACTION_OF[name], "data": client.signal(name, **fields)}).decode()


async def _send_media(stage: Stage, client: Client) -> None:
    sid = stage.room.with_identity(client.session_id).sid
    track = stage.room.publish(sid, TrackSpec(kind=TrackKind.VIDEO, source=TrackSource.CAMERA), stage.now)
    stage.room.bind(track.sid, "video/VP8", "0", stage.now)
    await stage.settle()
