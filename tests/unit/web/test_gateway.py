"""Which path is answered by whom, and what holds for every answer. specs/livekit.md §0.2, §5.4."""

import re
from pathlib import Path

import httpx
import pytest

from tests.unit.web.conftest import Site


@pytest.mark.parametrize("path", ["/rtc", "/rtc/v1", "/rtc/validate", "/rtc/v1/validate", "//rtc///validate"])
async def test_rtc_is_signalling(http: httpx.AsyncClient, site: Site, path: str) -> None:
    answer = await http.get(site.url + path)
    assert answer.text == "signal"
    assert site.signal.scopes[0]["path"] == path.replace("///", "/").replace("//", "/")


async def test_double_slashes_reach_twirp_with_the_body(http: httpx.AsyncClient, site: Site) -> None:
    answer = await http.post(f"{site.url}//twirp/livekit.RoomService/ListRooms", json={})
    assert (answer.status_code, answer.text) == (200, "twirp")


@pytest.mark.parametrize("accept", ["*/*", "application/json", ""])
async def test_health_is_ok_for_everybody_but_browsers(http: httpx.AsyncClient, accept: str) -> None:
    answer = await http.get("/", headers={"accept": accept})
    assert (answer.status_code, answer.content) == (200, b"OK")
    assert answer.headers["content-type"].startswith("text/plain")


async def test_health_answers_head(http: httpx.AsyncClient) -> None:
    answer = await http.head("/")
    assert (answer.status_code, answer.headers["content-length"]) == (200, "2")


async def test_a_browser_gets_the_page(http: httpx.AsyncClient) -> None:
    answer = await http.get("/", headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert "the page" in answer.text


@pytest.mark.parametrize("path", ["/nowhere", "/rtcx", "/apix", "/settings/regions"])
async def test_anything_else_is_not_found(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path)
    assert (answer.status_code, answer.text) == (404, "404 page not found\n")


@pytest.mark.parametrize("path", ["/", "/rtc/validate", "/nowhere", "/api/token", "/metrics"])
async def test_every_answer_may_be_read_by_pages_of_other_sites(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path, headers={"origin": "https://app.example"})
    assert answer.headers["access-control-allow-origin"] == "https://app.example"
    assert answer.headers["access-control-expose-headers"] == "*"


async def test_without_an_origin_there_are_no_cors_headers(http: httpx.AsyncClient) -> None:
    answer = await http.get("/")
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", ["/twirp/livekit.RoomService/ListRooms", "/api/token", "/nowhere"])
async def test_preflights_allow_all(http: httpx.AsyncClient, site: Site, path: str) -> None:
    answer = await http.options(
        path,
        headers={
            "origin": "https://app.example",
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization,x-anything",
        },
    )
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "https://app.example"
    assert answer.headers["access-control-allow-headers"] == "authorization,x-anything"
    assert "PATCH" in answer.headers["access-control-allow-methods"]
    assert answer.headers["access-control-max-age"] == "86400"
    assert site.twirp.scopes == []


async def test_the_openapi_page_and_document_are_at_docs(http: httpx.AsyncClient) -> None:
    page = await http.get("/docs", headers={"accept": "text/html"})
    assert (page.status_code, "<html" in page.text) == (200, True)
    document = (await http.get("/docs/openapi.json")).json()
    assert {"/api/token", "/metrics"} <= document["paths"].keys()


async def test_the_openapi_page_needs_nobody_elses_server(http: httpx.AsyncClient) -> None:
    page = (await http.get("/docs", headers={"accept": "text/html"})).text
    loaded = re.findall(r"""<(?:script|link|img)[^>]*(?:src|href)=["']([^"']+)""", page)
    assert {Path(address).name for address in loaded} >= {"swagger-ui-bundle.js", "swagger-ui.css"}
    assert all(address.startswith("/") and not address.startswith("//") for address in loaded), loaded
