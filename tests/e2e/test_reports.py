"""Reports of a meeting of a LiveKit client and a room WebSocket client, over HTTP."""

import time
import uuid
from typing import Any

import httpx
import pytest

from tests.running_server import RunningServer

from .meeting import open_to_all
from .room_client import room_client
from .showing import GREEN
from .waiting import until_seen

pytestmark = pytest.mark.timeout(90)


async def get(http: httpx.AsyncClient, path: str, **parameters: Any) -> dict[str, Any]:
    answer = await http.get(path, params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def is_measured(stats: dict[str, Any]) -> bool:
    """Both ways of one stream, which the engine looks at every five seconds."""
    points = [point for pair in stats["pairs"] for point in pair["points"]]
    return any(point["send_bitrate"] and point["recv_bitrate"] for point in points)


async def test_a_room_tells_how_it_went(roomful_server: RunningServer) -> None:
    async with (
        open_to_all(roomful_server) as meeting,
        room_client(roomful_server.ws_url, meeting.name) as moni,
        httpx.AsyncClient(base_url=roomful_server.http_url, timeout=30) as http,
    ):
        await moni.join("moni")
        alice, bob = await meeting.meet("alice", "bob")
        await alice.publish_picture(GREEN)
        await bob.sees("alice", GREEN)
        network = {"rtt_ms": 45, "bitrate": 1_300_000, "packet_loss": 0.003}
        report = {"upstream": {"video": {"fps": 25}, "network": network}, "user_id": "alice"}
        assert (await moni.ask("heartbeat", report=report))["code"] == 0
        assert (await moni.ask("report_kv", report={"event": "camera_open", "latency_ms": 80}))["code"] == 0

        stats = await until_seen(lambda: get(http, f"/room_stats/{meeting.name}"), is_measured, "measurements")
        (pair,) = stats["pairs"]
        assert (pair["sender"], pair["receiver"]) == ("alice", "bob")
        point = pair["points"][-1]
        assert point["recv_bitrate"] == pytest.approx(point["send_bitrate"], rel=0.5)
        (sent, *_) = stats["streams"]
        assert sent["user_id"] == "alice"
        assert sent["points"][-1]["bitrate"] > 0
        beats = {beat["user_id"]: beat for beat in stats["heartbeats"]}
        assert beats["alice"]["upstream"]["video"]["codec"].lower() in {"vp8", "h264", "vp9", "av1"}
        assert (beats["moni"]["source"], beats["moni"]["upstream"]["network"]["rtt_ms"]) == ("client", 45)
        assert {user["user_id"] for user in stats["users"]} == {"alice", "bob", "moni"}
        assert stats["summary"]["peak_concurrent"] == 3
        events = {(one["user_id"], one["event"]) for one in stats["timeline"]}
        assert {("alice", "join_room"), ("alice", "publish"), ("moni", "camera_open")} <= events

        stream = f"/room/streams/room/{meeting.name}/alice/stats"
        told = await get(http, stream)
        assert (told["published"], told["subscribers"]) == (True, 1)
        assert told["video_codec"].lower() in {"vp8", "h264", "vp9", "av1"}
        assert (await http.get(stream, params={"history": "2y"})).json()["code"] == 40003
        assert (await http.get("/room/streams/room/x/stats")).json()["code"] == 40404
        async with http.stream("GET", f"{stream}/events") as events:
            assert events.headers["content-type"].startswith("text/event-stream")
            found = 0
            async for line in events.aiter_lines():
                found += '"subscribers":' in line
                if found == 2:
                    break

        await bob.leave()
        site = await get(http, "/room/all_room_stats")
        assert meeting.name in [room["room_id"] for room in site["rooms"]]
        days = (await get(http, "/daily_stats", days=2, tz="Europe/Berlin"))["days"]
        assert len(days) == 2
        table = await http.get(f"/room_stats/{meeting.name}", params={"format": "csv", "table": "pairs"})
        assert table.headers["content-type"].startswith("text/csv")
        assert table.text.startswith("sender,receiver,ts,")
        health = await get(http, "/room/report/health")
        assert (health["backend"], health["dropped"]) == ("database", 0)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/room_stats/x?start_time=5&end_time=4", 400, 40003),
        ("/room_stats/x?start_time=yesterday", 400, 40003),
        ("/room_stats/x?start_time=1e300", 400, 40003),
        ("/room_stats/x?format=xml", 400, 40003),
        ("/room_stats/x?format=csv&table=secrets", 400, 40003),
        ("/daily_stats?days=0", 400, 40003),
        ("/daily_stats?tz=Mars", 400, 40003),
        ("/daily_stats?tz=../../etc/passwd", 400, 40003),
        ("/all_room_stats?page=0", 400, 40003),
    ],
)
async def test_bad_questions_are_told(roomful_server: RunningServer, path: str, status: int, code: int) -> None:
    async with httpx.AsyncClient(base_url=roomful_server.http_url, timeout=30) as http:
        answer = await http.get(path)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        forbidden = await http.get(path, headers={"origin": "https://elsewhere.example"})
        assert (forbidden.status_code, forbidden.json()["code"]) == (403, 40301)


