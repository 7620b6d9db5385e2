"""Who was there, and that nobody's name does anything to a spreadsheet."""

import csv
import io

import pytest

from roomful.plugins.meeting.attendance import Visit, as_csv, harmless
from roomful.rooms.extension import Role

from .convention import Convention


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r=1", "|cmd", "%1"])
def test_a_name_that_looks_like_a_formula_is_text(name: str) -> None:
    visit = Visit(visit_id=1, user_id=name, user_name=name, role="member", protocol="livekit", joined_at=0, left_at=9)
    row = list(csv.reader(io.StringIO(as_csv([visit], 0).decode("utf-8-sig"))))[1]
    assert row[0] == row[1] == f"'{name}"


@pytest.mark.parametrize("name", ["Ann", "Ann-Marie", "a=b", "名前", ""])
def test_other_names_stay_as_they_are(name: str) -> None:
    assert harmless(name) == name


async def test_every_stay_is_written_down_whatever_the_protocol(stage: Convention) -> None:
    room = stage.hold()
    host = await stage.join(room, "hanna", Role.HOST, protocol="monibuca")
    ann = await stage.join(room, "ann", protocol="livekit")
    await stage.pass_time(60)
    await stage.leave(room, ann)
    await stage.pass_time(60)
    await stage.join(room, "ann", protocol="livekit")
    await stage.pass_time(30)
    await stage.say(room, host, "end_meeting")
    listed = (await stage.http("GET", "/m1/attendance"))["participants"]
    assert [(one["user_id"], one["duration"]) for one in listed] == [("hanna", 150), ("ann", 90)]
    file = await stage.http("GET", "/m1/attendance", format="csv")
    rows = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert [(row["user_id"], row["protocol"], row["seconds"], row["reason"]) for row in rows] == [
        ("hanna", "monibuca", "150", "room_closed"),
        ("ann", "livekit", "60", "leave"),
        ("ann", "livekit", "30", "room_closed"),
    ]
    assert file.headers["content-disposition"] == 'attachment; filename="m1-attendance.csv"'


async def test_robots_are_no_guests(stage: Convention) -> None:
    room = stage.hold()
    await stage.join(room, "hanna", Role.HOST)
    await stage.api.add_virtual_user("m1", "robot", "Robot")
    await stage.settled()
    assert [one["user_id"] for one in (await stage.http("GET", "/m1/attendance"))["participants"]] == ["hanna"]
