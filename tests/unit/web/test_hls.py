"""HLS over HTTP: a link opens one recording, for a time, and nothing else in the folder."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import httpx
import pytest
from livekit.protocol.egress import EgressInfo, SegmentsInfo

from roomful.auth import Grant, HlsGrant, TokenError, TokenVerifier, VideoGrant, mint, mint_hls
from roomful.web.api import api
from roomful.web.asgi import Application
from roomful.web.gateway import Gateway
from roomful.web.hls import Hls
from roomful.web.hls_links import hls_links_endpoint
from roomful.web.pages import Pages
from roomful.web.server import WebServer
from roomful.web.sockets import listen

from .conftest import Recorder

KEY, SECRET = "APItest", "a-secret-of-more-than-32-characters"
EGRESS = "EG_tea"
SEGMENT = bytes(range(256)) * 4
PLAYLIST = "tea room/all.m3u8"
LIVE = "tea room/now.m3u8"
GRANT = HlsGrant(playlist=PLAYLIST, live_playlist=LIVE, expires_at=time.time() + 3600)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Recordings of two rooms, and files that are nobody's business."""
    folder = tmp_path / "recordings"
    (folder / "tea room" / "parts").mkdir(parents=True)
    listed = [
        "parts/100%25 %23_00001.ts",
        "parts/cut_00002.ts",
        "../other_00001.ts",
        "parts/link_00003.ts",
        "notes.txt",
    ]
    lines = ["#EXTM3U", *(line for one in listed for line in ("#EXTINF:4.0,", one))]
    (folder / PLAYLIST).write_text("\n".join(lines) + "\n")
    (folder / LIVE).write_text("#EXTM3U\n")
    for segment in ("tea room/parts/100% #_00001.ts", "tea room/parts/cut_00002.ts", "tea room/unlisted.ts"):
        (folder / segment).write_bytes(SEGMENT)
    (folder / "tea room" / "notes.txt").write_text("secret")
    (folder / "other_00001.ts").write_bytes(SEGMENT)
    (folder / "other.m3u8").write_text("#EXTM3U\nother_00001.ts\n")
    (tmp_path / "secret.ts").write_text("secret")
    (folder / "tea room" / "parts" / "link_00003.ts").symlink_to(tmp_path / "secret.ts")
    return folder


