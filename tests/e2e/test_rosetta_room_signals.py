"""Room Signals in one room with LiveKit clients and clients of the room WebSocket.

DESIGN §3 has the table; every test is one of its rows.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from livekit import api, rtc

from tests.running_server import RunningServer

from .meeting import Meeting, open_to_all
from .room_client import RoomClient, room_client
from .signals_client import SignalsClient, signals_client
from .waiting import until

pytestmark = pytest.mark.timeout(90)

Join = Callable[[str], Awaitable[SignalsClient]]


@pytest.fixture
async def meeting(roomful_server: RunningServer) -> AsyncIterator[Meeting]:
    async with open_to_all(roomful_server) as opened:
        yield opened


@pytest.fixture
async def connect(meeting: Meeting) -> AsyncIterator[Join]:
    """Opens a connection of Room Signals for the meeting's room."""
    async with AsyncExitStack() as stack:

        async def open_one(user_id: str) -> SignalsClient:
            return await stack.enter_async_context(signals_client(meeting.server.ws_url, meeting.name, user_id))

        yield open_one


@pytest.fixture
async def sig(connect: Join) -> SignalsClient:
    """The owner, over Room Signals."""
    client = await connect("sig")
    await client.join(creating=True)
    return client


@pytest.fixture
async def moni(meeting: Meeting) -> AsyncIterator[RoomClient]:
    async with room_client(meeting.server.ws_url, meeting.name) as client:
        yield client


async def test_join_and_leave(meeting: Meeting, sig: SignalsClient, moni: RoomClient) -> None:
    alice = await meeting.join("alice")
    entries = await sig.list("sig", "alice")
    assert (entries[1]["role"], entries[1]["publish"], entries[1]["host"]) == ("publisher", False, "Server")
    assert (await alice.knows("s-sig")).name == "sig"
    joined = await moni.join("moni")
    assert [(user["user_id"], user["role"]) for user in joined["users"]] == [
        ("sig", "host"),
        ("alice", "member"),
        ("moni", "member"),
    ]
    await sig.list("sig", "alice", "moni")
    await moni.say("leave_room")
    await sig.list("sig", "alice")
    await alice.leave()
    await sig.list("sig")


async def test_a_room_of_another_protocol_is_joined(meeting: Meeting, connect: Join) -> None:
    alice = await meeting.join("alice")
    bob = await connect("bob")
    joined = await bob.join()
    assert (joined["pt"], [entry["userId"] for entry in joined["pps"]]) == ("viewer", ["alice"])
    assert (await alice.knows("s-bob")).name == "bob"
    carol = await connect("carol")
    assert (await carol.ask("JOIN", ve=True, ae=True, eg="native", op={"roomCreating": True}))["c"] == 4022
    carol.channel = "p2p"
    assert (await carol.ask("JOIN", ve=True, ae=True, eg="native"))["c"] == 2002
    # Nobody is here who could be asked.
    await bob.say("PUBLISH_REQUEST", ve=True, ae=True)
    assert (await bob.until("PUBLISH_ACCEPT"))["ss"]["userId"] == "server"
    entries = await bob.list("alice", "bob")
    assert [entry["role"] for entry in entries] == ["publisher", "publisher"], "the room is not Room Signals' own"
    assert (await bob.ask("KICK", to="alice"))["c"] == 4051
    await bob.say("LEAVE")
    left = await alice.until("participant_disconnected", "s-bob")
    assert left.details == (rtc.DisconnectReason.CLIENT_INITIATED,)


async def test_publish_and_mute_over_livekit(meeting: Meeting, sig: SignalsClient) -> None:
    alice = await meeting.join("alice")
    await sig.list("sig", "alice")
    microphone = await alice.publish_tone()
    entries = await sig.list("sig", "alice")
    assert (entries[1]["publish"], entries[1]["audio"], entries[1]["video"]) == (True, True, False)
    track = microphone.track
    assert isinstance(track, rtc.LocalAudioTrack)
    track.mute()
    assert (await sig.list("sig", "alice"))[1]["audio"] is False
    track.unmute()
    assert (await sig.list("sig", "alice"))[1]["audio"] is True
    await alice.me.unpublish_track(microphone.sid)
    assert (await sig.list("sig", "alice"))[1]["publish"] is False


async def test_update_and_media_state(sig: SignalsClient, moni: RoomClient) -> None:
    await moni.join("moni")
    await sig.say("UPDATE", ve=False)
    told = await moni.until("media_state", user_id="sig", video=False)
    assert told["media"] == {"audio": True, "video": False, "screen": False}
    await sig.list("sig", "moni")
    await moni.say("media_state", audio=True)
    entries = await sig.list("sig", "moni")
    while not entries[1]["audio"]:
        entries = await sig.list("sig", "moni")


