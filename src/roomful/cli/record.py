"""`roomful record`: recordings and streams of rooms of a running server."""

import time
from typing import Annotated, Literal
from urllib.parse import quote

from cyclopts import App, Parameter
from livekit.protocol import egress as messages
from rich.text import Text

from roomful.cli.arguments import seconds
from roomful.cli.connection import Connection
from roomful.cli.output import CommandError, done, out, print_json, print_table
from roomful.cli.room import Json, as_dict, since

app = App(name="record", help="Record rooms, participants and tracks of a running server.")

SERVICE = "Egress"

_WAIT_SECONDS = 0.5
_STOP_SECONDS = 60.0

_HLS = messages.SegmentedFileOutput(
    filename_prefix="{room_name}-{time}", live_playlist_name="{room_name}-{time}-live.m3u8"
)

Flag = Annotated[bool, Parameter(negative=())]


@app.command
def start(
    room: str,
    /,
    *,
    participant: str = "",
    screen: Flag = False,
    track: str = "",
    audio_only: Flag = False,
    layout: Literal["grid", "speaker", "single-speaker"] = "grid",
    file: str = "",
    hls: Flag = False,
    stream: Annotated[tuple[str, ...], Parameter(name="--stream", negative=())] = (),
    json: Json = False,
    connection: Connection | None = None,
) -> None:
    """Start to record a room, one participant or one track, into a file on the server.

    A participant and a track are recorded as they are encoded; a room is composed into one picture and one sound.

    Args:
        room: Name of the room.
        participant: Only this participant: camera and microphone.
        screen: With --participant: the screen, in place of the camera.
        track: Only the track with this sid.
        audio_only: Of the room, only the sound.
        layout: Of the room: how the pictures are arranged.
        file: Path below the server's folder of recordings; {room_name}, {time} and so on are filled in.
        hls: Of the room, in place of a file: HLS, to be watched in browsers while it is recorded and afterwards.
        stream: Push the room to this RTMP address too; may be given several times.
        json: Print JSON.
        connection: Which server, and with which key.
    """
    if participant and track:
        raise CommandError("a participant or a track, not both", status=2)
    if (participant or track) and (stream or audio_only or hls):
        raise CommandError("--stream, --hls and --audio-only are for whole rooms", status=2)
    connection = connection or Connection()
    if track:
        output = messages.DirectFileOutput(filepath=file)
        request = messages.TrackEgressRequest(room_name=room, track_id=track, file=output)
        info = _call(connection, "StartTrackEgress", request)
    elif participant:
        request = messages.ParticipantEgressRequest(
            room_name=room,
            identity=participant,
            screen_share=screen,
            file_outputs=[messages.EncodedFileOutput(filepath=file)],
        )
        info = _call(connection, "StartParticipantEgress", request)
    else:
        # Who names a stream or HLS alone wants no file.
        files = [messages.EncodedFileOutput(filepath=file)] if file or not (stream or hls) else []
        request = messages.RoomCompositeEgressRequest(
            room_name=room,
            layout=layout,
            audio_only=audio_only,
            file_outputs=files,
            stream_outputs=[messages.StreamOutput(urls=stream)] if stream else [],
            segment_outputs=[_HLS] if hls else [],
        )
        info = _call(connection, "StartRoomCompositeEgress", request)
    if json:
        print_json(as_dict(info))
    else:
        done(f"{room} is being recorded ({info.egress_id}); `roomful record stop {info.egress_id}` ends it")
        if hls:
            done(
                f"`roomful record link {info.egress_id}` tells where to watch it, as soon as there is something to see"
            )