@pytest.fixture
async def http(folder: Path, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    verifier = TokenVerifier({KEY: SECRET})
    info = EgressInfo(egress_id=EGRESS)
    info.segment_results.append(
        SegmentsInfo(playlist_name=PLAYLIST, live_playlist_name=LIVE, playlist_location=str(folder / PLAYLIST))
    )
    uploaded = EgressInfo(egress_id="EG_gone", segment_results=[SegmentsInfo(playlist_location="s3://bucket/a.m3u8")])
    infos = {EGRESS: [info], "EG_gone": [uploaded], "EG_file": [EgressInfo()]}
    links = hls_links_endpoint(lambda egress_id: infos.get(egress_id, []), {KEY: SECRET}, verifier)
    gateway = Gateway(
        signal=cast(Application, Recorder("signal")),
        twirp=cast(Application, Recorder("twirp")),
        api=cast(Application, api([links])),
        pages=Pages(tmp_path / "nothing"),
        others={"/hls": Hls(folder, verifier)},
    )
    web = WebServer(gateway, listen(["127.0.0.1"], 0))
    await web.start()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{web.port}") as client:
        yield client
    await web.stop(1.0)


def below(grant: HlsGrant = GRANT, secret: str = SECRET) -> str:
    return f"/hls/{mint_hls(grant, KEY, secret)}"


def bearer(rights: VideoGrant) -> dict[str, str]:
    token = mint(Grant(identity="x", video=rights), KEY, SECRET, 60, time.time())
    return {"authorization": f"Bearer {token}"}


@pytest.mark.parametrize("playlist", [PLAYLIST, LIVE])
async def test_playlists_are_asked_for_again_each_time(http: httpx.AsyncClient, folder: Path, playlist: str) -> None:
    answer = await http.get(f"{below()}/{playlist}", headers={"origin": "https://elsewhere.example"})
    assert (answer.status_code, answer.text) == (200, (folder / playlist).read_text())
    assert answer.headers["content-type"] == "application/vnd.apple.mpegurl"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["access-control-allow-origin"] == "https://elsewhere.example"
    again = await http.get(f"{below()}/{playlist}", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_what_the_playlist_names_is_found_from_there_and_kept_while_the_link_holds(
    http: httpx.AsyncClient,
) -> None:
    playlist = await http.get(f"{below()}/{PLAYLIST}")
    first = next(line for line in playlist.text.splitlines() if not line.startswith("#"))
    answer = await http.get(playlist.url.join(first))
    assert (answer.status_code, answer.content) == (200, SEGMENT)
    assert answer.headers["content-type"] == "video/mp2t"
    public, age, immutable = answer.headers["cache-control"].split(", ")
    assert (public, immutable) == ("public", "immutable")
    assert 0 < int(age.removeprefix("max-age=")) <= 3600


async def test_folders_of_playlists_may_lie_beside_those_of_segments(http: httpx.AsyncClient) -> None:
    answer = await http.get(f"{below()}/other_00001.ts")
    assert answer.content == SEGMENT


@pytest.mark.parametrize(
    ("wanted", "status", "part"),
    [
        ("bytes=0-0", 206, slice(0, 1)),
        ("bytes=1000-", 206, slice(1000, None)),
        ("bytes=1000-9999", 206, slice(1000, None)),
        ("bytes=-24", 206, slice(-24, None)),
        ("bytes=-9999", 206, slice(None)),
        ("bytes=1024-", 416, slice(0)),
        ("bytes=-0", 416, slice(0)),
        ("bytes=5-3", 200, slice(None)),
        ("bytes=0-1,5-6", 200, slice(None)),
        ("bytes=-", 200, slice(None)),
        ("lines=1-2", 200, slice(None)),
    ],
)
async def test_a_range_is_that_part(http: httpx.AsyncClient, wanted: str, status: int, part: slice) -> None:
    answer = await http.get(f"{below()}/tea room/parts/cut_00002.ts", headers={"range": wanted})
    assert (answer.status_code, answer.content) == (status, SEGMENT[part])
    if status == 206:
        first = range(1024)[part].start
        assert answer.headers["content-range"] == f"bytes {first}-{first + len(answer.content) - 1}/1024"


async def test_a_range_of_what_it_was_before_is_all_of_what_it_is_now(http: httpx.AsyncClient) -> None:
    headers = {"range": "bytes=0-1", "if-range": '"older"'}
    answer = await http.get(f"{below()}/tea room/parts/cut_00002.ts", headers=headers)
    assert (answer.status_code, answer.content) == (200, SEGMENT)


async def test_a_head_has_no_body(http: httpx.AsyncClient) -> None:
    answer = await http.head(f"{below()}/tea room/parts/cut_00002.ts")
    assert (answer.status_code, answer.headers["content-length"], answer.content) == (200, "1024", b"")


@pytest.mark.parametrize(
    "path",
    [
        "other.m3u8",
        "tea room/unlisted.ts",
        "tea room/notes.txt",
        "tea room/parts/link_00003.ts",
        "tea room/parts/%2e%2e/%2e%2e/other_00001.ts",
        "tea room/parts/..%2f..%2fother_00001.ts",
        "..%2fsecret.ts",
        "%2e%2e/secret.ts",
        "%2fetc/passwd",
        "tea room/parts",
        "tea room/gone.ts",
        "%00.ts",
        "x" * 5000 + ".ts",
        "",
    ],
)
async def test_nothing_else_is_there(http: httpx.AsyncClient, path: str) -> None:
    # By hand: clients tidy such paths up before they send them.
    reader, writer = await asyncio.open_connection(http.base_url.host, http.base_url.port)
    target = f"{below()}/{path}".replace(" ", "%20")
    writer.write(f"GET {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
    async with asyncio.timeout(5):
        answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 404 "), answer
    assert b"secret" not in answer


async def test_without_a_link_nothing_is_there(http: httpx.AsyncClient) -> None:
    access = mint(Grant(identity="x", video=VideoGrant(room_record=True, room_join=True)), KEY, SECRET, 60, time.time())
    expired = HlsGrant(playlist=PLAYLIST, expires_at=time.time() - 120)
    forged = below(secret="another-secret-of-over-32-characters")
    for prefix in ("/hls", "/hls/x", f"/hls/{access}", below(expired), forged, f"{below()}x"):
        answer = await http.get(f"{prefix}/{PLAYLIST}")
        assert answer.status_code == 401, prefix
    assert (await http.get("/hls")).status_code == 401
    assert (await http.post(f"{below()}/{PLAYLIST}")).status_code == 405


def test_a_link_is_no_access_token() -> None:
    with pytest.raises(TokenError):
        TokenVerifier({KEY: SECRET}).verify(mint_hls(GRANT, KEY, SECRET), time.time())


async def test_links_are_for_who_may_record(http: httpx.AsyncClient) -> None:
    path = f"/api/egress/{EGRESS}/links"
    assert (await http.post(path)).status_code == 401
    assert (await http.post(path, headers=bearer(VideoGrant(room_join=True, room_admin=True)))).status_code == 403
    [link] = (await http.post(path, headers=bearer(VideoGrant(room_record=True)), json={"seconds": 60})).json()
    assert link["expires_at"] == pytest.approx(time.time() + 60, abs=10)
    for url, playlist in ((link["url"], PLAYLIST), (link["live_url"], LIVE)):
        assert url.startswith(str(http.base_url))
        assert httpx.URL(url).path.endswith(playlist)
        assert (await http.get(url)).status_code == 200


@pytest.mark.parametrize(
    ("egress", "body", "status", "said"),
    [
        ("EG_none", {}, 404, "egress does not exist"),
        ("EG_gone", {}, 404, "no HLS playlist on this server"),
        ("EG_file", {}, 404, "no HLS playlist on this server"),
        (EGRESS, {"seconds": 0}, 400, "seconds"),
        (EGRESS, {"seconds": "long"}, 400, "seconds"),
        (EGRESS, [], 400, "Expected `object`"),
    ],
)
async def test_links_that_cannot_be(http: httpx.AsyncClient, egress: str, body: object, status: int, said: str) -> None:
    answer = await http.post(f"/api/egress/{egress}/links", headers=bearer(VideoGrant(room_record=True)), json=body)
    assert answer.status_code == status
    assert said in answer.json()["detail"]
