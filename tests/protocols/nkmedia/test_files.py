"""Recorders and players of media sessions. specs/nkmedia.md §9.9."""

from pathlib import Path
from typing import Any

import pytest

from roomful.media.ports.bot import FilmStatus, Pause, Resume, Seek

from .negotiating import answer_offer, answered, ended, publish, subscribed, tracks_of
from .stage import OFFER, Client, Stage

RECORDER, PLAYER = "media/session/recorder_action", "media/session/player_action"


def test_a_recorder_counts_its_files_and_ends_one_before_the_next(stage: Stage, client: Client, tmp_path: Path) -> None:
    publish(stage, client)
    assert client.ok(RECORDER, session_id="p1") == {"actions": ["start", "stop", "pause", "resume", "get_actions"]}
    assert client.refused(RECORDER, session_id="p1", action="stop") == (300030, "No active recorder")
    first = client.ok(RECORDER, session_id="p1", action="start")
    assert first == {"uri": f"file://{tmp_path}/p1_p0000.webm"}
    second = client.ok(RECORDER, session_id="p1", action="start")
    assert second == {"uri": f"file://{tmp_path}/p1_p0001.webm"}
    assert stage.recordings is not None
    assert [file.is_over for file in stage.recordings.files] == [True, False]
    for action in ("pause", "resume"):
        client.ok(RECORDER, session_id="p1", action=action)
    assert [file.pauses for file in stage.recordings.files] == [[], [True, False]]
    client.ok(RECORDER, session_id="p1", action="stop")
    assert [file.is_over for file in stage.recordings.files] == [True, True]
    assert client.refused(RECORDER, session_id="p1", action="stop") == (300030, "No active recorder")
    (tmp_path / "p1_p0002.webm").touch()
    assert client.ok(RECORDER, session_id="p1", action="start")["uri"].endswith("/p1_p0003.webm"), "that is taken"


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("file://{dir}/a/b.webm", "a/b.webm"),
        ("a/b.webm", "a/b.webm"),
        ("file://b.mkv", "b.mkv"),
        ("v1.2", "v1.2.webm"),
        ("picture.ogg", "picture.webm"),
    ],
)
def test_places_of_recordings(stage: Stage, client: Client, tmp_path: Path, uri: str, name: str) -> None:
    publish(stage, client)
    reply = client.ok(RECORDER, session_id="p1", action="start", uri=uri.replace("{dir}", str(tmp_path)))
    assert reply == {"uri": f"file://{tmp_path}/{name}"}


@pytest.mark.parametrize(
    "uri",
    [
        *("/etc/passwd", "file:///etc/passwd", "../x.webm", "a/../../x.webm", "out/x.webm", "there.webm"),
        *("a\0.webm", "{room_name}.webm", ".hidden.webm", "a:b.webm", ".", "file://", "http://there/x.webm"),
    ],
)
def test_recordings_stay_in_their_directory(stage: Stage, client: Client, tmp_path: Path, uri: str) -> None:
    (tmp_path / "out").symlink_to(tmp_path.parent)
    (tmp_path / "there.webm").touch()
    publish(stage, client)
    assert client.refused(RECORDER, session_id="p1", action="start", uri=uri) == (100046, "Invalid value: uri")


def test_an_id_that_is_no_file_name(stage: Stage, client: Client, tmp_path: Path) -> None:
    publish(stage, client, "../a b/ü")
    reply = client.ok(RECORDER, session_id="../a b/ü", action="start")
    assert reply == {"uri": f"file://{tmp_path}/_._a_b_ü_p0000.webm"}


def test_recording_from_the_first_answer_on(stage: Stage, client: Client) -> None:
    fields = {"type": "publish", "room_id": "r1", "session_id": "p1", "offer": {"sdp": OFFER}, "record": True}
    tid = client.begin("media/session/start", fields)
    assert stage.recordings is not None
    assert stage.recordings.files == []
    answer_offer(stage, "p1")
    assert client.response(tid)["data"]["answer"]
    (file,) = stage.recordings.files
    assert file.path.name == "p1_p0000.webm"
    assert client.refused("media/session/create", **{**fields, "type": "listen"})[0] == 100006


