"""What a server with a Janus carries itself, and what is not there for sessions on Janus."""

from typing import Any

import pytest

from roomful.media.api import Event
from roomful.rooms.events import RoomClosed
from roomful.rooms.model import LeaveReason
from roomful.rooms.room import Room
from tests.protocols.nkmedia.stage import OFFER, Client, Stage

from .fake_janus import FakeJanus
from .negotiating import CREATE, listen, publish, up


@pytest.mark.parametrize(
    ("kind", "fields", "backend"),
    [
        ("echo", {}, "nkmedia_janus"),
        ("echo", {"backend": "nkmedia_fs"}, "nkmedia_fs"),
        ("proxy", {}, "nkmedia_janus"),
        ("park", {}, "nkmedia_fs"),
        ("mcu", {}, "nkmedia_fs"),
    ],
)
def test_a_type_goes_to_who_has_it(
    janus: FakeJanus, client: Client, kind: str, fields: dict[str, str], backend: str
) -> None:
    client.ok(CREATE, type=kind, session_id="s1", offer={"sdp": OFFER}, **fields)
    assert client.ok("media/session/info", session_id="s1")["backend"] == backend


def test_who_is_bridged_stays_with_its_backend(stage: Stage, janus: FakeJanus, client: Client) -> None:
    client.ok(CREATE, type="park", session_id="a", offer={"sdp": OFFER})
    peer = stage.media.last("open_peer")[1]
    stage.media.tell(peer, Event.PeerState(peer, "connected", ""))
    client.ok(CREATE, type="bridge", session_id="b", peer_id="a", offer={"sdp": OFFER})
    assert client.ok("media/session/info", session_id="b")["backend"] == "nkmedia_fs"
    refused = client.refused(CREATE, type="bridge", backend="nkmedia_janus", peer_id="a")
    assert refused == (100040, "Invalid operation")


def test_conferences_are_on_the_mixer(janus: FakeJanus, client: Client) -> None:
    client.ok("media/room/create", **{"class": "mcu"}, room_id="m1")
    info = client.ok("media/room/info", room_id="m1")
    assert (info["class"], info["backend"], info["engine"]) == ("mcu", "nkmedia_fs", "builtin")
    assert not janus.rooms
    fields: dict[str, Any] = {"type": "publish", "room_id": "m1", "offer": {"sdp": OFFER}}
    assert client.refused(CREATE, **fields) == (300002, "Different mediaserver")
    refused = client.refused("media/room/create", **{"class": "mcu"}, backend="nkmedia_janus")
    assert refused == (100006, "Not implemented")


def test_others_are_told_why_a_room_ended(stage: Stage, janus: FakeJanus, client: Client, room: Room) -> None:
    """Clients of LiveKit come back after some reasons."""
    told: list[LeaveReason] = []

    def follow(opened: Room) -> None:
        opened.observers.add(lambda event: told.append(event.reason) if isinstance(event, RoomClosed) else None)

    follow(room)
    janus.vanish()
    stage.rooms.on_opened.append(follow)
    client.ok(CREATE, type="mcu", session_id="a", offer={"sdp": OFFER})
    client.ok("media/session/destroy", session_id="a")
    assert told == [LeaveReason.ROOM_DELETED, LeaveReason.ROOM_CLOSED]


def test_no_film_is_played_to_a_listener_on_janus(stage: Stage, janus: FakeJanus, client: Client, room: Room) -> None:
    publish(client)
    up(stage, janus)
    listen(client)
    film = {"session_id": "l1", "action": "start", "uri": "film.mp4"}
    assert client.refused("media/session/player_action", **film) == (100006, "Not implemented")
    assert not stage.players.playing


def test_only_janus_says_what_its_client_sends(stage: Stage, janus: FakeJanus, client: Client, room: Room) -> None:
    publish(client)
    up(stage, janus)
    peer = stage.media.last("accept_offer")[1]
    for track in room.tracks.values():
        stage.media.tell(peer, Event.TrackLayers(peer, track.sid, []))
    janus.tell("media", janus.last("publish"), type="audio", receiving=True, mid="0")
    assert [one["body"] for one in client.events("session", "status")] == [
        {"class": "webrtc", "status": "up"},
        {"class": "media", "media": "audio", "status": "up"},
    ]


def test_a_recording_from_the_answer_on_has_a_place_for_the_codecs_of_the_room(
    stage: Stage, janus: FakeJanus, client: Client
) -> None:
    """What the client sends comes here only once it is connected to Janus."""
    client.ok("media/room/create", **{"class": "sfu"}, room_id="r1", video_codec="h264")
    publish(client, record=True)
    assert stage.recordings is not None
    assert [file.path.suffix for file in stage.recordings.files] == [".mp4"]
