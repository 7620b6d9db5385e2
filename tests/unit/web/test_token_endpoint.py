"""Tokens for whoever asks, in development only. specs/livekit.md §2.8."""

import time
from typing import Any

import httpx
import pytest

from roomful.auth import Grant, TokenVerifier
from tests.unit.web.conftest import KEYS, Site


def grant_of(answer: httpx.Response) -> Grant:
    assert answer.status_code == 200, answer.text
    return TokenVerifier(KEYS).verify(answer.json()["participant_token"], time.time())


async def test_a_token_lets_the_named_person_into_the_named_room(http: httpx.AsyncClient, site: Site) -> None:
    answer = await http.post(
        "/api/token",
        json={
            "room_name": "meet",
            "participant_name": "Alice",
            "participant_identity": "alice-1",
            "participant_metadata": "m",
            "participant_attributes": {"a": "1"},
            "room_config": {"empty_timeout": 5},
        },
    )
    grant = grant_of(answer)
    assert answer.json()["server_url"] == site.url.replace("http", "ws")
    assert (grant.identity, grant.name, grant.metadata, grant.attributes) == ("alice-1", "Alice", "m", {"a": "1"})
    assert (grant.video.room_join, grant.video.room, grant.room_config) == (True, "meet", {"empty_timeout": 5})
    assert not grant.video.room_admin


async def test_two_people_of_one_name_are_two(http: httpx.AsyncClient) -> None:
    body = {"room_name": "meet", "participant_name": "Álice B"}
    identities = {grant_of(await http.post("/api/token", json=body)).identity for _ in range(2)}
    assert len(identities) == 2
    assert all(identity.startswith("álice-b-") for identity in identities)


async def test_everything_may_be_left_out(http: httpx.AsyncClient) -> None:
    grant = grant_of(await http.post("/api/token"))
    assert (grant.video.room, bool(grant.identity)) == ("my-room", True)


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"room_name": 5}', b'{"room_name": "' + b"x" * 300 + b'"}'])
async def test_a_bad_request_is_told_so(http: httpx.AsyncClient, body: bytes) -> None:
    answer = await http.post("/api/token", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["detail"]


class TestOutsideDevelopment:
    @pytest.fixture
    def options(self) -> dict[str, Any]:
        return {"development": False}

    async def test_there_are_no_tokens_and_the_answer_says_why(self, http: httpx.AsyncClient) -> None:
        answer = await http.post("/api/token", json={"room_name": "meet"})
        assert answer.status_code == 404
        assert "roomful token create" in answer.json()["detail"]
        assert "participant_token" not in answer.text
