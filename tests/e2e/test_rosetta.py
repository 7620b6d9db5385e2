"""A LiveKit client and a client of the room WebSocket in one room: each fact of the one is a fact of the other.

DESIGN §3 has the table; every test is one of its rows.
"""

from collections.abc import AsyncIterator

import pytest
from livekit import api, rtc

from tests.running_server import RunningServer

from .client import Client
from .meeting import Meeting, open_to_all
from .room_client import RoomClient, room_client
from .waiting import until

pytestmark = pytest.mark.timeout(90)


@pytest.fixture
async def meeting(roomful_server: RunningServer) -> AsyncIterator[Meeting]:
    async with open_to_all(roomful_server) as opened:
        yield opened


@pytest.fixture
async def moni(meeting: Meeting) -> AsyncIterator[RoomClient]:
    """The host, over the room WebSocket."""
    async with room_client(meeting.server.ws_url, meeting.name) as client:
        await client.join("moni")
        yield client


@pytest.fixture
async def alice(meeting: Meeting, moni: RoomClient) -> Client:
    """A member, over LiveKit."""
    client = await meeting.join("alice", can_update_own_metadata=True)
    await moni.until("user_joined")
    return client


async def test_join_and_leave(meeting: Meeting, moni: RoomClient) -> None:
    alice = await meeting.join("alice")
    user = (await moni.until("user_joined"))["user"]
    assert (user["user_id"], user["role"], user["protocol"]) == ("alice", "member", "livekit")
    other = await alice.knows("moni")
    assert other.name == "Moni"

    async with room_client(meeting.server.ws_url, meeting.name) as bob:
        joined = await bob.join("bob")
        assert [user["user_id"] for user in joined["users"]] == ["moni", "alice", "bob"]
        await alice.knows("bob")
        await bob.say("leave_room")
        left = await alice.until("participant_disconnected", "bob")
        assert left.details == (rtc.DisconnectReason.CLIENT_INITIATED,)

    await alice.leave()
    left_user = await moni.until("user_left", user_id="alice")
    assert left_user["reason"] == "leave"


async def test_chat(alice: Client, moni: RoomClient, meeting: Meeting) -> None:
    texts = alice.texts("lk.chat")
    await alice.me.send_text("from alice", topic="lk.chat")
    assert (await moni.until("chat", user_id="alice"))["content"] == "from alice"

    await moni.say("chat", content="from moni")
    await until(lambda: ("moni", "from moni") in texts, lambda: f"alice reads it: {texts}")

    async with room_client(meeting.server.ws_url, meeting.name) as late:
        history = (await late.join("late"))["chat_history"]
        assert [message["content"] for message in history] == ["from alice", "from moni"]

    await moni.say("action", op="chat_mute", target_id="alice")
    await moni.until("chat_muted")
    await alice.me.send_text("not allowed", topic="lk.chat")
    await alice.me.publish_data(b'"after"', topic="x")
    await moni.until("custom", data="after")
    assert [message for message in moni.got if message["action"] == "chat"][1:] == []


async def test_data(alice: Client, moni: RoomClient) -> None:
    await alice.me.publish_data(b'{"x": 1}', topic="cursor")
    told = await moni.until("custom")
    assert (told["user_id"], told["data"], told["topic"]) == ("alice", {"x": 1}, "cursor")
    await moni.say("custom", data={"y": 2})
    happened = await alice.until("data_received")
    packet = next(detail for detail in happened.details if isinstance(detail, rtc.DataPacket))
    assert (packet.data, packet.topic) == (b'{"y":2}', "monibuca.custom")


async def test_publish_mute_and_unpublish(alice: Client, moni: RoomClient, meeting: Meeting) -> None:
    microphone = await alice.publish_tone()
    stream = await moni.until("stream_published", kind="audio")
    assert stream["user_id"] == "alice"
    assert stream["stream_path"] == f"room/{meeting.name}/alice"
    assert stream["whep_url"] == f"/webrtc/whep/room/{meeting.name}/alice"
    assert (await moni.until("media_state"))["media"] == {"audio": True, "video": False, "screen": False}

    track = microphone.track
    assert isinstance(track, rtc.LocalAudioTrack)
    track.mute()
    assert (await moni.until("media_state"))["audio"] is False
    track.unmute()
    assert (await moni.until("media_state"))["audio"] is True

    await moni.say("action", op="mute", target_id="alice", params={"kind": "audio"})
    assert (await moni.until("force_mute", on=True))["user_id"] == "alice"
    assert (await moni.until("media_state"))["audio"] is False
    await alice.until("track_muted", "alice")
    track.unmute()
    await alice.me.publish_data(b'"tried"')
    await moni.until("custom", data="tried")
    assert [message for message in moni.got if message["action"] == "media_state"] == [], "she cannot unmute herself"

    await moni.say("action", op="unmute", target_id="alice", params={"kind": "audio"})
    await moni.until("force_mute", on=False)
    track.mute()  # what the SDK may have done by itself when the server muted it
    track.unmute()
    await moni.until("media_state", audio=True)

    await alice.me.unpublish_track(microphone.sid)
    assert (await moni.until("stream_unpublished"))["user_id"] == "alice"


async def test_kick_from_the_room_socket(alice: Client, moni: RoomClient) -> None:
    await moni.say("action", op="kick", target_id="alice")
    gone = await alice.until("disconnected")
    assert rtc.DisconnectReason.PARTICIPANT_REMOVED in gone.details
    assert (await moni.until("user_left"))["reason"] == "kicked"