async def test_a_host_mutes_a_session(moni: RoomClient, connect: Join) -> None:
    await moni.join("moni")
    bob = await connect("bob")
    await bob.join()
    await moni.say("action", op="set_role", target_id="bob", params={"role": "member"})
    assert (await bob.until("PUBLISH_ACCEPT"))["ss"]["userId"] == "server"
    entries = await bob.list("moni", "bob")
    assert [entry["role"] for entry in entries] == ["admin", "publisher"]
    assert entries[1]["audio"]
    await moni.say("action", op="mute", target_id="bob", params={"kind": "audio"})
    assert not (await bob.list("moni", "bob"))[1]["audio"]
    await bob.say("UPDATE", ae=False)
    assert (await bob.ask("UPDATE", ae=True))["c"] == 4051
    await moni.say("action", op="set_role", target_id="bob", params={"role": "viewer"})
    await bob.list("moni")
    assert (await bob.ask("UPDATE", ae=False))["c"] == 4051


async def test_a_raised_hand_is_answered_by_a_host(meeting: Meeting, moni: RoomClient, connect: Join) -> None:
    await moni.join("moni")
    bob = await connect("bob")
    assert (await bob.join())["pps"][0]["role"] == "admin"
    await bob.say("PUBLISH_REQUEST", ve=True, ae=True)
    told = await moni.until("user_updated", user_id="bob")
    assert told["changes"]["attributes"]["hand"] == "raised"
    # A backend lowers it: no.
    await meeting.api.room.update_participant(
        api.UpdateParticipantRequest(room=meeting.name, identity="s-bob", attributes={"hand": ""})
    )
    assert (await bob.until("PUBLISH_REJECT"))["to"] == {"userId": "bob", "sessionId": "s-bob"}
    await bob.say("PUBLISH_REQUEST", ve=False, ae=True)
    await moni.until("user_updated", user_id="bob")
    await moni.say("action", op="set_role", target_id="bob", params={"role": "member"})
    await bob.until("PUBLISH_ACCEPT")
    entry = (await bob.list("moni", "bob"))[1]
    assert (entry["video"], entry["audio"]) == (False, True)


async def test_a_hand_raised_over_livekit_is_a_request(meeting: Meeting, sig: SignalsClient) -> None:
    alice = await meeting.join("alice", can_publish=False, can_update_own_metadata=True)
    await alice.knows("s-sig")
    await alice.me.set_attributes({"hand": "raised"})
    request = await sig.until("PUBLISH_REQUEST", ack=False)
    assert request["ss"]["sessionId"] == "alice"
    await sig.say("PUBLISH_ACCEPT", to=request["ss"]["userId"])
    assert [entry["role"] for entry in await sig.list("sig", "alice")] == ["admin", "publisher"]
    await alice.until("participant_permissions_changed")
    assert alice.me.permissions is not None
    assert alice.me.permissions.can_publish
    await until(lambda: "hand" not in alice.me.attributes, "her hand is down")


async def test_kick_from_room_signals(meeting: Meeting, sig: SignalsClient, moni: RoomClient) -> None:
    alice = await meeting.join("alice")
    await moni.join("moni")
    await sig.list("sig", "alice", "moni")
    await sig.say("KICK", to={"sessionId": "alice"})
    gone = await alice.until("disconnected")
    assert rtc.DisconnectReason.PARTICIPANT_REMOVED in gone.details
    assert (await moni.until("user_left", user_id="alice"))["reason"] == "kicked"
    await sig.say("KICK", to="moni")
    assert (await moni.until("kicked"))["by"] == "sig"
    assert await moni.close_code() == 4010
    await sig.list("sig")


async def test_kick_from_livekits_api(meeting: Meeting, sig: SignalsClient, connect: Join) -> None:
    alice, bob = await meeting.join("alice"), await connect("bob")
    await bob.join()
    await sig.say("PUBLISH_ACCEPT", to="bob")
    await bob.list("sig", "alice", "bob")
    await meeting.api.room.remove_participant(api.RoomParticipantIdentity(room=meeting.name, identity="s-sig"))
    kick = await sig.until("KICK", ack=False)
    assert (kick["ss"]["userId"], kick["to"]) == ("server", {"userId": "sig", "sessionId": "s-sig"})
    assert (await sig.ask("HEARTBEAT", bid="1"))["c"] == 4001
    left = await alice.until("participant_disconnected", "s-sig")
    assert left.details == (rtc.DisconnectReason.PARTICIPANT_REMOVED,)
    assert {entry["userId"] for entry in await bob.list("alice", "bob")} == {"alice", "bob"}


async def test_the_next_owner_is_host_to_others(sig: SignalsClient, moni: RoomClient, connect: Join) -> None:
    await moni.join("moni")
    bob = await connect("bob")
    await bob.join()
    await sig.say("LEAVE")
    await bob.list("moni")
    await bob.say("PUBLISH_REQUEST", ve=True, ae=True)
    assert [entry["role"] for entry in await bob.list("moni", "bob")] == ["publisher", "admin"]
    assert (await moni.until("user_updated", user_id="bob"))["changes"]["role"] == "host"


async def test_name(meeting: Meeting, sig: SignalsClient) -> None:
    await meeting.api.room.update_participant(
        api.UpdateParticipantRequest(
            room=meeting.name, identity="s-sig", name="Sigrid", attributes={"fullname": "S. S."}
        )
    )
    entries = await sig.list("sig")
    assert (entries[0]["username"], entries[0]["fullname"]) == ("Sigrid", "S. S.")