async def test_a_room_may_have_slashes_in_its_name(roomful_server: RunningServer) -> None:
    async with httpx.AsyncClient(base_url=roomful_server.http_url, timeout=30) as http:
        stats = await get(http, "/room_stats/tea%20room%2Fupstairs%2F1")
        assert stats["room_id"] == "tea room/upstairs/1"


async def test_pages_read_reports_in_development_alone(roomful_server: RunningServer) -> None:
    headers = {"origin": roomful_server.http_url}
    async with httpx.AsyncClient(base_url=roomful_server.http_url, timeout=30, headers=headers) as http:
        assert (await http.get("/all_room_stats")).status_code == 403
        token = (await http.post("/api/token", json={})).json()["participant_token"]
        answer = await http.get("/all_room_stats", headers={"authorization": f"Bearer {token}"})
        assert answer.json()["code"] == 0


async def test_only_those_in_a_room_report_of_it(roomful_server: RunningServer) -> None:
    async with (
        open_to_all(roomful_server) as meeting,
        room_client(roomful_server.ws_url, meeting.name) as moni,
        httpx.AsyncClient(base_url=roomful_server.http_url, timeout=30) as http,
    ):
        await moni.join("moni")
        body = {"room_id": meeting.name, "event": "microphone_open"}
        stranger = await http.post("/room/report/kv", json=body, headers={"authorization": "Bearer nonsense"})
        assert stranger.status_code == 401, stranger.text
        made = await http.post("/room/token", json={"room_id": meeting.name, "user_id": "moni"})
        headers = {"authorization": f"Bearer {made.json()['data']['token']}"}
        taken = await http.post("/room/report/kv", json=[body, {**body, "user_id": "bob"}], headers=headers)
        assert taken.json() == {"code": 0, "data": {"taken": 2}}, taken.text
        stats = await get(http, f"/room_stats/{meeting.name}")
        opened = [one["user_id"] for one in stats["kv"] if one["event"] == "microphone_open"]
        assert opened == ["moni", "moni"]
        for bad in ({**body, "event": 5}, [body] * 101, {"event": "x"}):
            refused = await http.post("/room/report/kv", json=bad, headers=headers)
            assert (refused.status_code, refused.json()["code"]) == (400, 40003)
        unknown = await http.post("/room/report/gossip", json=body, headers=headers)
        assert unknown.status_code == 404


async def test_the_report_plugins_way_in_leads_to_the_same_store(roomful_server: RunningServer) -> None:
    room, now = f"plugin-{uuid.uuid4().hex[:8]}", int(time.time())
    video = {"timestamp": now, "frame_rate": 25, "width": 1280, "height": 720, "bitrate": 1200}
    network = {"rtt": 45, "packet_loss": 0.3, "jitter": 8}
    sent = {"stream_id": "camera", "direction": "send", "video": video, "network": network}
    received = {"stream_id": "camera", "direction": "recv", "video": {"bitrate": 800}, "network": {"packet_loss": 20}}
    body = {"user_id": "u1", "room_id": room, "sdk_version": "1.2.0", "report_time": now}
    metrics = [{"user_id": "u1", "streams": [sent]}, {"user_id": "u2", "streams": [received]}]
    async with httpx.AsyncClient(base_url=roomful_server.http_url, timeout=30) as http:
        taken = await http.post("/report/metrics", json={**body, "metrics": metrics})
        assert taken.json() == {"code": 0, "data": None}, taken.text
        assert room in await get(http, "/report/rooms")
        found = await get(http, f"/report/metrics/{room}/u1")
        assert found["video"] == {"bitrate": 1_200_000, "fps": 25, "width": 1280, "height": 720}
        assert found["network"]["packet_loss"] == pytest.approx(0.003)
        whole = await get(http, f"/report/metrics/{room}")
        assert (whole["aggregate"]["users"], whole["aggregate"]["bitrate"]) == (1, 1_200_000)
        assert len(await get(http, f"/report/history/{room}", limit=5)) == 1
        (pair,) = (await get(http, f"/room_stats/{room}"))["pairs"]
        assert (pair["sender"], pair["receiver"], pair["packet_loss"]) == ("u2", "u1", 0.2)
        for bad in ({"metrics": metrics, "report_time": 5}, {"metrics": "none"}, {}):
            refused = await http.post("/report/metrics", json={**body, **bad})
            assert (refused.status_code, refused.json()["code"]) == (400, 40003), refused.text
        assert (await http.get(f"/report/metrics/{room}/nobody")).status_code == 404
        elsewhere = await http.post("/report/metrics", json=body | {"metrics": []}, headers={"origin": "https://x.y"})
        assert elsewhere.status_code == 401
