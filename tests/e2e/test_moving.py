"""Real clients go from room to room, and appear in several, without a new connection."""

import socket
from pathlib import Path
from typing import cast

import httpx
from livekit import api, rtc

from tests.running_server import free_port, loopback_config, running_server

from .client import Client
from .meeting import Meeting
from .modes import in_both_modes
from .showing import BLUE, RED
from .waiting import until


def elsewhere(meeting: Meeting) -> str:
    return f"{meeting.name} too"


async def join_elsewhere(meeting: Meeting, identity: str) -> Client:
    return await meeting.join(identity, room=elsewhere(meeting))


async def move(meeting: Meeting, identity: str, source: str, target: str) -> None:
    request = api.MoveParticipantRequest(room=source, identity=identity, destination_room=target)
    await meeting.api.room.move_participant(request)


@in_both_modes
async def test_a_moved_participant_takes_its_media_along(meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    carol = await join_elsewhere(meeting, "carol")
    await alice.publish_tone(450)
    await alice.publish_picture(RED)
    await bob.publish_tone(900)
    await carol.publish_tone(1350)
    await carol.publish_picture(BLUE)
    await bob.sees("alice", RED)
    await alice.hears("bob", 900)

    await move(meeting, "alice", meeting.name, elsewhere(meeting))
    await alice.until("moved")
    await bob.until("participant_disconnected", "alice")
    await carol.sees("alice", RED)
    await carol.hears("alice", 450)
    await alice.sees("carol", BLUE)
    await alice.hears("carol", 1350)
    assert "bob" not in alice.room.remote_participants
    assert not alice.told("reconnecting")
    assert not alice.told("disconnected")

    # What it publishes afterwards is in the new room, too, and its data.
    await alice.publish_picture(BLUE, "second")
    await carol.sees("alice", BLUE, "second")
    read = carol.texts("greeting")
    await alice.me.send_text("hello", topic="greeting")
    await until(lambda: read, "carol reads what alice writes")
    assert read == [("alice", "hello")]

    # The room that it came from closes; it goes on, and back.
    await meeting.api.room.delete_room(api.DeleteRoomRequest(room=meeting.name))
    await bob.until("disconnected")
    await carol.sees("alice", RED)
    dave = await meeting.join("dave")
    mark = alice.mark()
    await move(meeting, "alice", elsewhere(meeting), meeting.name)
    await alice.until("moved", since=mark)
    await dave.sees("alice", RED)
    await dave.hears("alice", 450)


@in_both_modes
async def test_a_forwarded_participant_is_seen_in_both_rooms(meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    carol = await join_elsewhere(meeting, "carol")
    await alice.publish_picture(RED)
    await meeting.api.room.forward_participant(
        api.ForwardParticipantRequest(room=meeting.name, identity="alice", destination_room=elsewhere(meeting))
    )
    await carol.sees("alice", RED)
    await alice.publish_tone(450)
    await carol.hears("alice", 450)
    await bob.sees("alice", RED)

    await meeting.api.room.remove_participant(api.RoomParticipantIdentity(room=elsewhere(meeting), identity="alice"))
    await carol.until("participant_disconnected", "alice")
    await carol.sees_nothing("alice")
    await bob.sees("alice", RED)
    assert not alice.told("disconnected")


@in_both_modes
async def test_a_method_of_a_participant_is_called(meeting: Meeting) -> None:
    alice = await meeting.join("alice")

    async def greet(invocation: rtc.RpcInvocationData) -> str:
        if invocation.payload == "nobody":
            raise rtc.RpcError(404, "who?", "data")
        return f"hello {invocation.payload} from {invocation.caller_identity != ''}"

    alice.me.register_rpc_method("greet", greet)
    token = meeting.token("admin", room_join=False, room_admin=True)
    address = f"{meeting.server.http_url}/twirp/livekit.RoomService/PerformRpc"

    async def call(payload: str, method: str = "greet") -> dict[str, str]:
        body = {"room": meeting.name, "destinationIdentity": "alice", "method": method, "payload": payload}
        answer = await http.post(address, json=body, headers={"authorization": f"Bearer {token}"})
        return answer.json()

    async with httpx.AsyncClient() as http:
        assert await call("bob") == {"payload": "hello bob from True"}
        assert await call("nobody") == {"code": "internal", "msg": "RpcError 404: who?: data"}
        assert (await call("x", "unknown"))["code"] == "invalid_argument"


async def test_between_shards_a_participant_joins_the_other_room_anew(tmp_path: Path) -> None:
    settings = loopback_config()
    udp = free_port(socket.SOCK_DGRAM)
    settings["rtc"] = {**cast(dict[str, object], settings["rtc"]), "udp_port": f"{udp}-{udp + 1}"}
    async with running_server(tmp_path, settings) as server:
        meeting = Meeting(server)
        try:
            # Rooms go round the shards: of three, the outer ones are on the same.
            rooms = [meeting.name, f"{meeting.name} 2", f"{meeting.name} 3"]
            alice = await meeting.join("alice")
            watchers = [await meeting.join("bob", room=room) for room in rooms]
            await alice.publish_picture(RED)
            await watchers[0].sees("alice", RED)
            await move(meeting, "alice", rooms[0], rooms[2])
            await alice.until("moved")
            await watchers[2].sees("alice", RED)
            await move(meeting, "alice", rooms[2], rooms[1])
            await alice.until("reconnected")
            await watchers[1].sees("alice", RED)
            assert alice.room.name == rooms[1]
        finally:
            await meeting.close()
