"""LiveKit's Python server SDK manages rooms."""

import pytest
from livekit import api
from livekit.protocol.agent_dispatch import RoomAgentDispatch
from livekit.protocol.room import RoomConfiguration

from tests.protocols.room_service.conftest import Server


async def test_a_created_room_is_listed(livekit_api: api.LiveKitAPI) -> None:
    created = await livekit_api.room.create_room(
        api.CreateRoomRequest(name="meet", empty_timeout=77, max_participants=9, metadata="hello")
    )
    assert created.sid.startswith("RM_")
    assert (created.name, created.empty_timeout, created.max_participants, created.metadata) == ("meet", 77, 9, "hello")
    assert created.departure_timeout == 20
    assert created.creation_time > 1_700_000_000
    listed = await livekit_api.room.list_rooms(api.ListRoomsRequest())
    assert [room.sid for room in listed.rooms] == [created.sid]


async def test_list_by_name_leaves_unknown_names_out(livekit_api: api.LiveKitAPI) -> None:
    for name in ("a", "b"):
        await livekit_api.room.create_room(api.CreateRoomRequest(name=name))
    listed = await livekit_api.room.list_rooms(api.ListRoomsRequest(names=["b", "nowhere"]))
    assert [room.name for room in listed.rooms] == ["b"]


async def test_creating_an_open_room_again_changes_nothing(livekit_api: api.LiveKitAPI) -> None:
    first = await livekit_api.room.create_room(api.CreateRoomRequest(name="meet", metadata="first"))
    second = await livekit_api.room.create_room(api.CreateRoomRequest(name="meet", metadata="second", empty_timeout=1))
    assert (second.sid, second.metadata, second.empty_timeout) == (first.sid, "first", first.empty_timeout)


async def test_egress_of_a_request_is_kept_with_the_room(livekit_api: api.LiveKitAPI, server: Server) -> None:
    egress = api.RoomEgress(
        room=api.RoomCompositeEgressRequest(room_name="of somebody else", layout="grid"),
        tracks=api.AutoTrackEgress(filepath="tracks/{track_id}"),
    )
    await livekit_api.room.create_room(api.CreateRoomRequest(name="meet", egress=egress))
    kept = api.RoomEgress.FromString(server.rooms.with_name("meet").options.attachments["egress"])
    assert kept.tracks.filepath == "tracks/{track_id}"
    assert (kept.room.layout, kept.room.room_name) == ("grid", "meet")


async def test_a_preset_fills_what_the_request_leaves_open(livekit_api: api.LiveKitAPI) -> None:
    room = await livekit_api.room.create_room(
        api.CreateRoomRequest(name="meet", room_preset="town-hall", max_participants=5)
    )
    assert (room.empty_timeout, room.max_participants, room.metadata) == (900, 5, "preset")


async def test_an_unknown_preset_is_refused_and_makes_no_room(livekit_api: api.LiveKitAPI, server: Server) -> None:
    with pytest.raises(api.TwirpError) as refused:
        await livekit_api.room.create_room(api.CreateRoomRequest(name="meet", room_preset="nope"))
    assert refused.value.code == api.TwirpErrorCode.INVALID_ARGUMENT
    assert refused.value.message == "unknown room configuration in create room request"
    assert len(server.rooms) == 0


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (api.CreateRoomRequest(name="x" * 257), "room name length exceeds limits: max length 256"),
        (api.CreateRoomRequest(name=""), "room name cannot be empty"),
    ],
)
async def test_bad_room_names_are_refused(
    livekit_api: api.LiveKitAPI, request_: api.CreateRoomRequest, message: str
) -> None:
    with pytest.raises(api.TwirpError) as refused:
        await livekit_api.room.create_room(request_)
    assert (refused.value.code, refused.value.message) == (api.TwirpErrorCode.INVALID_ARGUMENT, message)


async def test_a_deleted_room_is_gone_and_its_name_makes_a_new_one(livekit_api: api.LiveKitAPI, server: Server) -> None:
    first = await livekit_api.room.create_room(api.CreateRoomRequest(name="meet"))
    server.join("meet", "alice")
    events = server.observe("meet")
    await livekit_api.room.delete_room(api.DeleteRoomRequest(room="meet"))
    assert type(events[0]).__name__ == "RoomClosing"
    assert (await livekit_api.room.list_rooms(api.ListRoomsRequest())).rooms == []
    second = await livekit_api.room.create_room(api.CreateRoomRequest(name="meet"))
    assert second.sid != first.sid


async def test_a_room_can_be_deleted_by_sid(livekit_api: api.LiveKitAPI, server: Server) -> None:
    room = await livekit_api.room.create_room(api.CreateRoomRequest(name="meet"))
    await livekit_api.room.delete_room(api.DeleteRoomRequest(room=room.sid))
    assert len(server.rooms) == 0


async def test_deleting_a_room_that_is_not_there_is_not_found(livekit_api: api.LiveKitAPI) -> None:
    with pytest.raises(api.TwirpError) as refused:
        await livekit_api.room.delete_room(api.DeleteRoomRequest(room="nowhere"))
    assert (refused.value.status, refused.value.code) == (404, api.TwirpErrorCode.NOT_FOUND)
    assert refused.value.message == "requested room does not exist"


async def test_room_metadata_is_replaced_and_cleared(livekit_api: api.LiveKitAPI, server: Server) -> None:
    await livekit_api.room.create_room(api.CreateRoomRequest(name="meet", metadata="old"))
    events = server.observe("meet")
    for metadata in ("new", ""):
        room = await livekit_api.room.update_room_metadata(
            api.UpdateRoomMetadataRequest(room="meet", metadata=metadata)
        )
        assert room.metadata == metadata
    assert [type(event).__name__ for event in events] == ["RoomUpdated", "RoomUpdated"]


async def test_created_rooms_and_their_metadata_are_in_the_database_until_deleted(
    livekit_api: api.LiveKitAPI, server: Server
) -> None:
    await livekit_api.room.create_room(api.CreateRoomRequest(name="meet", metadata="old", max_participants=4))
    await livekit_api.room.update_room_metadata(api.UpdateRoomMetadataRequest(room="meet", metadata="new"))
    [stored] = await server.table.load()
    assert (stored.name, stored.metadata, stored.options.max_participants) == ("meet", "new", 4)
    await livekit_api.room.delete_room(api.DeleteRoomRequest(room="meet"))
    assert await server.table.load() == []


async def test_agents_of_a_request_are_kept_with_the_room(livekit_api: api.LiveKitAPI, server: Server) -> None:
    wish = RoomAgentDispatch(agent_name="greeter", metadata="in French")
    await livekit_api.room.create_room(api.CreateRoomRequest(name="meet", agents=[wish]))
    kept = server.rooms.with_name("meet").options.attachments["agents"]
    assert list(RoomConfiguration.FromString(kept).agents) == [wish]


@pytest.mark.parametrize("wish", [{"deployment": "a b"}, {"metadata": "x" * 70_000}, {"agent_name": "x" * 300}])
async def test_agents_that_there_cannot_be_are_refused_and_make_no_room(
    livekit_api: api.LiveKitAPI, server: Server, wish: dict[str, str]
) -> None:
    with pytest.raises(api.TwirpError) as refused:
        await livekit_api.room.create_room(api.CreateRoomRequest(name="meet", agents=[RoomAgentDispatch(**wish)]))  # type: ignore[arg-type]
    assert refused.value.code == "invalid_argument"
    assert server.rooms.get("meet") is None
