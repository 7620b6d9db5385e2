"""Commands and ends of media sessions, field by field. specs/nkmedia.md §9, §16."""

import uuid
from typing import Any

import pytest

from roomful.media.api import Event
from roomful.protocols.nkmedia.listener import Listener
from roomful.rooms.model import LeaveReason, TrackKind, TrackSource
from roomful.rooms.options import RoomOptions
from roomful.rooms.participant import JoinRequest
from roomful.rooms.tracks import TrackSpec

from .negotiating import answer_offer, answered, ended, listen, participant, publish, session, subscribed, tracks_of
from .stage import ANSWER, OFFER, Client, Stage


def test_a_publish_session_from_birth_to_death(stage: Stage, client: Client) -> None:
    tid = client.begin("media/session/start", {"type": "publish", "room": "r1", "offer": {"sdp": OFFER}})
    (session_id,) = [one["session_id"] for one in client.ok("media/session/list")]
    assert uuid.UUID(session_id)
    answer_offer(stage, session_id)
    answer = {"sdp": ANSWER, "sdp_type": "webrtc", "trickle_ice": False}
    assert client.response(tid)["data"] == {"session_id": session_id, "room_id": "r1", "room": "r1", "answer": answer}
    assert client.ok("media/session/get_answer", session_id=session_id) == {"answer": answer}
    assert client.ok("media/session/get_offer", session_id=session_id)["offer"]["sdp"] == OFFER
    assert client.ok("media/room/info", room_id="r1")["publishers"] == {session_id: {"user": "ann"}}
    info = client.ok("media/session/get_info", session_id=session_id)
    wanted = ("session_id", "type", "type_ext", "backend", "backend_role", "user_id", "user_session")
    assert {name: info[name] for name in wanted} == {
        "session_id": session_id,
        "type": "publish",
        "type_ext": {"room_id": "r1"},
        "backend": "roomful",
        "backend_role": "offeree",
        "user_id": "ann",
        "user_session": client.session.session_id,
    }
    (participant,) = stage.rooms.with_name("r1").participants.values()
    assert (participant.identity, participant.user_id, participant.name) == (f"ann/{session_id}", "ann", "ann")
    client.ok("media/session/stop", session_id=session_id)
    assert [event["type"] for event in client.events()] == [
        *("created", "type", "started_publisher", "answer", "destroyed", "stopped_publisher")
    ]
    assert ended(client, session_id) == 100011
    assert not stage.rooms.with_name("r1").participants
    assert client.ok("media/session/destroy", session_id=session_id) is None, "again, and nothing happens"


def test_a_listen_session_from_birth_to_death(stage: Stage, client: Client) -> None:
    publish(stage, client)
    tid = client.begin(
        "media/session/create", {"type": "listen", "publisher": "p1", "session_id": "l1", "wait_reply": True}
    )
    _, peer, request = stage.media.last("create_offer")
    stage.media.tell(peer, Event.Offered(peer, request, OFFER, {"0": "TR_a", "1": "TR_v"}, []))
    assert client.response(tid)["data"]["offer"]["sdp"] == OFFER.replace("\n", "\r\n")
    client.ok("media/session/set_candidate", session_id="l1", sdpMLineIndex=0, candidate="a=candidate:1 early")
    assert not client.events("room", "started_listener")
    client.ok("media/session/set_answer", session_id="l1", answer={"sdp": ANSWER})
    body = {"session_id": "l1", "user": "ann", "peer": "p1", "peer_id": "p1"}
    assert client.events("room", "started_listener")[0]["body"] == body
    assert stage.media.commands[-2][0] == "accept_answer"
    assert stage.media.commands[-1] == ("add_candidate", peer, "candidate:1 early")
    assert client.ok("media/room/info", room_id="r1")["listeners"] == {"l1": {"user": "ann", "peer": "p1"}}
    assert client.ok("media/room/get_info", room_id="r1")["members"]["l1"] == {
        "role": "listener",
        "user_id": "ann",
        "peer_id": "p1",
    }
    assert client.refused("media/session/set_answer", session_id="l1", answer={"sdp": ANSWER})[0] == 300013
    client.ok("media/session/destroy", session_id="l1")
    assert client.events("room", "stopped_listener")[0]["body"] == {"session_id": "l1", "user": "ann"}


