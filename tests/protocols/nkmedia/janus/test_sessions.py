"""Media sessions on Janus, what it is asked for them, and how they end."""

import pytest

from roomful.media.api import Event
from roomful.rooms.model import LeaveReason, TrackKind, TrackSource
from roomful.rooms.participant import JoinRequest
from roomful.rooms.room import Room
from roomful.rooms.tracks import TrackSpec
from tests.protocols.nkmedia.stage import ANSWER, OFFER, Client, Stage

from .fake_janus import STREAMS, FakeJanus
from .negotiating import CREATE, listen, publish, up


def test_a_publisher_from_birth_to_death(stage: Stage, janus: FakeJanus, client: Client, room: Room) -> None:
    made = publish(client)
    assert made["answer"]["sdp"] == ANSWER
    join, published = janus.last("join"), janus.last("publish")
    assert join["body"]["ptype"] == "publisher"
    assert join["body"]["display"] == "p1"
    assert published["jsep"] == {"type": "offer", "sdp": OFFER.replace("\n", "\r\n"), "trickle": False}
    assert client.events("room", "started_publisher")[0]["body"] == {"session_id": "p1", "user": "ann"}
    assert client.ok("media/session/info", session_id="p1")["engine"] == "janus"
    up(stage, janus)
    mirror = janus.last("join")
    assert mirror["body"]["streams"] == [{"feed": join["body"]["id"]}]
    assert janus.last("start")["jsep"]["sdp"] == ANSWER
    participant = next(iter(room.participants.values()))
    assert {track.mime for track in participant.tracks.values() if track.published} == {"audio/opus", "video/VP8"}
    assert len(client.events("room", "started_publisher")) == 1
    assert client.events("session", "status")[0]["body"] == {"class": "webrtc", "status": "up"}
    client.ok("media/session/destroy", session_id="p1")
    assert janus.last("destroy")["session_id"] == published["session_id"]
    assert not room.participants


def test_a_listener_waits_for_its_publisher(stage: Stage, janus: FakeJanus, client: Client, room: Room) -> None:
    publish(client)
    tid = client.begin(CREATE, {"type": "listen", "publisher_id": "p1", "session_id": "l1", "wait_reply": True})
    assert not [one for one in janus.requests("join") if one["body"]["ptype"] == "subscriber"]
    up(stage, janus)
    assert client.response(tid)["data"]["offer"]["sdp"] == OFFER
    client.ok("media/session/set_answer", session_id="l1", answer={"sdp": ANSWER})
    assert janus.last("start")["jsep"]["type"] == "answer"
    assert client.events("room", "started_listener")[0]["body"]["peer"] == "p1"


def test_a_listener_does_not_wait_for_ever(stage: Stage, client: Client, room: Room) -> None:
    publish(client)
    tid = client.begin(CREATE, {"type": "listen", "publisher_id": "p1", "wait_reply": True})
    stage.pass_time(6)
    assert client.response(tid)["data"]["code"] == 304005
    assert client.events("session", "destroyed")[0]["body"]["code"] == 304005


@pytest.mark.parametrize(("number", "code"), [(437, 300016), (426, 304001), (433, 100030), (499, 301001)])
def test_a_refusal_ends_the_session(janus: FakeJanus, client: Client, room: Room, number: int, code: int) -> None:
    janus.refusals["publish"] = [number]
    refused = client.refused(CREATE, type="publish", room_id="r1", offer={"sdp": OFFER}, wait_reply=True)
    assert refused[0] == code
    assert client.events("session", "destroyed")[0]["body"] == {"code": code, "reason": refused[1]}
    assert janus.last("destroy")["session_id"] == janus.last("publish")["session_id"]


def test_a_feed_number_that_is_taken_is_drawn_again(janus: FakeJanus, client: Client, room: Room) -> None:
    janus.refusals["join"] = [436]
    publish(client)
    assert len({one["body"]["id"] for one in janus.requests("join")}) == 2