async def test_kick_from_livekits_api(alice: Client, moni: RoomClient, meeting: Meeting) -> None:
    await meeting.api.room.remove_participant(api.RoomParticipantIdentity(room=meeting.name, identity="moni"))
    assert await moni.close_code() == 4010
    left = await alice.until("participant_disconnected", "moni")
    assert left.details == (rtc.DisconnectReason.PARTICIPANT_REMOVED,)


async def test_ban_holds_for_livekit(alice: Client, moni: RoomClient, meeting: Meeting) -> None:
    await moni.say("action", op="ban", target_id="alice")
    await alice.until("disconnected")
    with pytest.raises(rtc.ConnectError):
        await meeting.join("alice")


async def test_role(alice: Client, moni: RoomClient) -> None:
    await moni.say("action", op="set_role", target_id="alice", params={"role": "viewer"})
    told = await moni.until("user_updated", user_id="alice")
    assert told["changes"]["role"] == "viewer"
    await alice.until("participant_permissions_changed")
    assert alice.me.permissions is not None
    assert not alice.me.permissions.can_publish


async def test_hand_and_name(alice: Client, moni: RoomClient) -> None:
    await alice.me.set_attributes({"hand": "raised"})
    told = await moni.until("user_updated", user_id="alice")
    assert told["changes"]["attributes"] == {"hand": "raised"}
    await alice.me.set_name("Alice A.")
    assert (await moni.until("user_updated", user_id="alice"))["changes"] == {"user_name": "Alice A."}


async def test_lock_and_lobby(moni: RoomClient, meeting: Meeting) -> None:
    await moni.say("action", op="lock", seq=1)
    await moni.until("ack", seq=1)
    with pytest.raises(rtc.ConnectError):
        await meeting.join("bob")
    await moni.say("action", op="unlock", seq=2)
    await moni.until("ack", seq=2)
    await meeting.join("bob")

    await moni.say("action", op="lobby", params={"on": True}, seq=3)
    await moni.until("ack", seq=3)
    eve = await meeting.join("eve")
    assert dict(eve.me.attributes) == {"roomful.lobby": "waiting"}
    assert not eve.me.permissions.can_publish
    assert eve.room.remote_participants == {}
    assert (await moni.until("lobby_user_waiting"))["user"]["user_id"] == "eve"
    await moni.say("chat", content="nobody in the lobby reads this")
    await moni.say("action", op="admit", target_id="eve")
    await eve.until("reconnected")
    await moni.until("user_joined")
    await until(lambda: {"bob", "moni"} <= set(eve.room.remote_participants), "eve sees who is there")
    assert eve.me.permissions.can_publish
    assert "nobody in the lobby reads this" not in str(eve.happened)
    await eve.publish_tone()
    await meeting.clients[0].hears("eve")

    fay = await meeting.join("fay")
    await moni.until("lobby_user_waiting")
    await moni.say("action", op="reject", target_id="fay")
    assert (await fay.until("disconnected")).details == (rtc.DisconnectReason.USER_REJECTED,)
    with pytest.raises(rtc.ConnectError):
        await meeting.join("fay")

    gus = await meeting.join("gus")
    await moni.until("lobby_user_waiting")
    await gus.room.disconnect()
    assert (await moni.until("lobby_user_left", user_id="gus"))["user_id"] == "gus"


async def test_room_metadata(alice: Client, moni: RoomClient, meeting: Meeting) -> None:
    await meeting.api.room.update_room_metadata(api.UpdateRoomMetadataRequest(room=meeting.name, metadata='{"a": 1}'))
    assert (await moni.until("room_updated"))["changes"] == {"metadata": {"a": 1}}
    await moni.say("action", op="announce", params={"text": "welcome"})
    await until(lambda: "welcome" in alice.room.metadata, "alice is told")


async def test_recording(alice: Client, moni: RoomClient) -> None:
    await moni.say("action", op="record", params={"on": True})
    assert (await moni.until("recording_state"))["recording"] is True
    await until(lambda: alice.room.isconnected() and alice.told("room_updated"), "alice is told")
    await moni.say("action", op="record", params={"on": False})
    assert (await moni.until("recording_state", recording=False))["by"] == "moni"

    # One user alone; what is so already is no news.
    for on in (True, False):
        for _ in range(2):
            await moni.say("action", op="record", params={"on": on, "target": "alice"}, seq=7)
            assert (await moni.until("ack", "error", seq=7))["action"] == "ack"
        told = [one for one in moni.got if one["action"] == "recording_state"]
        assert [(one["recording"], one["target"], one["by"]) for one in told] == [(on, "alice", "moni")]
        moni.got.clear()


async def test_close_from_the_room_socket(alice: Client, moni: RoomClient) -> None:
    await moni.say("action", op="close_room")
    gone = await alice.until("disconnected")
    assert rtc.DisconnectReason.ROOM_DELETED in gone.details
    assert (await moni.until("room_closed"))["reason"] == "host"
    assert await moni.close_code() == 4004


async def test_close_from_livekits_api(alice: Client, moni: RoomClient, meeting: Meeting) -> None:
    await meeting.api.room.delete_room(api.DeleteRoomRequest(room=meeting.name))
    assert (await moni.until("room_closed"))["reason"] == "admin"
    assert await moni.close_code() == 4004
    await alice.until("disconnected")