@pytest.mark.parametrize(
    ("data", "code", "error"),
    [
        ({}, 100045, "Missing field: type"),
        ({"type": "foo"}, 100006, "Not implemented"),
        *(({"type": kind}, 100006, "Not implemented") for kind in ("proxy",)),
        ({"type": "bridge"}, 100045, "Missing field: peer_id"),
        ({"type": "bridge", "peer_id": "none"}, 100062, "Session not found"),
        ({"type": "bridge", "peer_id": "p1"}, 100006, "Not implemented"),
        ({"type": "mcu", "room_id": "r1"}, 300002, "Different mediaserver"),
        ({"type": "mcu", "layout": "9x9"}, 100046, "Invalid value: layout"),
        ({"type": "echo", "offer": {}}, 300015, "Missing SDP"),
        ({"type": "park", "offer": {"sdp": "nonsense"}}, 300016, "Invalid SDP"),
        ({"type": "publish", "backend": "foo"}, 300003, "Unknown backend"),
        ({"type": "publish", "backend": "nkmedia_janus"}, 300001, "No mediaserver available"),
        ({"type": "publish", "backend": "nkmedia_fs"}, 100006, "Not implemented"),
        ({"type": "publish", "room_id": "r1"}, 100040, "Invalid operation"),
        ({"type": "publish", "room_id": "r1", "offer": {}}, 300015, "Missing SDP"),
        ({"type": "publish", "room_id": "r1", "offer": {"sdp": "nonsense"}}, 300016, "Invalid SDP"),
        ({"type": "publish", "room_id": "r1", "offer": {"sdp": ANSWER}}, 300016, "Invalid SDP"),
        ({"type": "publish", "offer": {"sdp": OFFER, "sdp_type": "rtp"}}, 100006, "Not implemented"),
        ({"type": "publish", "offer": "v=0"}, 100044, "Syntax error: offer"),
        ({"type": "publish", "room_id": "none", "offer": {"sdp": OFFER}}, 304001, "Room not found"),
        ({"type": "listen", "trickle_ice_timeout": 50}, 100044, "Syntax error: trickle_ice_timeout"),
        ({"type": "publish", "offer": {"sdp": OFFER}, "wait_timeout": 0}, 100044, "Syntax error: wait_timeout"),
        ({"type": "publish", "offer": {"sdp": OFFER}, "master_id": "none"}, 100062, "Session not found"),
        ({"type": "publish", "offer": {"sdp": OFFER}, "session_id": "p1"}, 100034, "Duplicated session id"),
        ({"type": "listen"}, 100045, "Missing field: publisher_id"),
        ({"type": "listen", "publisher_id": "none"}, 304005, "Invalid publisher"),
        ({"type": "listen", "publisher_id": "l1"}, 304005, "Invalid publisher"),
        ({"type": "listen", "publisher_id": "p1", "offer": {"sdp": OFFER}}, 100040, "Invalid operation"),
    ],
)  # fmt: skip
def test_sessions_that_cannot_be_made(stage: Stage, client: Client, data: Any, code: int, error: str) -> None:
    publish(stage, client)
    answered(stage, client)
    assert client.refused("media/session/create", **data) == (code, error)
    assert client.ok("media/session/list") == [{"session_id": "p1"}, {"session_id": "l1"}]
    assert len(stage.rooms.with_name("r1").participants) == 2


@pytest.mark.parametrize(
    ("cmd", "data", "code", "error"),
    [
        ("set_answer", {}, 100045, "Missing field: answer"),
        ("set_answer", {"answer": {}}, 300015, "Missing SDP"),
        ("set_answer", {"answer": {"sdp": "nonsense"}}, 300016, "Invalid SDP"),
        ("set_answer", {"answer": {"sdp": ANSWER.replace("a=mid:1", "a=mid:7")}}, 300016, "Invalid SDP"),
        ("set_candidate", {"sdpMLineIndex": 0}, 100045, "Missing field: candidate"),
        ("set_candidate", {"candidate": "x"}, 100045, "Missing field: sdpMLineIndex"),
        ("update_media", {"mute_audio": True}, 100004, "Invalid state"),
        ("set_type", {"type": "listen"}, 100004, "Invalid state"),
        ("room_action", {}, 100004, "Invalid state"),
        ("update", {}, 100045, "Missing field: update_type"),
        ("update", {"update_type": "fly"}, 100006, "Not implemented"),
        ("update", {"update_type": "media", "mute_audio": True}, 100004, "Invalid state"),
    ],
)
def test_a_session_that_waits_for_its_answer(
    stage: Stage, client: Client, cmd: str, data: Any, code: int, error: str
) -> None:
    publish(stage, client)
    listen(stage, client)
    assert client.refused(f"media/session/{cmd}", session_id="l1", **data) == (code, error)
    assert isinstance(session(stage, "l1"), Listener)


