"""The UI's files, and nothing but them."""

import asyncio
from pathlib import Path

import httpx
import pytest

from roomful.web.pages import Pages
from tests.unit.web.conftest import Site

BROWSER = {"accept": "text/html"}


@pytest.mark.parametrize(
    "path",
    [
        *("/r/my-room", "/r/a%2Fb", "/r/deep/er", "/r/%E2%98%83"),
        *("/live/my-show", "/live/a.b:c/studio"),
        *("/cs/new", "/cs/cs_1?t=a.b", "/cs", "/desk", "/desk/supervisor"),
        *("/dashboard", "/dashboard/rooms/tea%2Froom", "/dashboard/rooms/tea/streams/u1"),
    ],
)
async def test_every_room_has_the_one_page(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path, headers=BROWSER)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")
    assert "the page" in answer.text


@pytest.mark.parametrize("path", ["/live/rooms", "/live/rooms/x/pk", "/live/gifts/", "/live/pk", "/live/a/b", "/live/"])
async def test_what_belongs_to_the_api_of_live_rooms_is_no_page(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.get(path, headers=BROWSER)).status_code == 404


async def test_files_named_by_content_are_kept_for_ever(http: httpx.AsyncClient) -> None:
    answer = await http.get("/assets/index-x1.js")
    assert answer.text == "run()"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_an_unchanged_page_is_not_sent_again(http: httpx.AsyncClient) -> None:
    first = await http.get("/", headers=BROWSER)
    again = await http.get("/", headers={**BROWSER, "if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/assets/../../secret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/assets",
        "/assets/",
        "/%00",
        "/secret.txt",
        "/assets/nothing.js",
        "/" + "x" * 5000,
        "/assets/" + "x/" * 5000,
        "/%ff%fe",
    ],
)
async def test_there_is_no_way_out_of_the_directory(site: Site, path: str) -> None:
    # By hand: clients tidy such paths up before they send them.

    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    writer.write(f"GET {path} HTTP/1.1\r\nhost: x\r\naccept: text/html\r\nconnection: close\r\n\r\n".encode())
    async with asyncio.timeout(5):
        answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"not for the web" not in answer


async def test_links_do_not_lead_out_either(static: Path, tmp_path: Path) -> None:
    (static / "link.txt").symlink_to(tmp_path / "secret.txt")
    assert not Pages(static).has("/link.txt")


async def test_pages_are_only_read(http: httpx.AsyncClient) -> None:
    answer = await http.post("/r/my-room", headers=BROWSER)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


class TestWithoutABuild:
    @pytest.fixture
    def static(self, tmp_path: Path) -> Path:
        return tmp_path / "nothing"

    async def test_the_page_says_what_to_do(self, http: httpx.AsyncClient) -> None:
        answer = await http.get("/", headers=BROWSER)
        assert answer.status_code == 503
        assert "make ui" in answer.text

    async def test_health_is_ok_all_the_same(self, http: httpx.AsyncClient) -> None:
        assert (await http.get("/")).content == b"OK"
