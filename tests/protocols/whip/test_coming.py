"""What a POST does, and what it is refused for."""

import pytest

from roomful.config import Config
from roomful.rooms.model import AudioFeature, TrackKind, TrackSource, VideoQuality
from roomful.rooms.options import RoomDefaults, RoomOptions

from . import offers
from .conftest import FRAGMENT, ROOM, SDP, Server, bearer


async def test_an_offer_is_answered_with_everything_a_client_needs(server: Server) -> None:
    answer = await server.post(offers.SENDING)
    assert answer.status_code == 201
    assert answer.headers["content-type"] == "application/sdp"
    assert answer.headers["location"] == f"/whip/v1/{server.participant().sid}"
    assert answer.headers["accept-patch"] == "application/trickle-ice-sdpfrag"
    ufrag = next(line for line in answer.text.splitlines() if line.startswith("a=ice-ufrag:")).partition(":")[2]
    assert answer.headers["etag"] == f'"{ufrag}"'
    assert answer.text.count("a=recvonly") == 2
    assert "a=candidate:" in answer.text, "the server does not trickle"


async def test_ice_servers_are_in_link_headers(server: Server) -> None:
    turn, stun = (await server.post(offers.SENDING)).headers.get_list("link")
    assert turn.startswith('<turns:turn.example:443?transport=tcp>; rel="ice-server"; username="a \\"user\\""; ')
    assert turn.endswith('credential="secret"; credential-type="password"')
    assert stun == '<stun:stun.example:3478>; rel="ice-server"'


@pytest.mark.parametrize("offer", [offers.SENDING, offers.WITHOUT_MSID], ids=["with msid", "without msid"])
async def test_the_tracks_of_the_offer_are_published(server: Server, offer: str) -> None:
    assert (await server.post(offer)).status_code == 201
    tracks = {track.kind: track for track in server.participant().tracks.values()}
    audio, video = tracks[TrackKind.AUDIO], tracks[TrackKind.VIDEO]
    assert (audio.source, audio.mime, audio.published) == (TrackSource.MICROPHONE, "audio/opus", True)
    assert (video.source, video.mime, video.published) == (TrackSource.CAMERA, "video/VP8", True)


async def test_of_several_sections_the_second_is_the_screen(server: Server) -> None:
    await server.post(offers.offer(offers.video("0", msid="s a"), offers.video("1", msid="s b")))
    sources = [track.source for track in server.participant().tracks.values()]
    assert sources == [TrackSource.CAMERA, TrackSource.SCREEN_SHARE]


async def test_simulcast_layers_come_from_the_offer(server: Server) -> None:
    assert (await server.post(offers.SIMULCAST)).status_code == 201
    (track,) = server.participant().tracks.values()
    assert track.simulcast
    assert [(layer.rid, layer.quality) for layer in track.layers] == [
        ("q", VideoQuality.LOW),
        ("h", VideoQuality.MEDIUM),
        ("f", VideoQuality.HIGH),
    ]


async def test_stereo_sound_stays_stereo(server: Server) -> None:
    answer = await server.post(offers.offer(offers.audio(stereo=True)))
    (track,) = server.participant().tracks.values()
    assert track.audio_features == {AudioFeature.STEREO, AudioFeature.NO_DTX}
    assert "stereo=1" in answer.text


class TestOnlySomeCodecs:
    @pytest.fixture
    def config(self, only_h264: Config) -> Config:
        return only_h264

    async def test_a_codec_that_is_enabled_is_chosen(self, server: Server) -> None:
        assert (await server.post(offers.offer(offers.video()))).status_code == 201
        (track,) = server.participant().tracks.values()
        assert track.mime == "video/H264"

    async def test_an_offer_without_one_is_refused(self, server: Server) -> None:
        answer = await server.post(offers.offer(offers.audio()))
        assert answer.status_code == 406


