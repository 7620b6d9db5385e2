"""Two-way sessions and conferences, without media. specs/nkmedia.md §9, §13, §16."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from roomful.media.api import Event
from roomful.media.ports.mixer import Status
from roomful.media.ports.worker.states import Problem, State
from roomful.protocols.nkmedia.fs.two_way_session import TwoWaySession
from roomful.rooms.model import LeaveReason, TrackKind
from roomful.rooms.participant import JoinRequest
from roomful.rooms.room import Room

from .stage import OFFER, Client, Stage

BOTH = OFFER.replace("a=sendonly", "a=sendrecv")
CANDIDATE = "candidate:1 1 udp 1 203.0.113.9 9 typ host"


@pytest.fixture
def client(stage: Stage) -> Client:
    """Somebody with a conference `m1`, who follows all of `media`."""
    client = stage.client()
    client.ok("media/room/create", **{"class": "mcu", "room_id": "m1", "layout": "2x2"})
    client.ok("core/event/subscribe", **{"class": "media"})
    return client


def session(stage: Stage, session_id: str) -> TwoWaySession:
    found = stage.server.media_sessions._by_id[session_id]
    assert isinstance(found, TwoWaySession)
    return found


def bind(stage: Stage, peer: int, pending: Any) -> None:
    for place, track in enumerate(pending):
        mime = {"audio": "audio/opus", "video": "video/VP8"}[track.kind]
        stage.media.tell(peer, Event.TrackBound(peer, track.sid, str(place), track.cid, track.cid, mime, []))


def connect(stage: Stage, session_id: str) -> str:
    """The engine takes the offer, and the client connects."""
    _, peer, request, _, pending = stage.media.last("accept_offer")
    assert peer == session(stage, session_id).peer
    bind(stage, peer, pending)
    stage.media.tell(peer, Event.Answered(peer, request, BOTH, {}, []))
    stage.media.tell(peer, Event.PeerState(peer, "connected", ""))
    return session_id


def begin(stage: Stage, client: Client, session_id: str, kind: str = "mcu", **data: Any) -> str:
    fields = {"room_id": "m1"} if kind == "mcu" else {}
    client.ok("media/session/create", type=kind, session_id=session_id, offer={"sdp": BOTH}, **(fields | data))
    return connect(stage, session_id)


def ended(client: Client, session_id: str) -> int:
    (event,) = [one for one in client.events("session", "destroyed") if one["obj_id"] == session_id]
    return event["body"]["code"]


def types(client: Client, session_id: str) -> list[dict[str, Any]]:
    return [one["body"] for one in client.events("session", "type") if one["obj_id"] == session_id]


def room_events(client: Client) -> list[tuple[str, Any]]:
    return [(one["type"], one.get("body")) for one in client.events("room")]


def received(stage: Stage, session_id: str) -> list[str]:
    """Sids of what the engine sends to the client of a session."""
    peer, found = session(stage, session_id).peer, list[str]()
    for command in stage.media.commands:
        if command[:2] == ("subscribe", peer):
            found.append(command[2])
        elif command[:2] == ("unsubscribe", peer) and command[2] in found:
            found.remove(command[2])
    return found


def mixed(stage: Stage, session_id: str) -> tuple[Room, str]:
    """The room of a member, and the sid of its participant."""
    room = stage.rooms.with_name("m1")
    (participant,) = [one for one in room.participants.values() if one.identity.endswith(f"/{session_id}")]
    return room, participant.sid


def test_a_conference_from_birth_to_death(stage: Stage, client: Client) -> None:
    room = {"class": "mcu", "room_id": "m1"}
    assert client.ok("media/room/list") == [room]
    begin(stage, client, "a")
    assert types(client, "a") == [
        {"type": "mcu", "room_id": "m1", "room_profile": "video-mcu-stereo"},
        {"type": "mcu", "room_id": "m1", "room_profile": "video-mcu-stereo"},
        {
            "type": "mcu",
            "room_id": "m1",
            "room_profile": "video-mcu-stereo",
            "room_name": "m1",
            "room_member_id": 1,
        },
    ]
    info = client.ok("media/room/info", room_id="m1")
    facts = {"backend": "nkmedia_fs", "engine": "builtin", "layout": "2x2", "canvas": "1280x720", "fps": 15}
    assert facts.items() <= info.items()
    flags = dict.fromkeys(("mute_audio", "mute_video", "deaf", "talking", "floor"), False)
    assert info["members"] == {"a": {"user": "ann", "member_id": 1, **flags}}
    later = client.ok("media/room/get_info", room_id="m1")
    assert later["members"] == {"a": {"role": "member", "user_id": "ann"}}
    client.ok("media/room/destroy", room_id="m1")
    assert ended(client, "a") == 304003
    member = {"session_id": "a", "role": "member", "user_id": "ann"}
    assert room_events(client) == [
        ("started_member", member),
        ("stopped_member", member),
        ("destroyed", {"code": 100013, "reason": "API stop received"}),
    ]
    assert [one["type"] for one in client.events() if one["type"] in ("destroyed", "stopped_member")] == [
        "destroyed",
        "stopped_member",
        "destroyed",
    ]


def test_a_member_gets_the_mix_and_nothing_else(stage: Stage, client: Client) -> None:
    begin(stage, client, "a")
    room, sid = mixed(stage, "a")
    picture = stage.mixes.publish(room, TrackKind.VIDEO)
    mine = stage.mixes.publish(room, TrackKind.AUDIO, only_for=sid)
    stage.mixes.publish(room, TrackKind.AUDIO, only_for="PA_somebody_else")
    begin(stage, client, "b")
    assert received(stage, "a") == [picture, mine]
    assert received(stage, "b") == [picture]
    room.unpublish(mine, stage.now)
    again = stage.mixes.publish(room, TrackKind.AUDIO, only_for=sid)
    assert received(stage, "a") == [picture, again], "another mixer goes on"
    room.set_mixer("", stage.now)
    assert ended(client, "a") == ended(client, "b") == 302006, "there is no mixer any more"


def test_what_a_session_sends_is_where_its_type_says(stage: Stage, client: Client) -> None:
    begin(stage, client, "a", "park")
    assert received(stage, "a") == []
    assert client.ok("media/session/set_type", session_id="a", type="echo") is None
    assert received(stage, "a") == ["a/audio", "a/video"]
    details = client.ok("media/session/set_type", session_id="a", type="mcu", room_id="m1")
    assert details["room_id"] == "m1"
    assert received(stage, "a") == []
    room, sid = mixed(stage, "a")
    sids = [track.sid for track in room.participant(sid).tracks.values()]
    moves = [command[1:] for command in stage.media.commands if command[0] == "move_track"]
    assert moves == [("a/audio", sids[0], room.sid), ("a/video", sids[1], room.sid)]
    client.ok("media/session/set_type", session_id="a", type="park")
    moves = [command[1:] for command in stage.media.commands if command[0] == "move_track"]
    assert moves[2:] == [(sids[0], "a/audio", "nkmedia_fs"), (sids[1], "a/video", "nkmedia_fs")]
    assert [one["type"] for one in types(client, "a")][1:] == ["park", "echo", "mcu", "mcu", "park"]
    assert room_events(client)[-1][0] == "stopped_member"
    assert room.is_open, "it was not made by the session"
    assert client.ok("media/session/info", session_id="a")["type"] == "park"


def test_a_room_made_by_a_session_ends_with_its_last_member(stage: Stage, client: Client) -> None:
    begin(stage, client, "a", room_id="m2", layout="3x3")
    begin(stage, client, "b", room_id="m2")
    assert client.ok("media/room/info", room_id="m2")["layout"] == "3x3"
    client.ok("media/session/destroy", session_id="a")
    client.ok("media/session/set_type", session_id="b", type="park")
    events = [one for one in client.events("room") if one["obj_id"] == "m2"]
    assert [one["type"] for one in events] == [
        *("started", "started_member", "started_member", "stopped_member", "stopped_member", "destroyed")
    ]
    assert events[-1]["body"]["code"] == 304004
    client.ok("media/session/set_type", session_id="b", type="mcu")
    assert len(client.ok("media/room/list")) == 2, "a room without a name is a new one"
    client.ok("media/session/destroy", session_id="b")
    assert len(client.ok("media/room/list")) == 1


def test_a_room_for_a_session_that_never_comes_ends_with_it(stage: Stage, client: Client) -> None:
    client.ok("media/session/create", type="mcu", session_id="a", room_id="m2", offer={"sdp": BOTH})
    client.ok("media/session/destroy", session_id="a")
    assert client.refused("media/room/info", room_id="m2")[0] == 304001


@pytest.mark.parametrize("stays", [True, False])
def test_who_is_bridged_hears_the_other_until_one_goes(stage: Stage, client: Client, stays: bool) -> None:
    begin(stage, client, "a", "park", stop_after_peer=not stays)
    begin(stage, client, "b", "bridge", peer_id="a")
    assert received(stage, "a") == ["b/audio", "b/video"]
    assert received(stage, "b") == ["a/audio", "a/video"]
    assert types(client, "a")[-1] == {"type": "bridge", "peer_id": "b"}
    assert types(client, "b")[-1] == {"type": "bridge", "peer_id": "a"}
    client.ok("media/session/destroy", session_id="b")
    assert ended(client, "b") == 100011
    if stays:
        assert types(client, "a")[-1] == {"type": "park"}
        assert received(stage, "a") == []
    else:
        assert ended(client, "a") == 300020


def test_who_is_bridged_with_another_leaves_the_first(stage: Stage, client: Client) -> None:
    for name in "abc":
        begin(stage, client, name, "park")
    client.ok("media/session/set_type", session_id="a", type="bridge", peer_id="b")
    client.ok("media/session/set_type", session_id="a", type="bridge", peer_id="c")
    assert ended(client, "b") == 300020
    assert received(stage, "a") == ["c/audio", "c/video"]
    assert received(stage, "c") == ["a/audio", "a/video"]
    assert client.refused("media/session/set_type", session_id="a", type="bridge", peer_id="a")[0] == 100004


def test_a_member_who_is_bridged_leaves_its_room_first(stage: Stage, client: Client) -> None:
    begin(stage, client, "a", "park")
    begin(stage, client, "b")
    client.ok("media/session/set_type", session_id="a", type="bridge", peer_id="b")
    commands = [command[:3] for command in stage.media.commands]
    moved = [command[2] for command in commands if command[0] == "move_track"]
    assert moved[2:] == ["b/audio", "b/video"]
    back = max(place for place, command in enumerate(commands) if command[0] == "move_track")
    assert commands.index(("subscribe", session(stage, "a").peer, "b/audio")) > back
    assert received(stage, "a") == ["b/audio", "b/video"]
    assert received(stage, "b") == ["a/audio", "a/video"]
    assert client.ok("media/room/info", room_id="m1")["members"] == {}


def test_the_server_may_offer(stage: Stage, client: Client) -> None:
    tid = client.begin("media/session/create", {"type": "echo", "session_id": "a", "wait_reply": True})
    assert client.refused("media/session/set_answer", session_id="a", answer={"sdp": BOTH})[0] == 300010
    _, peer, request = stage.media.last("create_offer")
    stage.media.tell(peer, Event.Offered(peer, request, BOTH, {}, []))
    assert client.response(tid)["data"]["offer"]["sdp"] == BOTH
    assert client.refused("media/session/set_type", session_id="a", type="park")[0] == 100004
    client.ok("media/session/set_answer", session_id="a", answer={"sdp": BOTH})
    assert client.refused("media/session/set_answer", session_id="a", answer={"sdp": BOTH})[0] == 300013
    *_, pending = stage.media.last("accept_answer")
    bind(stage, peer, pending)
    stage.media.tell(peer, Event.PeerState(peer, "connected", ""))
    assert received(stage, "a") == ["a/audio", "a/video"]
    assert client.ok("media/session/info", session_id="a")["backend_role"] == "offerer"


def test_candidates_are_waited_for(stage: Stage, client: Client) -> None:
    trickling = {"sdp": BOTH, "trickle_ice": True}
    client.ok("media/session/create", type="echo", session_id="a", offer=trickling)
    client.ok("media/session/set_candidate", session_id="a", sdpMLineIndex=0, candidate=CANDIDATE)
    assert not [command for command in stage.media.commands if command[0] == "accept_offer"]
    client.ok("media/session/set_candidate_end", session_id="a")
    assert f"a={CANDIDATE}" in stage.media.last("accept_offer")[3]
    client.ok("media/session/create", type="echo", session_id="b", offer=trickling)
    stage.pass_time(6)
    assert ended(client, "b") == 300014


def test_who_does_not_answer_in_time_is_gone(stage: Stage, client: Client) -> None:
    client.ok("media/session/create", type="mcu", room_id="m1", session_id="a", wait_timeout=2)
    stage.pass_time(3)
    assert ended(client, "a") == 100060


def test_a_two_way_session_is_limited(stage: Stage, client: Client) -> None:
    client.ok("media/session/create", type="echo", session_id="a", offer={"sdp": BOTH}, bitrate=300_000)
    assert stage.media.last("limit_peer")[2] == 300_000
    connect(stage, "a")
    client.ok("media/session/update_media", session_id="a", bitrate=0)
    assert stage.media.last("limit_peer")[2] is None
    assert client.refused("media/session/set_answer", session_id="a", answer={"sdp": BOTH})[0] == 300013


def test_a_mute_stays_when_the_type_changes(stage: Stage, client: Client) -> None:
    begin(stage, client, "a", "echo", mute_video=True)
    assert stage.media.last("set_track_muted") == ("set_track_muted", "a/video", True)
    client.ok("media/session/update_media", session_id="a", mute_audio=True, mute_video=False)
    client.ok("media/session/set_type", session_id="a", type="mcu", room_id="m1")
    room, sid = mixed(stage, "a")
    assert [track.muted for track in room.participant(sid).tracks.values()] == [True, False]
    assert client.ok("media/room/info", room_id="m1")["members"]["a"]["mute_audio"]
    client.ok("media/session/update_media", session_id="a", mute_audio=False)
    assert not client.ok("media/room/info", room_id="m1")["members"]["a"]["mute_audio"]
    client.ok("media/session/set_type", session_id="a", type="park")
    assert client.refused("media/session/update_media", session_id="a", mute_audio=True)[0] == 100006


def test_members_of_other_protocols_are_members(stage: Stage, client: Client) -> None:
    room = stage.rooms.with_name("m1")
    sid = room.join(JoinRequest(identity="alice", user_id="alice"), stage.now).sid
    room.activate(sid, stage.now)
    assert room_events(client) == [("started_member", {"session_id": sid, "role": "member", "user_id": "alice"})]
    begin(stage, client, "a")
    client.ok("media/session/room_action", session_id="a", action="mute", member=sid)
    assert client.ok("media/room/info", room_id="m1")["members"][sid]["mute_audio"]
    client.ok("media/session/room_action", session_id="a", action="kick", member=sid)
    assert room.find("alice") is None


def test_a_member_acts_on_its_room(stage: Stage, client: Client) -> None:
    begin(stage, client, "a")
    begin(stage, client, "b")
    desk = stage.mixes.of[stage.rooms.with_name("m1").sid].desk

    def act(action: str, **data: Any) -> Any:
        return client.ok("media/session/room_action", session_id="a", action=action, **data)

    actions = client.ok("media/session/room_action", session_id="a")["actions"]
    assert set(actions) >= {"get_actions", "layout", "list", "mute", "kick", "floor", "volume_in", "reserve"}
    act("layout", layout="3x3")
    assert types(client, "a")[-1]["layout"] == "3x3"
    act("layout", data={"layout": "group:grid"})
    client.ok("media/session/update", session_id="a", update_type="mcu_layout", layout="4x4")
    layouts = [body["layout"] for kind, body in room_events(client) if kind == "layout"]
    assert layouts == ["3x3", "group:grid", "4x4"]
    act("deaf", member="b")
    act("volume_in", member="b", value=-2)
    act("vmute")
    assert desk.settings("ann/b").deaf
    assert desk.settings("ann/b").volume_in == -2
    assert act("list")["members"]["a"]["mute_video"]
    act("unvmute")
    assert not act("list")["members"]["a"]["mute_video"]
    act("floor", member="b")
    act("floor")
    act("reserve", member="b", reservation_id="presenter")
    act("reserve", member="", reservation_id="presenter")
    act("kick", member="b")
    assert ended(client, "b") == 100012


def test_a_conference_is_recorded_one_file_at_a_time(stage: Stage, client: Client, tmp_path: Path) -> None:
    begin(stage, client, "a")
    begin(stage, client, "b")

    def act(session_id: str, action: str, **data: Any) -> Any:
        return client.ok("media/session/room_action", session_id=session_id, action=action, **data)

    assert client.refused("media/session/room_action", session_id="a", action="record_stop")[0] == 300030
    assert act("a", "record_start") == {"uri": f"file://{tmp_path}/m1_p0000.webm"}
    assert act("b", "record_start", data={"uri": "talks/today.mkv"}) == {"uri": f"file://{tmp_path}/talks/today.mkv"}
    assert stage.recordings is not None
    assert [file.is_over for file in stage.recordings.files] == [True, False]
    outside = {"session_id": "a", "action": "record_start", "uri": "/etc/passwd"}
    assert client.refused("media/session/room_action", **outside) == (100046, "Invalid value: uri")
    assert not stage.recordings.files[1].is_over, "what cannot be done changes nothing"
    act("a", "record_stop")
    assert stage.recordings.files[1].is_over
    assert client.refused("media/session/room_action", session_id="a", action="record_stop")[0] == 300030


def test_files_are_played_into_a_conference(stage: Stage, client: Client) -> None:
    begin(stage, client, "a")
    desk = stage.mixes.of[stage.rooms.with_name("m1").sid].desk
    film = "file:///films/film.mp4"

    def act(action: str, **data: Any) -> Any:
        return client.ok("media/session/room_action", session_id="a", action=action, **data)

    assert act("play", uri="film.mp4") == act("play", uri="film.mp4") == {"uri": film}
    assert len(desk.playing) == 2
    act("play_stop", uri="film.mp4")
    assert desk.playing == []
    assert client.refused("media/session/room_action", session_id="a", action="play_stop")[0] == 300031
    act("play", uri="film.mp4")
    act("play_stop")
    assert desk.playing == []
    for problems in ([], [Problem(track="", what="unreadable")]):
        act("play", uri="film.mp4")
        (number,) = desk.playing
        problems = [msgspec.structs.replace(one, track=number) for one in problems]
        desk.on_status(Status(state=State.ACTIVE, over=[number], problems=problems))
    told = [body for kind, body in room_events(client) if kind == "info"]
    over = {"info": "play_stop", "uri": film}
    assert told == [over, {**over, "error": "the file cannot be played"}]
    assert client.refused("media/session/room_action", session_id="a", action="play_stop")[0] == 300031


@pytest.mark.parametrize(
    ("data", "code", "error"),
    [
        ({"action": "play"}, 100045, "Missing field: uri"),
        ({"action": "play", "uri": "../secret"}, 100046, "Invalid value: uri"),
        ({"action": "play_stop"}, 300031, "No active player"),
        ({"action": "fly"}, 100043, "Invalid action 'fly'"),
        ({"action": "layout"}, 100045, "Missing field: layout"),
        ({"action": "layout", "layout": "9x9"}, 100046, "Invalid value: layout"),
        ({"action": "layout", "data": {"layout": []}}, 100044, "Syntax error: data"),
        ({"action": "mute", "member": "nobody"}, 100036, "Member not found"),
        ({"action": "volume_in"}, 100045, "Missing field: value"),
        ({"action": "volume_out", "value": 5}, 100046, "Invalid value: value"),
        ({"action": "reserve", "member": "a"}, 100045, "Missing field: reservation_id"),
        ({"action": "reserve", "reservation_id": "front"}, 100046, "Invalid value: reservation_id"),
    ],
)
def test_actions_that_make_no_sense(stage: Stage, client: Client, data: Any, code: int, error: str) -> None:
    begin(stage, client, "a")
    assert client.refused("media/session/room_action", session_id="a", **data) == (code, error)


def test_only_members_have_a_room_to_act_on(stage: Stage, client: Client) -> None:
    begin(stage, client, "a", "echo")
    assert client.refused("media/session/room_action", session_id="a")[0] == 300032
    assert client.refused("media/session/set_type", session_id="a", type="publish")[0] == 100006


def test_nobody_publishes_in_a_conference(stage: Stage, client: Client) -> None:
    publish = {"type": "publish", "room_id": "m1", "offer": {"sdp": OFFER}}
    assert client.refused("media/session/create", **publish)[0] == 300002


def test_as_many_rooms_are_mixed_as_are_allowed(stage: Stage, client: Client) -> None:
    stage.mixes.full = True
    assert client.refused("media/room/create", **{"class": "mcu", "room_id": "m2"})[0] == 300005
    assert client.ok("media/room/list") == [{"class": "mcu", "room_id": "m1"}]


def test_a_member_who_is_removed_has_to_go(stage: Stage, client: Client) -> None:
    begin(stage, client, "a")
    room, sid = mixed(stage, "a")
    room.leave(sid, LeaveReason.PARTICIPANT_REMOVED, stage.now)
    assert ended(client, "a") == 100012


def test_a_client_that_hangs_up_is_no_member_any_more(stage: Stage, client: Client) -> None:
    begin(stage, client, "a")
    peer = session(stage, "a").peer
    stage.media.tell(peer, Event.PeerState(peer, "closed", ""))
    assert ended(client, "a") == 302006
    assert client.ok("media/room/info", room_id="m1")["members"] == {}


def test_a_connection_takes_its_members_along(stage: Stage, client: Client) -> None:
    other = stage.client("bob")
    other.ok("media/session/create", type="mcu", room_id="m1", session_id="a", offer={"sdp": BOTH})
    connect(stage, "a")
    other.vanish()
    assert ended(client, "a") == 100010
    assert room_events(client)[-1][0] == "stopped_member"


def test_a_conference_that_the_machine_cannot_keep_up_with_says_so(stage: Stage, client: Client) -> None:
    (mix,) = stage.mixes.of.values()
    for fps in (7.5, 15.0):
        for told in mix.on_rate:
            told(fps)
    bodies = [body for kind, body in room_events(client) if kind == "status"]
    assert bodies == [{"class": "overload", "fps": 7.5}, {"class": "overload", "fps": 15}]