async def test_lock_and_ban_hold(moni: RoomClient, connect: Join) -> None:
    await moni.join("moni")
    bob = await connect("bob")
    await bob.join()
    await moni.say("action", op="lock", seq=1)
    await moni.until("ack", seq=1)
    carol = await connect("carol")
    assert (await carol.ask("JOIN", ve=True, ae=True, eg="native"))["c"] == 4051
    await moni.say("action", op="ban", target_id="bob")
    await bob.until("KICK", ack=False)
    assert (await bob.ask("JOIN", ve=True, ae=True, eg="native"))["c"] == 4051


async def test_chat(meeting: Meeting, moni: RoomClient, connect: Join) -> None:
    """All three write and read each other, to all and to one; who has not asked for it sees nothing."""
    sig, unaware = await connect("sig"), await connect("unaware")
    assert (await sig.join(creating=True, chat=True))["chat"] == []
    await unaware.join()
    await moni.join("moni")
    alice = await meeting.join("alice")
    texts = alice.texts("lk.chat")

    assert (await sig.ask("CHAT", msg="from sig"))["c"] == 200
    told = await moni.until("chat", user_id="sig")
    assert (told["content"], told["user_name"]) == ("from sig", "sig")
    await until(lambda: ("s-sig", "from sig") in texts, lambda: f"alice reads it: {texts}")
    await moni.say("chat", content="from moni", type="emoji")
    told = await sig.until("CHAT", ack=False)
    assert (told["ss"]["userId"], told["msg"], told["type"]) == ("moni", "from moni", "emoji")
    await alice.me.send_text("from alice", topic="lk.chat")
    told = await sig.until("CHAT", ack=False)
    assert (told["ss"]["sessionId"], told["ss"]["host"], told["msg"]) == ("alice", "Server", "from alice")

    # To one.
    await alice.me.send_text("for sig", topic="lk.chat", destination_identities=["s-sig"])
    assert (await sig.until("CHAT", ack=False))["to"] == "sig"
    await moni.say("chat", content="for sig too", to="sig")
    assert (await sig.until("CHAT", ack=False))["msg"] == "for sig too"
    await sig.ask("CHAT", msg="for alice", to="alice")
    await until(lambda: ("s-sig", "for alice") in texts, lambda: f"alice reads it: {texts}")
    await sig.ask("CHAT", msg="for moni", to={"sessionId": "moni"})
    assert (await moni.until("chat", content="for moni"))["to"] == "moni"

    late = await connect("late")
    history = (await late.join(chat=True))["chat"]
    assert [message["msg"] for message in history] == ["from sig", "from moni", "from alice"]
    assert (await unaware.ask("HEARTBEAT", bid="1"))["c"] == 200
    assert [message for message in unaware.got if message["s"] == "CHAT"] == []


async def test_a_session_that_a_livekit_sdk_goes_on_for_writes_to_all(meeting: Meeting, connect: Join) -> None:
    sig = await connect("sig")
    await sig.join(creating=True, chat=True)
    sdk, alice = await meeting.join("s-sig", token=meeting.token("s-sig")), await meeting.join("alice")
    await sdk.knows("alice")
    texts = alice.texts("lk.chat")
    assert (await sig.ask("CHAT", msg="hello"))["c"] == 200
    await until(lambda: texts == [("s-sig", "hello")], lambda: f"alice reads it once: {texts}")


async def test_close(meeting: Meeting, sig: SignalsClient, connect: Join) -> None:
    bob = await connect("bob")
    await bob.join()
    await meeting.api.room.delete_room(api.DeleteRoomRequest(room=meeting.name))
    for client in (sig, bob):
        assert (await client.until("KICK", ack=False))["ss"]["userId"] == "server"
        assert (await client.ask("HEARTBEAT", bid="1"))["c"] == 4001


async def test_a_livekit_sdk_goes_on_for_a_session(meeting: Meeting, sig: SignalsClient, connect: Join) -> None:
    bob = await connect("bob")
    await bob.join()
    sdk = await meeting.join("s-bob", token=meeting.token("s-bob"))
    await sdk.knows("s-sig")
    assert (await bob.ask("HEARTBEAT", bid="1"))["c"] == 200
    assert sdk.me.permissions is not None
    await sig.say("PUBLISH_ACCEPT", to="bob")
    await bob.until("PUBLISH_ACCEPT")
    await until(lambda: sdk.me.permissions is not None and sdk.me.permissions.can_publish, "the SDK may publish")
    await sdk.publish_tone()
    entries = await sig.list("sig", "bob")
    while not entries[1]["publish"]:
        entries = await sig.list("sig", "bob")
    assert [entry["id"] for entry in entries] == ["s-sig", "s-bob"], "one person, whatever it sends by"
    await sdk.leave()
    assert not (await sig.list("sig", "bob"))[1]["publish"]
    assert (await bob.ask("HEARTBEAT", bid="2"))["c"] == 200
    await bob.say("LEAVE")
    await sig.list("sig")