@app.command
def stop(*egresses: str, json: Json = False, connection: Connection | None = None) -> None:
    """End recordings, and wait until their files are finished.

    Args:
        egresses: Their ids, EG_….
        json: Print JSON.
        connection: Which server, and with which key.
    """
    connection = connection or Connection()
    for egress_id in egresses:
        _call(connection, "StopEgress", messages.StopEgressRequest(egress_id=egress_id))
    ended = [_ended(connection, egress_id) for egress_id in egresses]
    if json:
        print_json([as_dict(info) for info in ended])
        return
    for info in ended:
        if info.error:
            raise CommandError(f"{info.egress_id} has failed: {info.error}")
        done(f"{info.egress_id} has ended: {_results(info) or 'nothing was recorded'}")


@app.command
def link(egress: str, /, *, ttl: str = "24h", json: Json = False, connection: Connection | None = None) -> None:
    """Print links by which the HLS of a recording can be watched.

    Whoever has a link can watch this recording until the link expires; hls.js, Safari and VLC play it.

    Args:
        egress: Its id, EG_….
        ttl: How long the links hold, as 90s, 15m, 6h or 7d.
        json: Print JSON.
        connection: Which server, and with which key.
    """
    wanted = {"seconds": round(seconds(ttl))}
    links = (connection or Connection()).ask("POST", f"/api/egress/{quote(egress, safe='')}/links", wanted, room="")
    if json:
        print_json(links)
        return
    for one in links:
        out.print(Text.assemble(("from the beginning: ", "dim"), one["url"]), soft_wrap=True)
        if one["live_url"]:
            out.print(Text.assemble(("live: ", "dim"), one["live_url"]), soft_wrap=True)


@app.command(name="list")
def list_egresses(
    room: str = "", /, *, active: Flag = False, json: Json = False, connection: Connection | None = None
) -> None:
    """List recordings, those that ended included.

    Args:
        room: Only those of this room.
        active: Only those that run.
        json: Print JSON.
        connection: Which server, and with which key.
    """
    request = messages.ListEgressRequest(room_name=room, active=active)
    answer = (connection or Connection()).call("ListEgress", request, messages.ListEgressResponse, service=SERVICE)
    if json:
        print_json([as_dict(info) for info in answer.items])
        return
    print_table(
        ["id", "room", "what", "status", "since", "result"],
        [
            [
                info.egress_id,
                info.room_name,
                _what(info),
                _status(info),
                since(info.started_at // 1_000_000_000),
                info.error or _results(info),
            ]
            for info in answer.items
        ],
        "Nothing is or was recorded.",
    )


def _call(
    connection: Connection,
    method: str,
    request: messages.TrackEgressRequest
    | messages.ParticipantEgressRequest
    | messages.RoomCompositeEgressRequest
    | messages.StopEgressRequest,
) -> messages.EgressInfo:
    return connection.call(method, request, messages.EgressInfo, service=SERVICE)


def _ended(connection: Connection, egress_id: str) -> messages.EgressInfo:
    """Wait for the end of an egress. Raises CommandError if it does not come."""
    request = messages.ListEgressRequest(egress_id=egress_id)
    deadline = time.monotonic() + _STOP_SECONDS
    while time.monotonic() < deadline:
        answer = connection.call("ListEgress", request, messages.ListEgressResponse, service=SERVICE)
        for info in answer.items:
            if info.status >= messages.EgressStatus.EGRESS_COMPLETE:
                return info
        time.sleep(_WAIT_SECONDS)
    raise CommandError(f"{egress_id} is still being finished", hint="`roomful record list` shows how it goes on")


def _what(info: messages.EgressInfo) -> str:
    match info.WhichOneof("request"):
        case "participant":
            return f"participant {info.participant.identity}"
        case "track":
            return f"track {info.track.track_id}"
        case "track_composite":
            return "two tracks"
        case _:
            return "room"


def _status(info: messages.EgressInfo) -> str:
    return messages.EgressStatus.Name(info.status).removeprefix("EGRESS_").lower().replace("_", " ")


def _results(info: messages.EgressInfo) -> str:
    found = [file.location for file in info.file_results]
    found += [one.playlist_location for one in info.segment_results]
    found += [one.url for one in info.stream_results]
    return ", ".join(found)
