"""`roomful participant`: who is in a room of a running server."""

from typing import Annotated

from cyclopts import App, Parameter
from livekit.protocol import models
from livekit.protocol import room as messages

from roomful.cli.connection import Connection
from roomful.cli.output import CommandError, done, print_json, print_table
from roomful.cli.room import Json, as_dict, shortened, since

app = App(name="participant", help="List, remove and mute participants of a running server.")

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


def _microphone(connection: Connection, room: str, identity: str) -> str:
    request = messages.RoomParticipantIdentity(room=room, identity=identity)
    participant = connection.call("GetParticipant", request, models.ParticipantInfo, room=room)
    for track in participant.tracks:
        if track.source == models.TrackSource.MICROPHONE:
            return track.sid
    raise CommandError(
        f"{identity} publishes no microphone", "`roomful participant list` shows the tracks; give --track"
    )


def _track(track: models.TrackInfo) -> str:
    source = models.TrackSource.Name(track.source).lower()
    return f"{source} {track.sid}{' (muted)' if track.muted else ''}"