@pytest.mark.parametrize("event", ["hangup", "detached"])
def test_the_far_end_may_close(janus: FakeJanus, client: Client, room: Room, event: str) -> None:
    publish(client)
    janus.tell(event, janus.last("publish"), reason="DTLS alert")
    assert client.events("session", "destroyed")[0]["body"]["code"] == 301003
    assert not room.participants


def test_a_session_that_ends_early_leaves_nothing_at_janus(janus: FakeJanus, client: Client, room: Room) -> None:
    janus.silent.add("create")
    client.ok(CREATE, type="publish", room_id="r1", session_id="p1", offer={"sdp": OFFER})
    created = janus.last("create")
    client.ok("media/session/destroy", session_id="p1")
    janus.say(janus="success", transaction=created["transaction"], data={"id": 77})
    assert janus.last("destroy")["session_id"] == 77


def test_all_sessions_of_a_janus_that_dies_end_alike(
    stage: Stage, janus: FakeJanus, client: Client, room: Room
) -> None:
    publish(client)
    up(stage, janus)
    listen(client)
    janus.vanish()
    ends = {one["obj_id"]: one["body"]["code"] for one in client.events("session", "destroyed")}
    assert ends == {"p1": 301003, "l1": 301003}
    assert client.refused(CREATE, type="publish", offer={"sdp": OFFER})[0] == 300001


def test_candidates_wait_for_their_description(janus: FakeJanus, client: Client, room: Room) -> None:
    janus.silent.add("publish")
    client.ok(CREATE, type="publish", room_id="r1", session_id="p1", offer={"sdp": OFFER, "trickle_ice": True})
    client.ok("media/session/set_candidate", session_id="p1", sdpMLineIndex=0, candidate="candidate:1 early")
    client.ok("media/session/set_candidate_end", session_id="p1")
    asked = janus.last("publish")
    assert asked["jsep"]["trickle"] is True
    assert not janus.requests("trickle")
    data = {"videoroom": "event", "streams": [{"type": "audio", "mid": "0", "codec": "opus"}]}
    plugindata = {"plugin": "janus.plugin.videoroom", "data": data}
    jsep = {"type": "answer", "sdp": ANSWER}
    janus.tell("event", asked, transaction=asked["transaction"], plugindata=plugindata, jsep=jsep)
    assert [one["candidate"] for one in janus.requests("trickle")] == [
        {"sdpMLineIndex": 0, "candidate": "candidate:1 early"},
        {"completed": True},
    ]


def test_mutes_and_limits_go_to_janus(stage: Stage, janus: FakeJanus, client: Client, room: Room) -> None:
    publish(client, mute_video=True, bitrate=200_000)
    assert janus.last("publish")["body"]["bitrate"] == 200_000
    assert janus.last("configure")["body"]["streams"] == [{"mid": "1", "send": False}]
    up(stage, janus)
    assert {track.kind: track.muted for track in room.tracks.values()} == {
        TrackKind.AUDIO: False,
        TrackKind.VIDEO: True,
    }
    client.ok("media/session/update_media", session_id="p1", mute_audio=True, bitrate=100_000)
    assert [one["body"] for one in janus.requests("configure")][1:] == [
        {"request": "configure", "bitrate": 100_000},
        {"request": "configure", "streams": [{"mid": "0", "send": False}]},
    ]
    assert all(track.muted for track in room.tracks.values())
    listen(client)
    client.ok("media/session/update_media", session_id="l1", mute_video=True)
    assert janus.last("configure")["body"]["streams"] == [{"mid": "1", "send": False}]
    assert janus.last("configure")["handle_id"] == janus.last("start")["handle_id"]


def test_no_publisher_may_send_more_than_its_room_allows(janus: FakeJanus, client: Client) -> None:
    client.ok("media/room/create", **{"class": "sfu"}, room_id="r1", bitrate=300_000)
    publish(client)
    for wanted, told in ((500_000, 300_000), (200_000, 200_000), (0, 300_000)):
        client.ok("media/session/update_media", session_id="p1", bitrate=wanted)
        assert janus.last("configure")["body"]["bitrate"] == told