@pytest.mark.parametrize(
    ("cmd", "data", "code", "error"),
    [
        ("set_answer", {"answer": {"sdp": ANSWER}}, 300013, "Answer already set"),
        ("update_media", {"bitrate": -1}, 100044, "Syntax error: bitrate"),
        ("update_media", {"mute_audio": "perhaps"}, 100044, "Syntax error: mute_audio"),
        ("set_type", {"type": "park"}, 100006, "Not implemented"),
        ("set_type", {}, 100045, "Missing field: type"),
        ("room_action", {"action": "layout"}, 300032, "No active room"),
    ],
)
def test_a_session_that_is_ready(stage: Stage, client: Client, cmd: str, data: Any, code: int, error: str) -> None:
    publish(stage, client)
    assert client.refused(f"media/session/{cmd}", session_id="p1", **data) == (code, error)


@pytest.mark.parametrize(
    ("cmd", "data"),
    [
        ("set_answer", {"answer": {"sdp": ANSWER}}),
        ("get_offer", {}),
        ("get_answer", {}),
        ("set_candidate", {"candidate": "x", "sdpMLineIndex": 0}),
        ("set_candidate_end", {}),
        ("update_media", {}),
        ("set_type", {"type": "listen"}),
        ("room_action", {}),
        ("info", {}),
    ],
)
def test_a_session_that_is_gone(client: Client, cmd: str, data: Any) -> None:
    assert client.refused(f"media/session/{cmd}", session_id="gone", **data) == (100062, "Session not found")
    assert client.refused(f"media/session/{cmd}", **data) == (100045, "Missing field: session_id")


def test_answers_before_there_is_an_offer(stage: Stage, client: Client) -> None:
    publish(stage, client)
    client.ok("media/session/create", type="listen", session_id="l1", publisher_id="p1")
    refusal = client.refused("media/session/set_answer", session_id="l1", answer={"sdp": ANSWER})
    assert refusal == (300010, "Offer not set")
    tid = client.begin("media/session/get_offer", {"session_id": "l1"})
    stage.pass_time(6)
    assert client.response(tid)["data"] == {"code": 100005, "error": "Timeout"}


def test_a_publisher_makes_the_room_it_may(stage: Stage, client: Client) -> None:
    publish(stage, client, room_id="new", create_room=True, room_video_codec="vp8", room_bitrate=7)
    info = client.ok("media/room/info", room_id="new")
    assert (info["bitrate"], info["timeout"], list(info["publishers"])) == (7, 300, ["p1"])
    room_id = client.ok("media/session/create", type="publish", offer={"sdp": OFFER})["room_id"]
    assert uuid.UUID(room_id)


def test_codecs_of_a_room_are_kept_to(stage: Stage, client: Client) -> None:
    client.ok("media/room/create", **{"class": "sfu"}, room_id="nines", audio_codec="pcmu", video_codec="vp9")
    fields = {"type": "publish", "room_id": "nines", "offer": {"sdp": OFFER}, "session_id": "p1"}
    tid = client.begin("media/session/start", fields)
    answer_offer(stage, "p1")
    assert client.response(tid)["data"] == {"code": 300005, "error": "Incompatible session"}
    assert ended(client, "p1") == 300005


@pytest.mark.parametrize(
    ("room_bits", "bits", "limit"), [(0, 0, None), (500_000, 0, 500_000), (0, 150_500, 150_500), (9_000, 5_000, 5_000)]
)
def test_a_publisher_is_limited(stage: Stage, client: Client, room_bits: int, bits: int, limit: int | None) -> None:
    client.ok("media/room/create", **{"class": "sfu"}, room_id="thin", bitrate=room_bits)
    publish(stage, client, room_id="thin", bitrate=bits)
    assert stage.media.commands[-1][::2] == ("limit_peer", limit)
    client.ok("media/session/update_media", session_id="p1", bitrate=7_000)
    assert stage.media.commands[-1][::2] == ("limit_peer", min(7_000, room_bits or 7_000))
    client.ok("media/session/update_media", session_id="p1", bitrate=0)
    assert stage.media.commands[-1][::2] == ("limit_peer", room_bits or None)


