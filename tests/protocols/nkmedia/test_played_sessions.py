"""Sessions of type `play`, and two-way sessions that are played a film. specs/nkmedia.md §9.4, §9.9."""

import pytest

from roomful.protocols.nkmedia.codes import Code

from .stage import Client, Stage
from .test_conferences import BOTH, begin, connect, ended, received, session, types

PLAYER = "media/session/player_action"
FILM = "file:///films/film.mp4"


def test_a_film_begins_with_the_connection_and_leaves_the_session_parked(stage: Stage, client: Client) -> None:
    data = {"type": "play", "uri": "film.mp4", "loops": 3, "session_id": "s1", "offer": {"sdp": BOTH}}
    client.ok("media/session/create", **data)
    assert stage.players.playing == []
    connect(stage, "s1")
    (film,) = stage.players.playing
    assert (film.film.uri, film.loops) == (FILM, 3)
    assert received(stage, "s1") == ["film of s1"]
    info = client.ok("media/session/info", session_id="s1")
    assert (info["backend"], info["engine"], info["type"]) == ("nkmedia_kms", "builtin", "play")
    assert info["type_ext"] == {"uri": FILM, "loops": 3}
    assert client.refused("media/session/update_media", session_id="s1", mute_audio=True)[0] == 100006
    film.end(Code.NORMAL_TERMINATION)
    assert received(stage, "s1") == []
    assert types(client, "s1")[1:] == [{"type": "play", "uri": FILM, "loops": 3}, {"type": "park"}]
    assert client.ok(PLAYER, session_id="s1", action="start", uri="film.mp4") == {"uri": FILM}
    client.ok("media/session/destroy", session_id="s1")
    assert [one.is_over for one in stage.players.playing] == [True, True]


def test_the_server_may_offer(stage: Stage, client: Client) -> None:
    client.ok("media/session/create", type="play", uri="film.mp4", session_id="s1", backend="nkmedia_kms")
    assert stage.media.last("create_offer")[1] == session(stage, "s1").peer


def test_a_film_that_cannot_be_played_ends_the_session_that_is_for_it_alone(stage: Stage, client: Client) -> None:
    begin(stage, client, "s1", "play", uri="film.mp4")
    begin(stage, client, "s2", "echo")
    client.ok(PLAYER, session_id="s2", action="start", uri="film.mp4")
    for film in stage.players.playing:
        film.end(Code.INVALID_URI)
    assert ended(client, "s1") == 100070
    assert [one["type"] for one in types(client, "s2")[1:]] == ["echo", "play", "park"]


def test_a_session_goes_on_to_something_else_before_the_end(stage: Stage, client: Client) -> None:
    begin(stage, client, "s1", "play", uri="film.mp4", loops=0)
    client.ok("media/session/set_type", session_id="s1", type="echo")
    assert stage.players.playing[0].is_over
    assert client.refused(PLAYER, session_id="s1", action="stop") == (300031, "No active player")
    client.ok(PLAYER, session_id="s1", action="start", uri="film.mp4")
    client.ok(PLAYER, session_id="s1", action="stop")
    assert [one["type"] for one in types(client, "s1")[1:]] == ["play", "echo", "play", "park"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({}, 100045),
        ({"uri": "another.mp4"}, 100046),
        ({"uri": "film.mp4", "backend": "nkmedia_fs"}, 100006),
        ({"uri": "film.mp4", "backend": "roomful"}, 100006),
        ({"uri": "film.mp4", "backend": "nkmedia_kms", "type": "park"}, 300001),
        ({"uri": "film.mp4", "loops": -1}, 100044),
        ({"uri": "film.mp4", "offer": {"sdp": "nonsense"}}, 300016),
    ],
)
def test_what_cannot_be_played(client: Client, data: dict[str, object], code: int) -> None:
    assert client.refused("media/session/create", **{"type": "play", **data})[0] == code