def test_a_listener_is_switched(stage: Stage, janus: FakeJanus, client: Client, room: Room) -> None:
    for session_id in ("p1", "p2"):
        publish(client, session_id)
        up(stage, janus)
    listen(client)
    details = client.ok("media/session/set_type", session_id="l1", type="listen", publisher_id="p2")
    assert details == {"room_id": "r1", "publisher_id": "p2"}
    feed = next(one["body"]["id"] for one in janus.requests("join") if one["body"].get("display") == "p2")
    assert janus.last("switch")["body"]["streams"] == [
        {"feed": feed, "mid": "0", "sub_mid": "0"},
        {"feed": feed, "mid": "1", "sub_mid": "1"},
    ]
    assert [one["body"]["peer"] for one in client.events("room", "started_listener")] == ["p1", "p2"]
    janus.refusals["switch"] = [421]
    assert client.refused("media/session/set_type", session_id="l1", type="listen", publisher_id="p1")[0] == 100041
    assert client.ok("media/session/info", session_id="l1")["type_ext"]["publisher_id"] == "p2"
    client.ok("media/session/destroy", session_id="p1")
    assert client.ok("media/session/info", session_id="l1")
    client.ok("media/session/destroy", session_id="p2")
    assert client.events("session", "destroyed")[-1]["body"]["code"] == 304006


def test_what_a_switch_finds_nothing_for_is_held(stage: Stage, janus: FakeJanus, client: Client, room: Room) -> None:
    publish(client, "p1")
    up(stage, janus)
    janus.streams = STREAMS[:1]
    publish(client, "p2")
    up(stage, janus)
    listen(client)
    client.ok("media/session/set_type", session_id="l1", type="listen", publisher_id="p2")
    assert [one["sub_mid"] for one in janus.last("switch")["body"]["streams"]] == ["0"]
    assert janus.last("configure")["body"]["streams"] == [{"mid": "1", "send": False}]
    client.ok("media/session/set_type", session_id="l1", type="listen", publisher_id="p1")
    assert janus.last("configure")["body"]["streams"] == [{"mid": "1", "send": True}]


def test_one_switch_at_a_time(stage: Stage, janus: FakeJanus, client: Client, room: Room) -> None:
    for session_id in ("p1", "p2"):
        publish(client, session_id)
        up(stage, janus)
    listen(client)
    janus.silent.add("switch")
    switch = {"session_id": "l1", "type": "listen", "publisher_id": "p2"}
    tid = client.begin("media/session/set_type", switch)
    assert client.refused("media/session/set_type", **switch)[0] == 100004
    stage.pass_time(11)
    assert client.response(tid)["data"]["code"] == 301002
    janus.silent.clear()
    client.ok("media/session/set_type", **switch)


def test_codecs_have_to_agree(stage: Stage, janus: FakeJanus, client: Client, room: Room) -> None:
    publish(client, "p1")
    up(stage, janus)
    listen(client)
    janus.streams = [{"type": "audio", "mid": "0", "codec": "pcmu"}]
    publish(client, "p2")
    up(stage, janus)
    assert client.refused("media/session/set_type", session_id="l1", type="listen", publisher_id="p2")[0] == 100041