def test_who_listens_too_early_waits_for_the_publisher(stage: Stage, client: Client) -> None:
    fields = {"type": "publish", "room_id": "r1", "offer": {"sdp": OFFER}, "session_id": "p1"}
    client.ok("media/session/create", **fields)
    tid = client.begin("media/session/create", {"type": "listen", "publisher_id": "p1", "session_id": "l1"})
    answer_offer(stage, "p1")
    assert client.response(tid)["data"] == {"session_id": "l1"}

    client.ok("media/session/create", **{**fields, "session_id": "p2"})
    tid = client.begin("media/session/create", {"type": "listen", "publisher_id": "p2"})
    stage.pass_time(6)
    assert client.response(tid)["data"]["code"] == 304005


def test_mutes(stage: Stage, client: Client) -> None:
    publish(stage, client, mute_audio=True, use_video=True)
    answered(stage, client, mute_video=True)
    tracks = {track.kind.value: track for track in stage.rooms.with_name("r1").tracks.values()}
    assert (tracks["audio"].muted, tracks["video"].muted) == (True, False)
    held = [one[2:] for one in stage.media.commands if one[0] == "set_subscription"]
    assert held == [(tracks["audio"].sid, True), (tracks["video"].sid, False)]
    client.ok("media/session/update_media", session_id="p1", mute_audio=False, mute_video="true")
    assert (tracks["audio"].muted, tracks["video"].muted) == (False, True)
    client.ok("media/session/update", session_id="l1", update_type="media", mute_video=False)
    assert stage.media.last("set_subscription")[2:] == (tracks["video"].sid, True)


# Switching


def test_a_listener_changes_its_publisher_without_a_new_offer(stage: Stage, client: Client) -> None:
    publish(stage, client, "p1")
    publish(stage, client, "p2")
    answered(stage, client)
    assert subscribed(stage) == tracks_of(stage, "p1")
    details = client.ok("media/session/set_type", session_id="l1", type="listen", publisher_id="p2")
    assert details == {"room_id": "r1", "publisher_id": "p2"}
    assert subscribed(stage) == tracks_of(stage, "p2")
    _, peer, _, sdp, pending = stage.media.last("accept_offer")
    assert (peer, pending) == (session(stage, "l1").peer, [])
    assert sdp.count("a=recvonly") == 2
    events = [(event["type"], event["obj_id"], event["body"]) for event in client.events()][-2:]
    assert events == [
        ("type", "l1", {"type": "listen", "room_id": "r1", "publisher_id": "p2"}),
        ("started_listener", "r1", {"session_id": "l1", "user": "ann", "peer": "p2", "peer_id": "p2"}),
    ]
    client.ok("media/session/destroy", session_id="p1")
    assert client.ok("media/room/info", room_id="r1")["listeners"] == {"l1": {"user": "ann", "peer": "p2"}}
    client.ok("media/session/update", session_id="l1", update_type="media", mute_video=True)
    assert stage.media.last("set_subscription")[2] in tracks_of(stage, "p2")
    client.ok("media/session/destroy", session_id="p2")
    assert ended(client, "l1") == 304006


@pytest.mark.parametrize("data", [{"update_type": "listen_switch"}, {"type": "session_type", "session_type": "listen"}])
def test_the_earlier_names_of_switching(stage: Stage, client: Client, data: dict[str, str]) -> None:
    publish(stage, client, "p1")
    publish(stage, client, "p2")
    answered(stage, client)
    client.ok("media/session/update", session_id="l1", publisher="p2", **data)
    assert subscribed(stage) == tracks_of(stage, "p2")


def test_publishers_a_listener_cannot_change_to(stage: Stage, client: Client) -> None:
    publish(stage, client, "p1")
    answered(stage, client)
    publish(stage, client, "far", room_id="other", create_room=True)
    for publisher_id in ("far", "none", "l1"):
        fields = {"session_id": "l1", "type": "listen", "publisher_id": publisher_id}
        assert client.refused("media/session/set_type", **fields) == (304005, "Invalid publisher")
    refusal = client.refused("media/session/set_type", session_id="l1", type="listen")
    assert refusal == (100045, "Missing field: publisher_id")
    room = stage.rooms.with_name("r1")
    bob = room.join(JoinRequest(identity="bob"), stage.now)
    room.activate(bob.sid, stage.now)
    spec = TrackSpec(kind=TrackKind.VIDEO, source=TrackSource.CAMERA, mime="video/AV1")
    room.bind(room.publish(bob.sid, spec, stage.now).sid, "video/AV1", "", stage.now)
    refusal = client.refused("media/session/set_type", session_id="l1", type="listen", publisher_id=bob.sid)
    assert refusal == (100041, "Invalid parameters")
    assert subscribed(stage) == tracks_of(stage, "p1"), "nothing has changed"


