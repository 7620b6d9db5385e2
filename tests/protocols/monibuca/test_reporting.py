"""Reports over the room WebSocket."""

from .stage import Stage


async def test_reports_go_on_under_the_name_of_who_sent_them(stage: Stage) -> None:
    alice = await stage.member("alice")
    for kind in ("heartbeat", "leave_room", "kv"):
        await alice.say(f"report_{kind}", report={"x": kind})
    await alice.say("heartbeat", ts=1, report={"x": "y"})
    assert stage.reports == [
        ("heartbeat", "alice", {"x": "heartbeat"}),
        ("leave_room", "alice", {"x": "leave_room"}),
        ("kv", "alice", {"x": "kv"}),
        ("heartbeat", "alice", {"x": "y"}),
    ]


async def test_a_bad_report_is_told_to_who_sent_it(stage: Stage) -> None:
    alice = await stage.member("alice")
    await alice.say("report_kv", report={"bad": True}, seq=1)
    await alice.say("report_kv", seq=2)
    assert [(error["code"], error["seq"]) for error in alice.told("error")] == [(40003, 1), (40003, 2)]
    assert stage.reports == []