async def test_a_second_session_of_an_identity_replaces_the_first(server: Server) -> None:
    first = await server.post(offers.SENDING)
    second = await server.post(offers.SENDING)
    assert second.status_code == 201
    assert (await server.http.get(first.headers["location"], headers=bearer())).status_code == 404
    assert (await server.http.get(second.headers["location"], headers=bearer())).status_code == 204


async def test_a_viewer_receives_and_announces_no_streams(server: Server) -> None:
    await server.post(offers.SENDING)
    answer = await server.post(offers.RECEIVING, "/whep/v1", identity="viewer")
    assert answer.status_code == 201
    assert answer.headers["location"].startswith("/whep/v1/PA_")
    assert answer.text.count("a=sendonly") == 2
    assert answer.text.count("a=msid:") == 2
    assert "a=ssrc" not in answer.text
    assert server.participant("viewer").tracks == {}


async def test_a_viewer_may_come_before_there_is_anything_to_see(server: Server) -> None:
    answer = await server.post(offers.RECEIVING, "/whep/v1", identity="viewer")
    assert answer.status_code == 201
    assert answer.text.count("a=sendonly") == 2


@pytest.mark.parametrize(
    ("path", "offer", "rights", "status"),
    [
        ("/whip/v1", offers.SENDING, {"room_join": False}, 403),
        ("/whip/v1", offers.SENDING, {"can_publish": False}, 403),
        ("/whip/v1", offers.SENDING, {"can_publish_sources": frozenset({TrackSource.MICROPHONE})}, 403),
        ("/whip/v1", offers.SENDING, {"room": ""}, 403),
        ("/whip/v1", offers.SENDING, {"identity": ""}, 400),
        ("/whip/v1", offers.SENDING, {"identity": "x" * 300}, 400),
        ("/whip/v1", offers.RECEIVING, {}, 422),
        ("/whip/v1", offers.UNKNOWN_CODEC, {}, 406),
        ("/whip/v1", "v=0\r\ns=-\r\n", {}, 400),
        ("/whip/v1", "hello", {}, 400),
        ("/whip/v1", "", {}, 400),
        ("/whip/v1", "v=0\r\nm=audio nonsense\r\n", {}, 400),
        ("/whip/v1", "x" * 300_000, {}, 413),
        ("/whep/v1", offers.RECEIVING, {"can_subscribe": False}, 403),
        ("/whep/v1", offers.SENDING, {}, 422),
    ],
)
async def test_what_cannot_be_is_refused_and_leaves_nobody_behind(
    server: Server, path: str, offer: str, rights: dict[str, object], status: int
) -> None:
    answer = await server.post(offer, path, **rights)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["detail"]
    room = server.rooms.get(ROOM)
    assert room is None or not room.participants
    assert len(server.whip.sessions) == 0


@pytest.mark.parametrize("authorization", [None, "Bearer nonsense", "Basic eDp5", "Bearer x.y.z"])
async def test_without_a_good_token_nobody_comes_in(server: Server, authorization: str | None) -> None:
    headers = SDP | ({"authorization": authorization} if authorization else {})
    answer = await server.http.post("/whip/v1", content=offers.SENDING, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_body_of_another_type_is_refused(server: Server) -> None:
    answer = await server.http.post("/whip/v1", content=offers.SENDING, headers=bearer() | FRAGMENT)
    assert answer.status_code == 415
    assert answer.headers["accept-post"] == "application/sdp"


async def test_a_full_room_is_full(server: Server) -> None:
    server.rooms.create(ROOM, RoomOptions(max_participants=1), 0.0)
    assert (await server.post(offers.SENDING)).status_code == 201
    answer = await server.post(offers.SENDING, identity="other")
    assert (answer.status_code, answer.json()["detail"]) == (
        403,
        "room is full: maximum number of participants reached",
    )


class TestWithoutAutoCreate:
    @pytest.fixture
    def defaults(self) -> RoomDefaults:
        return RoomDefaults(auto_create=False)

    async def test_a_room_must_be_there(self, server: Server) -> None:
        assert (await server.post(offers.SENDING)).status_code == 404
        assert (await server.post(offers.SENDING, room_create=True)).status_code == 201
