"""`roomful room`: the rooms of a running server."""

import time
from typing import Annotated
from urllib.parse import quote

from cyclopts import App, Parameter
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from livekit.protocol import models
from livekit.protocol import room as messages
from livekit.protocol.agent_dispatch import RoomAgentDispatch

from roomful.cli.connection import Connection
from roomful.cli.output import done, print_json, print_table
from roomful.config.values import Duration

app = App(name="room", help="Make, list, change, mix and delete rooms of a running server.")

Json = Annotated[bool, Parameter(negative=())]


@app.command
def create(
    name: str,
    /,
    *,
    empty_timeout: Duration | None = None,
    departure_timeout: Duration | None = None,
    max_participants: int = 0,
    metadata: str = "",
    preset: str = "",
    agent: Annotated[list[str] | None, Parameter(negative=())] = None,
    json: Json = False,
    connection: Connection | None = None,
) -> None:
    """Make a room. One that is already there stays as it is.

    Args:
        name: Name of the room.
        empty_timeout: How long it stays open until somebody joins, as 5m.
        departure_timeout: How long it stays open after the last one left.
        max_participants: Most participants; 0 means any number.
        metadata: Metadata of the room.
        preset: One of the server's `room.room_configurations`; what is given here overrides it.
        agent: Agent to send for; may be repeated.
        json: Print JSON.
        connection: Which server, and with which key.
    """
    request = messages.CreateRoomRequest(
        name=name,
        empty_timeout=round(empty_timeout or 0),
        departure_timeout=round(departure_timeout or 0),
        max_participants=max_participants,
        metadata=metadata,
        room_preset=preset,
        agents=[RoomAgentDispatch(agent_name=one) for one in agent or ()],
    )
    room = (connection or Connection()).call("CreateRoom", request, models.Room)
    if json:
        print_json(as_dict(room))
    else:
        done(f"{room.name} is open ({room.sid})")


@app.command(name="list")
def list_rooms(*names: str, json: Json = False, connection: Connection | None = None) -> None:
    """List rooms.

    Args:
        names: Only these rooms.
        json: Print JSON.
        connection: Which server, and with which key.
    """
    request = messages.ListRoomsRequest(names=names)
    rooms = (connection or Connection()).call("ListRooms", request, messages.ListRoomsResponse).rooms
    if json:
        print_json([as_dict(room) for room in rooms])
        return
    print_table(
        ["room", "sid", "participants", "publishing", "open for", "metadata"],
        [
            [
                room.name,
                room.sid,
                str(room.num_participants),
                str(room.num_publishers),
                since(room.creation_time),
                shortened(room.metadata),
            ]
            for room in rooms
        ],
        "No rooms are open.",
    )


@app.command
def update(
    name: str,
    /,
    *,
    metadata: str,
    json: Json = False,
    connection: Connection | None = None,
) -> None:
    """Change the metadata of a room; everybody inside is told.

    Args:
        name: Name of the room.
        metadata: The new metadata; empty takes it away.
        json: Print JSON.
        connection: Which server, and with which key.
    """
    request = messages.UpdateRoomMetadataRequest(room=name, metadata=metadata)
    room = (connection or Connection()).call("UpdateRoomMetadata", request, models.Room, room=name)
    if json:
        print_json(as_dict(room))
    else:
        done(f"the metadata of {name} is {shortened(metadata)!r}")


@app.command
def delete(*names: str, connection: Connection | None = None) -> None:
    """Close rooms; everybody inside is sent out.

    Args:
        names: Names of the rooms.
        connection: Which server, and with which key.
    """
    for name in names:
        request = messages.DeleteRoomRequest(room=name)
        (connection or Connection()).call("DeleteRoom", request, messages.DeleteRoomResponse)
        done(f"{name} is closed")


@app.command
def mix(
    name: str,
    /,
    *,
    layout: str = "",
    stop: Annotated[bool, Parameter(negative=())] = False,
    json: Json = False,
    connection: Connection | None = None,
) -> None:
    """Give everybody in a room one sound and one picture, or change the layout of the picture.

    Args:
        name: Name of the room.
        layout: Layout or group of layouts, as group:grid or 1up_top_left+5; at first the configured one.
        stop: Let everybody get everybody's own tracks again.
        json: Print JSON.
        connection: Which server, and with which key.
    """
    path = f"/api/rooms/{quote(name, safe='')}/mixing"
    if stop:
        (connection or Connection()).ask("DELETE", path, room=name)
        done(f"{name} is mixed no longer")
        return
    info = (connection or Connection()).ask("POST", path, {"layout": layout}, room=name)
    if json:
        print_json(info)
    else:
        done(f"{name} is mixed in the layout {info['layout']}; members: {len(info['members'])}")


def as_dict(message: Message) -> dict[str, object]:
    """The message as the API's JSON has it: snake case, with fields that hold nothing."""
    return MessageToDict(message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)


def since(started: int) -> str:
    """A time span for people, from unix seconds to now."""
    seconds = max(0, int(time.time()) - started)
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= length:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


def shortened(text: str, length: int = 40) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