@pytest.mark.parametrize(
    ("path", "data", "code"),
    [
        (RECORDER, {"action": "fly"}, 100043),
        (RECORDER, {"action": "pause"}, 300030),
        (PLAYER, {"action": "fly"}, 100043),
        (PLAYER, {"action": "pause"}, 300031),
        (PLAYER, {"action": "get_info"}, 300031),
        (PLAYER, {"action": "set_position"}, 100045),
        (PLAYER, {"action": "set_position", "position": 1}, 300031),
        (PLAYER, {"action": "start"}, 100045),
        (PLAYER, {"action": "start", "uri": "../secret"}, 100046),
    ],
)
def test_what_neither_can_do(stage: Stage, client: Client, path: str, data: Any, code: int) -> None:
    publish(stage, client)
    answered(stage, client)
    session_id = "p1" if path == RECORDER else "l1"
    assert client.refused(path, session_id=session_id, **data)[0] == code
    assert client.refused(path, session_id="gone", **data) == (100062, "Session not found")


def test_a_listener_is_played_a_film_and_gets_its_publisher_back(stage: Stage, client: Client) -> None:
    publish(stage, client)
    answered(stage, client)
    assert client.refused(PLAYER, session_id="p1", action="start", uri="film.mp4")[0] == 100006
    assert client.ok(PLAYER, session_id="l1", action="start", uri="film.mp4") == {"uri": "file:///films/film.mp4"}
    (film,) = stage.players.playing
    room = stage.rooms.with_name("r1")
    assert subscribed(stage) == set(room.participant(film.sid).tracks)
    assert client.ok("media/session/info", session_id="l1")["type"] == "play"
    assert list(client.ok("media/room/info", room_id="r1")["publishers"]) == ["p1"]
    client.ok(PLAYER, session_id="l1", action="start", uri="film.mp4")
    assert film.is_over
    client.ok(PLAYER, session_id="l1", action="stop")
    assert client.refused(PLAYER, session_id="l1", action="stop") == (300031, "No active player")
    assert subscribed(stage) & set(room.tracks) == tracks_of(stage, "p1")
    kinds = [one["body"]["type"] for one in client.events("session", "type") if one["obj_id"] == "l1"]
    assert kinds == ["listen", "play", "play", "listen"]


def test_a_film_ends_with_its_listener(stage: Stage, client: Client) -> None:
    publish(stage, client)
    answered(stage, client)
    client.ok(PLAYER, session_id="l1", action="start", uri="film.mp4")
    client.ok("media/session/destroy", session_id="p1")
    assert ended(client, "l1") == 304006
    assert stage.players.playing[0].is_over


def test_a_film_is_controlled(stage: Stage, client: Client) -> None:
    publish(stage, client)
    answered(stage, client)

    def act(action: str, **data: int) -> Any:
        return client.ok(PLAYER, session_id="l1", action=action, **data)

    assert act("get_actions") == {
        "actions": ["start", "stop", "pause", "resume", "get_info", "get_position", "set_position", "get_actions"]
    }
    client.ok(PLAYER, session_id="l1", action="start", uri="film.mp4")
    (film,) = stage.players.playing
    assert client.refused(PLAYER, session_id="l1", action="pause") == (100004, "Invalid state")
    film.status = FilmStatus(duration=60.5, position=10, at=stage.now, paused=False)
    assert act("get_info") == {"duration": 60500, "is_seekable": True, "first_position": 0, "last_position": 60500}
    stage.pass_time(2)
    assert act("get_position") == {"position": 12000}
    for action in ("pause", "resume"):
        assert act(action) is None
    assert act("set_position", position=2500) is None
    assert film.orders == [Pause(), Resume(), Seek(position=2.5)]
    out_of_it = client.refused(PLAYER, session_id="l1", action="set_position", position=60_501)
    assert out_of_it == (100046, "Invalid value: position")
    film.status = FilmStatus(duration=0, position=10, at=stage.now, paused=True)
    assert act("get_info") == {"duration": 0, "is_seekable": False, "first_position": 0, "last_position": 0}
    assert client.refused(PLAYER, session_id="l1", action="set_position", position=1)[0] == 100040
