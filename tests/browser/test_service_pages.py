"""Calls of the customer service in the browser: customers on their phones, agents at their desks."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.call_centre import PASSWORD, Centre, call_centre
from tests.e2e.test_hold_music import a_tone
from tests.running_server import RunningServer, loopback_config, running_server

from .live_visitors import faults, see_text
from .meeting_server import MeetingServer, meetings_on
from .service_visitors import (
    answer,
    call,
    employ,
    entrance_link,
    log_in,
    see_attribute,
    see_silence,
    see_sound,
    see_state,
)
from .tabs import Tab, Tabs
from .visitors import see_meter_move, see_moving
from .waiting import until

ADMIN_TOKEN = "the supervisor of all calls, and nobody else"

pytestmark = pytest.mark.timeout(300)
"""Seconds. Browsers encode every picture, on whatever machine this is."""


@pytest.fixture
def server(roomful_server: RunningServer) -> MeetingServer:
    return meetings_on(roomful_server)


@pytest.fixture
async def centre(roomful_server: RunningServer) -> AsyncIterator[Centre]:
    async with call_centre(roomful_server) as one:
        yield one


async def test_a_call_from_the_link_over_queue_hold_and_transfer_to_stars(
    server: MeetingServer, centre: Centre, tabs: Tabs
) -> None:
    wang = await log_in(tabs, server, await employ(centre, "Wang"))
    link = await entrance_link(wang)
    await centre.http.post("/customer-service/audio_files", content=a_tone(), params={"name": "Waltz"})
    assert link == f"{server.http_url}/cs/new"

    # Nobody is ready: John waits in line, and the desk shows it.
    john = await call(tabs, link, "John")
    await see_attribute(john, "queue-position", "data-position", "1")
    assert (await john.overflow()).horizontal == 0
    await wang.click("toggle-queue")
    await until(
        lambda: wang.texts("session"), lambda texts: len(texts) == 1 and "John" in texts[0], "Wang sees John wait"
    )
    await wang.click("toggle-queue")

    # It rings, Wang answers, and the two see and hear each other.
    await wang.click("set-ready")
    await answer(wang, "John")
    await see_moving(john, "Agent Wang")
    await see_meter_move(john, "Agent Wang")
    await see_moving(wang, "John")
    await see_meter_move(wang, "John")
    await see_sound(john)
    await john.click("toggle-chat")
    await john.fill("chat-input", "<i>Hello</i>")
    await john.press("Enter")
    await wang.click("toggle-chat")
    await see_text(wang, "live-line", "John <i>Hello</i>")
    await john.click("toggle-chat")

    # On hold nothing is to be heard, and afterwards it is again.
    await wang.click("hold-call")
    await see_attribute(john, "call-stage", "data-standing", "held")
    await see_silence(john)
    await see_silence(wang)
    await wang.click("resume-call")
    await see_attribute(john, "call-stage", "data-standing", "talking")
    await see_sound(john)

    # Wang plays a sound; what John hears of it is proven with a tone elsewhere.
    await wang.click("toggle-audio")
    await wang.click("loop-audio")
    await wang.click("play-audio")
    await see_attribute(wang, "audio-played", "data-paused", "false")
    await wang.click("pause-audio")
    await see_attribute(wang, "audio-played", "data-paused", "true")
    await see_sound(john)
    await see_moving(john, "Agent Wang")
    await wang.click("stop-audio")
    await wang.wait("audio-played", "hidden")

    # Wang's voice, by the slider.
    await wang.click("microphone-volume")  # in the middle of it
    await wang.press("Home")
    await see_attribute(wang, "microphone-volume", "data-told", "0")
    await see_silence(john)
    await wang.press("End")
    await see_attribute(wang, "microphone-volume", "data-told", "100")
    await see_sound(john)

    # Wang hands the call over to Li; John stays connected.
    li = await log_in(tabs, server, await employ(centre, "Li"), ready=True)
    await wang.click("toggle-transfer")
    await wang.fill("transfer-note", "Wants a refund")
    await wang.click("transfer-to")
    await li.wait("ring-note")
    assert "Wants a refund" in (await li.texts("ring-note"))[0]
    await li.press("Enter")  # the answer has the focus
    await see_moving(john, "Agent Li")
    await see_meter_move(john, "Agent Li")
    await see_moving(li, "John")
    await see_meter_move(li, "John")
    await see_state(wang, "Ready")

    # John hangs up, and gives five stars.
    await john.click("end-call")
    await john.wait("rating")
    await john.click("star-5")
    await john.fill("rating-comment", "Kind")
    await john.click("send-rating")
    await john.wait("goodbye")
    await see_attribute(li, "rating-received", "data-score", "5")
    await li.click("toggle-history")
    await until(
        lambda: li.texts("session"),
        lambda texts: len(texts) == 1 and "\u2605\u2605\u2605\u2605\u2605 Kind" in texts[0],
        "Li sees the stars",
    )
    for tab in (john, wang, li):
        assert await faults(tab) == []


async def test_a_supervisor_listens_unseen(tabs: Tabs, tmp_path: Path) -> None:
    config = loopback_config(room={"admin_token": ADMIN_TOKEN})
    async with running_server(tmp_path, config) as running, call_centre(running) as centre:
        await listened_to(tabs, meetings_on(running), centre)


async def listened_to(tabs: Tabs, server: MeetingServer, centre: Centre) -> None:
    wang = await log_in(tabs, server, await employ(centre, "Wanda", ADMIN_TOKEN), ready=True)
    john = await call(tabs, f"{server.http_url}/cs/new", "John")
    await answer(wang, "John")
    await see_moving(wang, "John")
    boss = await tabs.open("boss", f"{server.http_url}/desk/supervisor")
    await boss.fill("admin-token", ADMIN_TOKEN)
    await boss.press("Enter")
    await boss.click("listen")
    await boss.wait("listening")
    for name in ("John", "Agent Wanda"):
        await see_moving(boss, name)
        await see_meter_move(boss, name)
    assert len(await john.tiles()) == len(await wang.tiles()) == 2

    # Who is whispered to hears it, and knows who speaks; the customer does not.
    await boss.click("whisper-agent")
    await wang.wait("supervisor-speaks")
    await until(wang.peaks, lambda peaks: len(peaks) == 2 and None not in peaks, "Wanda hears John and the supervisor")
    assert len(await john.peaks()) == 1
    await boss.click("whisper-none")
    await wang.wait("supervisor-speaks", "hidden")
    await john.click("end-call")
    await boss.wait("supervisor")
    for tab in (boss, john, wang):
        assert await faults(tab) == []


async def test_no_page_of_a_call_is_wider_than_a_phone(server: MeetingServer, centre: Centre, tabs: Tabs) -> None:
    async def fits(tab: Tab) -> None:
        overflow = await tab.overflow()
        assert (overflow.horizontal, overflow.outside) == (0, [])

    desk = await tabs.open("desk", f"{server.http_url}/desk", width=360, height=640, touch=True, colour_scheme="dark")
    await desk.fill("agent-username", await employ(centre, "Featherstonehaugh-Cholmondeley"))
    await desk.fill("agent-password", "wrong horse")
    await desk.click("login")
    await until(lambda: desk.texts("login-failure"), lambda texts: "wrong" in "".join(texts), "the agent is told")
    await fits(desk)
    await desk.fill("agent-password", PASSWORD)
    await desk.click("login")
    await desk.wait("desk")
    await fits(desk)
    for panel in ("queue", "history", "entrance"):
        await desk.click(f"toggle-{panel}")
        await desk.wait(f"{panel}-panel")
        await fits(desk)
        await desk.press("Escape")

    phone = await tabs.open(
        "phone", f"{server.http_url}/cs/new", width=360, height=640, touch=True, colour_scheme="dark"
    )
    await phone.fill("entrance-name", "Bartholomew-Featherstonehaugh-Cholmondeley-without-any-space")
    await fits(phone)
    await phone.click("enter")
    await phone.wait("queue-position")
    await fits(phone)
    await desk.click("set-ready")
    await desk.wait("ring")
    await fits(desk)
    await desk.click("answer-audio")
    await see_attribute(phone, "call-stage", "data-standing", "talking")
    for tab in (desk, phone):
        await fits(tab)
        await tab.click("toggle-chat")
        await tab.wait("chat-input")
        await fits(tab)
    await desk.press("Escape")
    await desk.click("toggle-audio")
    await desk.wait("audio-upload")
    await fits(desk)
    await desk.press("Escape")
    await desk.click("toggle-transfer")
    await desk.wait("transfer-panel")
    await fits(desk)
    await desk.click("end-call")
    await phone.wait("rating")
    await fits(phone)
    await phone.click("skip-rating")
    await phone.wait("goodbye")


async def test_a_link_that_is_no_good_is_told_so(server: MeetingServer, centre: Centre, tabs: Tabs) -> None:
    made = await centre.invite()
    for link, words in (
        (f"{server.http_url}/cs/cs_none?t=a.b", "over"),
        (f"{server.http_url}/cs/{made['id']}?t=a.b", "not complete"),
    ):
        tab = await tabs.open(words, link)
        await tab.click("enter")
        await until(
            lambda tab=tab: tab.texts("entry-failure"),
            lambda texts, words=words: words in "".join(texts),
            f"it says {words}",
        )
    john = await tabs.open("John", made["link"])
    await john.click("enter")
    await see_attribute(john, "queue-position", "data-position", "1")
    assert "t=" not in await john.address()
    await john.click("end-call")
    await john.wait("goodbye")