def test_a_listener_gets_what_its_publisher_publishes_anew(stage: Stage, client: Client) -> None:
    room = stage.rooms.with_name("r1")
    bob = room.join(JoinRequest(identity="bob"), stage.now)
    room.activate(bob.sid, stage.now)

    def camera() -> str:
        spec = TrackSpec(kind=TrackKind.VIDEO, source=TrackSource.CAMERA, mime="video/VP8")
        track = room.publish(bob.sid, spec, stage.now)
        return room.bind(track.sid, "video/VP8", "", stage.now).sid

    first = camera()
    microphone = TrackSpec(kind=TrackKind.AUDIO, source=TrackSource.MICROPHONE, mime="audio/red")
    sound = room.bind(room.publish(bob.sid, microphone, stage.now).sid, "audio/red", "", stage.now).sid
    answered(stage, client, publisher_id=bob.sid)
    assert subscribed(stage) == {first, sound}
    screen = camera()
    assert subscribed(stage) == {first, sound}, "there is no section for it"
    room.unpublish(first, stage.now)
    assert screen in subscribed(stage), "the section is used again"
    room.unpublish(screen, stage.now)
    assert camera() in subscribed(stage)
    assert stage.media.last("accept_offer")[1] == session(stage, "l1").peer


# Ends


def test_without_an_answer_a_session_ends(stage: Stage, client: Client) -> None:
    publish(stage, client)
    listen(stage, client, wait_timeout=2)
    stage.pass_time(1)
    assert not client.events("session", "destroyed")
    stage.pass_time(2)
    assert ended(client, "l1") == 100060
    assert not client.events("room", "stopped_listener"), "it never began to listen"


def test_no_session_is_for_ever(stage: Stage, client: Client) -> None:
    publish(stage, client, ready_timeout=10)
    stage.pass_time(11)
    assert ended(client, "p1") == 100060


def test_a_connection_takes_its_sessions_along_and_publishers_their_listeners(stage: Stage, client: Client) -> None:
    other = stage.client("other")
    publish(stage, other)
    answered(stage, client)
    publish(stage, other, "p2")
    other.vanish()
    assert [(event["type"], event["obj_id"]) for event in client.events() if event["type"][:3] in ("des", "sto")] == [
        ("destroyed", "p1"),
        ("stopped_publisher", "r1"),
        ("destroyed", "l1"),
        ("stopped_listener", "r1"),
        ("destroyed", "p2"),
        ("stopped_publisher", "r1"),
    ]
    assert (ended(client, "p1"), ended(client, "l1"), ended(client, "p2")) == (100010, 304006, 100010)


def test_a_room_that_is_destroyed_ends_all_in_it_first(stage: Stage, client: Client) -> None:
    publish(stage, client)
    answered(stage, client)
    client.ok("media/room/destroy", room_id="r1")
    assert (ended(client, "p1"), ended(client, "l1")) == (304003, 304003)
    kinds = [event["type"] for event in client.events()]
    assert kinds[-5:-3] == ["destroyed", "destroyed"]
    assert set(kinds[-3:-1]) == {"stopped_publisher", "stopped_listener"}
    assert client.events()[-1]["subclass"] == "room"
    assert client.ok("media/session/list") == []


@pytest.mark.parametrize(
    ("stops", "data", "code"),
    [("p1", {}, 300021), ("p2", {}, 300021), ("p1", {"stop_after_peer": False}, None)],
)
def test_linked_sessions_end_together(stage: Stage, client: Client, stops: str, data: Any, code: int | None) -> None:
    publish(stage, client, "p1")
    publish(stage, client, "p2", master_id="p1", **data)
    client.ok("media/session/destroy", session_id=stops)
    left = client.ok("media/session/list")
    if code is None:
        assert left == [{"session_id": "p2"}]
    else:
        assert left == []
        assert ended(client, "p1" if stops == "p2" else "p2") == code


def test_a_publisher_that_is_removed_by_others(stage: Stage, client: Client) -> None:
    publish(stage, client)
    stage.rooms.with_name("r1").leave(participant(stage, "p1").sid, LeaveReason.PARTICIPANT_REMOVED, stage.now)
    assert ended(client, "p1") == 100012


