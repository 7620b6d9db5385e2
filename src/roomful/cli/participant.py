"""`roomful participant`: who is in a room of a running server."""

from typing import Annotated

from cyclopts import App, Parameter
from livekit.protocol import models
from livekit.protocol import room as messages

from roomful.cli.arguments import attributes
from roomful.cli.connection import Connection
from roomful.cli.output import CommandError, done, print_json, print_table
from roomful.cli.room import Json, as_dict, shortened, since

app = App(name="participant", help="List, show, change, mute and remove participants of a running server.")

Room = Annotated[str, Parameter(name=["--room", "-r"])]


@app.command(name="list")
def list_participants(*, room: Room, json: Json = False, connection: Connection | None = None) -> None:
    """List the participants of a room.

    Args:
        room: Name of the room.
        json: Print JSON.
        connection: Which server, and with which key.
    """
    request = messages.ListParticipantsRequest(room=room)
    answer = (connection or Connection()).call(
        "ListParticipants", request, messages.ListParticipantsResponse, room=room
    )
    if json:
        print_json([as_dict(participant) for participant in answer.participants])
        return
    print_table(
        ["identity", "name", "state", "tracks", "here for", "metadata"],
        [
            [
                participant.identity,
                participant.name,
                models.ParticipantInfo.State.Name(participant.state).lower(),
                ", ".join(map(_track, participant.tracks)),
                since(participant.joined_at),
                shortened(participant.metadata),
            ]
            for participant in answer.participants
        ],
        f"Nobody is in {room}.",
    )


@app.command
def get(identity: str, /, *, room: Room, connection: Connection | None = None) -> None:
    """Print everything about a participant, as JSON.

    Args:
        identity: Identity of the participant.
        room: Name of the room.
        connection: Which server, and with which key.
    """
    print_json(as_dict(_get(connection or Connection(), room, identity)))


@app.command
def update(
    identity: str,
    /,
    *,
    room: Room,
    name: str = "",
    metadata: str = "",
    attribute: Annotated[list[str] | None, Parameter(negative=())] = None,
    publish: bool | None = None,
    subscribe: bool | None = None,
    publish_data: bool | None = None,
    update_metadata: bool | None = None,
    hidden: bool | None = None,
    json: Json = False,
    connection: Connection | None = None,
) -> None:
    """Change what a participant is called and may do. What is not given stays as it is.

    Args:
        identity: Identity of the participant.
        room: Name of the room.
        name: New display name.
        metadata: New metadata.
        attribute: New value of an attribute, as key=value; `key=` takes it away. May be repeated.
        publish: Whether it may publish tracks.
        subscribe: Whether it may subscribe to tracks.
        publish_data: Whether it may send data.
        update_metadata: Whether it may change its own name, metadata and attributes.
        hidden: Whether the others see it.
        json: Print JSON.
        connection: Which server, and with which key.
    """
    connection = connection or Connection()
    rights = {
        "can_publish": publish,
        "can_subscribe": subscribe,
        "can_publish_data": publish_data,
        "can_update_metadata": update_metadata,
        "hidden": hidden,
    }
    changed = {right: value for right, value in rights.items() if value is not None}
    pairs = attributes(attribute)
    if not (name or metadata or pairs or changed):
        raise CommandError("nothing to change", "give --name, --metadata, --attribute or a right as --no-publish", 2)
    request = messages.UpdateParticipantRequest(
        room=room, identity=identity, name=name, metadata=metadata, attributes=pairs
    )
    if changed:
        # The server takes a permission as a whole: the rest of it is what it was.
        request.permission.CopyFrom(_get(connection, room, identity).permission)
        for right, value in changed.items():
            setattr(request.permission, right, value)
    participant = connection.call("UpdateParticipant", request, models.ParticipantInfo, room=room)
    if json:
        print_json(as_dict(participant))
    else:
        done(f"{identity} is changed")


@app.command
def remove(identity: str, /, *, room: Room, connection: Connection | None = None) -> None:
    """Send a participant out of a room.

    Args:
        identity: Identity of the participant.
        room: Name of the room.
        connection: Which server, and with which key.
    """
    request = messages.RoomParticipantIdentity(room=room, identity=identity)
    (connection or Connection()).call("RemoveParticipant", request, messages.RemoveParticipantResponse, room=room)
    done(f"{identity} is out of {room}")


@app.command
def mute(
    identity: str,
    /,
    *,
    room: Room,
    track: str = "",
    unmute: Annotated[bool, Parameter(negative=())] = False,
    connection: Connection | None = None,
) -> None:
    """Mute what a participant publishes.

    Args:
        identity: Identity of the participant.
        room: Name of the room.
        track: Sid of the track; without it, the microphone.
        unmute: Unmute it again; the server must allow that (`room.enable_remote_unmute`).
        connection: Which server, and with which key.
    """
    connection = connection or Connection()
    sid = track or _microphone(connection, room, identity)
    request = messages.MuteRoomTrackRequest(room=room, identity=identity, track_sid=sid, muted=not unmute)
    connection.call("MutePublishedTrack", request, messages.MuteRoomTrackResponse, room=room)
    done(f"{sid} of {identity} is {'unmuted' if unmute else 'muted'}")


def _get(connection: Connection, room: str, identity: str) -> models.ParticipantInfo:
    request = messages.RoomParticipantIdentity(room=room, identity=identity)
    return connection.call("GetParticipant", request, models.ParticipantInfo, room=room)


def _microphone(connection: Connection, room: str, identity: str) -> str:
    for track in _get(connection, room, identity).tracks:
        if track.source == models.TrackSource.MICROPHONE:
            return track.sid
    raise CommandError(
        f"{identity} publishes no microphone", "`roomful participant list` shows the tracks; give --track"
    )


def _track(track: models.TrackInfo) -> str:
    source = models.TrackSource.Name(track.source).lower()
    return f"{source} {track.sid}{' (muted)' if track.muted else ''}"
