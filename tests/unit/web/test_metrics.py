"""Numbers for Prometheus, under LiveKit's names."""

import time
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from roomful.config import PrometheusConfig
from roomful.rooms.model import TrackKind
from roomful.rooms.options import RoomOptions
from roomful.rooms.participant import JoinRequest
from roomful.rooms.registry import Rooms
from roomful.rooms.tracks import TrackSpec
from roomful.web.metrics import Metrics
from tests.unit.web.conftest import Counted, Stats, Storage


def samples(exposition: str) -> dict[tuple[str, ...], float]:
    """Values by name and label values."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(exposition)
        for sample in family.samples
    }


def test_rooms_people_and_tracks_are_counted() -> None:
    rooms, now = Rooms(), time.time()
    for name in ("a", "b"):
        room = rooms.create(name, RoomOptions(), now)
        for identity in ("alice", "bob"):
            person = room.join(JoinRequest(identity=identity, protocol="livekit"), now)
            room.publish(person.sid, TrackSpec(kind=TrackKind.VIDEO), now)
            track = room.publish(person.sid, TrackSpec(kind=TrackKind.AUDIO), now)
            room.bind(track.sid, "audio/opus", "0", now)
    counted = samples(Metrics(rooms, Stats(), Storage()).exposition().decode())  # type: ignore[arg-type]
    assert counted["livekit_room_total",] == 2
    assert counted["livekit_participant_total",] == 4
    assert counted["roomful_participants", "livekit"] == 4
    assert counted["livekit_track_published_total", "audio"] == 4
    assert counted["livekit_track_published_total", "video"] == 0


async def test_media_is_counted_and_told_at_metrics(http: httpx.AsyncClient) -> None:
    answer = await http.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    counted = samples(answer.text)
    assert counted["livekit_packet_total", "incoming", "initial"] == 100
    assert counted["livekit_packet_total", "outgoing", "initial"] == 400
    assert counted["livekit_packet_bytes", "outgoing", "initial"] == 400_000
    assert counted["roomful_engine_panics_total",] == 0
    assert counted["process_open_fds",] > 0


def test_a_database_that_is_gone_shows() -> None:
    storage = Storage()
    metrics = Metrics(Rooms(), Stats(), storage)  # type: ignore[arg-type]
    for healthy in (True, False):
        storage.healthy = healthy
        assert samples(metrics.exposition().decode())["roomful_storage_healthy",] == healthy


def test_work_and_webhooks_are_counted() -> None:
    metrics = Metrics(Rooms(), Stats(), Storage(), works={"egress": Counted()}, webhooks=Counted())  # type: ignore[arg-type]
    counted = samples(metrics.exposition().decode())
    assert [counted[f"roomful_work_{name}", "egress"] for name in ("active", "started_total", "failed_total")] == [
        3,
        5,
        1,
    ]
    assert counted["roomful_webhooks_waiting",] == 7
    assert counted["roomful_webhooks_delivered_total",] == 20
    assert counted["roomful_webhooks_failed_total",] == 2
    assert counted["roomful_webhook_attempts_failed_total",] == 9


class TestWithAPassword:
    @pytest.fixture
    def options(self) -> dict[str, Any]:
        return {"prometheus": PrometheusConfig(username="prom", password="s3cret")}

    @pytest.mark.parametrize("auth", [None, ("prom", "wrong"), ("other", "s3cret")])
    async def test_who_does_not_know_it_learns_nothing(
        self, http: httpx.AsyncClient, auth: tuple[str, str] | None
    ) -> None:
        answer = await http.get("/metrics", auth=auth)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Basic")
        assert "livekit" not in answer.text

    async def test_nonsense_is_no_password(self, http: httpx.AsyncClient) -> None:
        answer = await http.get("/metrics", headers={"authorization": "Basic ???"})
        assert answer.status_code == 401

    async def test_who_knows_it_may_read(self, http: httpx.AsyncClient) -> None:
        answer = await http.get("/metrics", auth=("prom", "s3cret"))
        assert answer.status_code == 200