def test_publishers_of_other_protocols_are_mirrored_while_somebody_listens(
    stage: Stage, janus: FakeJanus, client: Client, room: Room
) -> None:
    other = room.join(JoinRequest(identity="bob", name="bob", protocol="livekit"), stage.now)
    track = room.publish(other.sid, TrackSpec(kind=TrackKind.AUDIO, source=TrackSource.MICROPHONE), stage.now)
    room.bind(track.sid, "audio/opus", "0", stage.now)
    tids = [
        client.begin(CREATE, {"type": "listen", "publisher_id": other.sid, "session_id": name, "wait_reply": True})
        for name in ("l1", "l2")
    ]
    _, peer, request = stage.media.last("create_offer")
    assert stage.media.last("subscribe") == ("subscribe", peer, track.sid)
    stage.media.tell(peer, Event.Offered(peer, request, OFFER, {"0": track.sid}, []))
    assert stage.media.last("accept_answer")[:3] == ("accept_answer", peer, request)
    published = janus.last("publish")
    janus.tell("webrtcup", published)
    for tid in tids:
        assert client.response(tid)["data"]["offer"]["sdp"] == OFFER
    assert len(janus.requests("publish")) == 1, "one copy for both"
    client.ok("media/session/destroy", session_id="l1")
    assert ("close_peer", peer) not in stage.media.commands
    client.ok("media/session/destroy", session_id="l2")
    assert ("close_peer", peer) in stage.media.commands
    assert janus.last("destroy")["session_id"] == published["session_id"]


def test_a_mirror_that_fails_takes_its_listeners_along(
    stage: Stage, janus: FakeJanus, client: Client, room: Room
) -> None:
    other = room.join(JoinRequest(identity="bob", name="bob", protocol="livekit"), stage.now)
    track = room.publish(other.sid, TrackSpec(kind=TrackKind.AUDIO, source=TrackSource.MICROPHONE), stage.now)
    room.bind(track.sid, "audio/opus", "0", stage.now)
    for is_up, code in ((False, 304005), (True, 301003)):
        client.ok(CREATE, type="listen", publisher_id=other.sid)
        _, peer, request = stage.media.last("create_offer")
        if is_up:
            stage.media.tell(peer, Event.Offered(peer, request, OFFER, {"0": track.sid}, []))
            janus.tell("webrtcup", janus.last("publish"))
        stage.media.tell(peer, Event.PeerState(peer, "failed", ""))
        assert client.events("session", "destroyed")[-1]["body"]["code"] == code
        assert stage.media.last("close_peer")[1] in (peer, peer - 1)
        assert stage.server.janus is not None
        assert not len(stage.server.janus.mirrors)


def test_who_is_removed_from_the_room_is_gone_at_janus(
    stage: Stage, janus: FakeJanus, client: Client, room: Room
) -> None:
    publish(client)
    up(stage, janus)
    room.leave(next(iter(room.participants)), LeaveReason.PARTICIPANT_REMOVED, stage.now)
    assert client.events("session", "destroyed")[0]["body"]["code"] == 100012
    assert janus.last("destroy")["session_id"] == janus.last("publish")["session_id"]


def test_janus_may_tell_of_its_rooms(janus: FakeJanus, client: Client, room: Room) -> None:
    publish(client)
    data = {"videoroom": "slow_link", "current-bitrate": 64_000}
    janus.tell("event", janus.last("publish"), plugindata={"plugin": "janus.plugin.videoroom", "data": data})
    assert client.events("room", "status")[0]["body"] == {"class": "slow_link", "bitrate": 64_000}
    data = {"videoroom": "destroyed", "room": janus.last("join")["body"]["room"]}
    janus.tell("event", janus.last("publish"), plugindata={"plugin": "janus.plugin.videoroom", "data": data})
    assert client.events("session", "destroyed")[0]["body"]["code"] == 304003
    assert client.events("room", "destroyed")[0]["body"]["code"] == 304003
    assert not room.is_open


def test_the_client_hears_of_its_media(janus: FakeJanus, client: Client, room: Room) -> None:
    publish(client)
    asked = janus.last("publish")
    janus.tell("media", asked, type="audio", receiving=True, mid="0")
    janus.tell("media", asked, type="video", receiving=False, mid="1")
    janus.tell("slowlink", asked, uplink=True, lost=7)
    assert [one["body"] for one in client.events("session", "status")] == [
        {"class": "media", "media": "audio", "status": "up"},
        {"class": "media", "media": "video", "status": "down"},
        {"class": "slow_link", "lost": 7, "uplink": True},
    ]