@pytest.mark.parametrize(("state", "wait"), [("failed", 0), ("closed", 0), ("disconnected", 16)])
def test_a_peer_connection_that_breaks(stage: Stage, client: Client, state: str, wait: int) -> None:
    publish(stage, client)
    peer = session(stage, "p1").peer
    stage.media.tell(peer, Event.PeerState(peer, "connected", ""))
    assert client.events("session", "status")[0]["body"] == {"class": "webrtc", "status": "up"}
    stage.media.tell(peer, Event.PeerState(peer, state, ""))
    stage.pass_time(wait)
    assert ended(client, "p1") == 300004
    assert stage.media.last("close_peer") == ("close_peer", peer)


def test_what_a_publisher_sends_is_told_of_once(stage: Stage, client: Client) -> None:
    publish(stage, client)
    peer = session(stage, "p1").peer
    for track in stage.rooms.with_name("r1").tracks.values():
        for _ in range(2):
            stage.media.tell(peer, Event.TrackLayers(peer, track.sid, []))
    told = [one["body"] for one in client.events("session", "status")]
    assert told == [{"class": "media", "media": kind, "status": "up"} for kind in ("audio", "video")]
    assert client.ok("media/session/info", session_id="p1")["status"] == {"media": told[-1]}


def test_descriptions_that_the_engine_cannot_use(stage: Stage, client: Client) -> None:
    tid = client.begin("media/session/start", {"type": "publish", "room_id": "r1", "offer": {"sdp": OFFER}})
    _, peer, request, _, _ = stage.media.last("accept_offer")
    stage.media.tell(peer, Event.NegotiationFailed(peer, request, "no"))
    assert client.response(tid)["data"] == {"code": 300016, "error": "Invalid SDP"}


@pytest.mark.parametrize("end", [True, False])
def test_candidates_that_are_waited_for_and_do_not_come(stage: Stage, client: Client, end: bool) -> None:
    offer = {"sdp": OFFER, "trickle_ice": True}
    fields = {"type": "publish", "room_id": "r1", "session_id": "p1", "offer": offer, "no_offer_trickle_ice": True}
    client.ok("media/session/create", **fields)
    assert not [one for one in stage.media.commands if one[0] == "accept_offer"]
    if end:
        client.ok("media/session/set_candidate_end", session_id="p1")
    else:
        stage.pass_time(6)
    assert ended(client, "p1") == 300014


def test_candidates_that_are_waited_for_go_into_the_offer(stage: Stage, client: Client) -> None:
    offer = {"sdp": OFFER, "trickle_ice": True}
    fields = {"type": "publish", "room_id": "r1", "session_id": "p1", "offer": offer, "no_offer_trickle_ice": True}
    client.ok("media/session/create", **fields)
    for candidate in ("candidate:1 one", "candidate:2 two\r\na=evil", "nonsense"):
        client.ok("media/session/set_candidate", session_id="p1", sdpMLineIndex=0, candidate=candidate)
    stage.pass_time(6)
    sdp = stage.media.last("accept_offer")[3]
    assert "a=candidate:1 one\r\n" in sdp.split("m=video")[0]
    assert "evil" not in sdp
    assert "nonsense" not in sdp
    answer_offer(stage, "p1")


def test_a_session_of_one_who_wants_no_events(stage: Stage) -> None:
    client = stage.client()
    publish(stage, client, "p1", room_id="x", create_room=True, event_body={"job": 1})
    publish(stage, client, "p2", room_id="x", subscribe=False)
    assert {event["obj_id"] for event in client.events()} == {"p1"}
    assert all(event["body"]["job"] == 1 for event in client.events())
    client.ok("media/session/destroy", session_id="p1")
    subscribed = client.ok("core/event/get_subscriptions")
    assert [one["class"] for one in subscribed] == ["core", "core"], "the subscription ends with the session"


def test_a_room_that_does_not_let_everybody_in(stage: Stage, client: Client) -> None:
    room = stage.rooms.create("small", RoomOptions(max_participants=1), stage.now)
    room.join(JoinRequest(identity="alice"), stage.now)
    fields = {"type": "publish", "room_id": "small", "offer": {"sdp": OFFER}}
    assert client.refused("media/session/create", **fields) == (300005, "Incompatible session")
    assert client.ok("media/session/list") == []
