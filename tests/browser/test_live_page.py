"""Live shows in the browser: streamers in their studios, viewers, one of them on the mic, and a PK of two rooms."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from .live_visitors import (
    accept_guest,
    challenge,
    faults,
    go_live,
    new_show,
    open_studio,
    see_line,
    see_status,
    see_text,
    watch,
    write,
)
from .meeting_server import MeetingServer
from .portrait_film import Person, write_film
from .sights import Element
from .tabs import Tab, Tabs
from .visitors import see_meter_move, see_moving
from .waiting import until
from .wire import Wire

pytestmark = pytest.mark.timeout(300)
"""Seconds. Browsers encode every picture several times, on whatever machine this is."""

KIM = Person(wall=(200, 60, 50), hair=(92, 52, 36), skin=(240, 196, 164), shirt=(13, 114, 99), long_hair=True)
COLOUR_TOLERANCE = 30
"""Of 255 per channel: what a video codec at low bitrate may change."""


@pytest.fixture
async def kims_browser(tmp_path: Path) -> AsyncIterator[Tabs]:
    """A browser whose camera sees Kim before a red wall; the others' see a green picture."""
    film = tmp_path / "kim.y4m"
    write_film(KIM, film)
    async with Tabs.launch(film=film) as launched:
        yield launched


async def see_kim(tab: Tab) -> None:
    """Returns once Kim moves before her red wall. Raises TimeoutError."""
    tile = await see_moving(tab, "Kim")
    assert tile.picture is not None
    assert tile.picture.dominant_colour == pytest.approx(KIM.wall, abs=COLOUR_TOLERANCE)


async def see_scores(tab: Tab, ours: int, theirs: int) -> None:
    async def scores() -> tuple[list[str], list[str]]:
        return await tab.texts("pk-ours"), await tab.texts("pk-theirs")

    await until(
        scores, lambda seen: seen == ([str(ours)], [str(theirs)]), f"{tab.name} sees the PK at {ours} to {theirs}"
    )


async def see_result(tab: Tab, result: str) -> None:
    def decided(found: list[Element]) -> bool:
        return bool(found) and found[0].attributes["data-result"] == result

    await until(lambda: tab.elements("pk"), decided, f"{tab.name} sees that the PK is {result}")


async def test_a_show_with_three_viewers_one_of_them_on_the_mic(
    meeting_server: MeetingServer, tabs: Tabs, kims_browser: Tabs
) -> None:
    show = new_show()
    kim = await open_studio(kims_browser, meeting_server, show, "Kim", "Songs in the kitchen")
    await go_live(kim)
    ann, bob, cem = [await watch(tabs, meeting_server, show, name, width=480) for name in ("Ann", "Bob", "Cem")]
    for viewer in (ann, bob, cem):
        await see_kim(viewer)
        await see_meter_move(viewer, "Kim")
    await until(lambda: kim.texts("viewer-count"), lambda texts: texts == ["3"], "Kim sees that there are three")

    # Danmaku of one fly over the picture of all, as text.
    await write(ann, "<b>hello</b> from Ann")
    for tab in (kim, bob, cem):
        await see_text(tab, "danmaku", "<b>hello</b> from Ann")
        await see_line(tab, "Ann <b>hello</b> from Ann")
    await see_line(ann, "You <b>hello</b> from Ann")

    # Gifts in a row are counted.
    for _ in range(3):
        await cem.click("gift-rose")
    await see_text(cem, "gift-combo", "\u00d73")
    for tab in (kim, ann):
        await see_line(tab, "Cem Rose \u00d7 1")

    # One of the viewers comes to the mic: everybody sees and hears two.
    await accept_guest(bob, kim)
    for tab in (kim, ann, cem):
        await see_moving(tab, "Bob")
        await see_meter_move(tab, "Bob")
    await see_kim(bob)

    # Kim pauses, goes on, and ends the show; everybody is told.
    await kim.click("pause-live")
    for tab in (ann, bob, cem):
        await see_status(tab, "Paused")
    await kim.click("resume-live")
    await see_status(ann, "Living")
    await see_kim(ann)
    await kim.click("stop-live")
    await kim.click("confirm-yes")
    for tab in (kim, ann, bob, cem):
        await tab.wait("left-page")
        assert await faults(tab) == []


async def test_a_pk_of_two_shows(meeting_server: MeetingServer, tabs: Tabs, kims_browser: Tabs) -> None:
    kims_show, lees_show = new_show(), new_show()
    kim = await open_studio(kims_browser, meeting_server, kims_show, "Kim", "Songs in the kitchen")
    lee = await open_studio(tabs, meeting_server, lees_show, "Lee", "Lee plays")
    for streamer in (kim, lee):
        await go_live(streamer)
    ann = await watch(tabs, meeting_server, kims_show, "Ann", width=480)
    await see_kim(ann)

    # Both streamers stand on one stage, for everybody.
    await challenge(kim, lee)
    for tab in (kim, ann):
        await see_moving(tab, "Lee")
        await see_meter_move(tab, "Lee")
        await see_scores(tab, 0, 0)
    await see_kim(lee)

    # Gifts move the score; a row of them is shown over the picture.
    await ann.click("gift-cake")
    await ann.click("gift-cake")
    for tab in (kim, ann):
        await see_scores(tab, 100, 0)
    await see_scores(lee, 0, 100)
    await until(
        lambda: kim.elements("gift-banner"),
        lambda found: [(one.attributes["data-count"], "Ann" in one.text) for one in found] == [("2", True)],
        "Kim sees two cakes of Ann",
    )

    # Who gives up loses, and the other stream is not to be seen any more.
    await lee.click("toggle-pk")
    await lee.click("end-pk")
    await see_result(ann, "won")
    await see_result(lee, "lost")
    await until(ann.tiles, lambda tiles: [tile.label for tile in tiles] == ["Kim"], "Lee is gone from the stage")
    for tab in (kim, lee, ann):
        assert await faults(tab) == []


async def test_a_viewer_whose_connection_breaks_is_told_and_comes_back(
    meeting_server: MeetingServer, tabs: Tabs
) -> None:
    show = new_show()
    kim = await open_studio(tabs, meeting_server, show, "Kim", "Songs")
    await go_live(kim)
    async with Wire.laid(meeting_server) as wire:
        ann = await watch(tabs, wire.server, show, "Ann")
        await see_moving(ann, "Kim")
        await wire.cut()
        await until(
            lambda: ann.texts("live-banner"), lambda texts: "Reconnecting" in texts[0], "Ann is told", within=60
        )
        await wire.mend()
        await until(lambda: ann.texts("live-banner"), lambda texts: texts == [""], "Ann is back")
        await write(kim, "Are you there?")
        await see_line(ann, "Kim Are you there?")
        await see_moving(ann, "Kim")


async def test_who_may_not_come_in_is_told_why(meeting_server: MeetingServer, tabs: Tabs) -> None:
    show = new_show()
    ann = await tabs.open("Ann", f"{meeting_server.http_url}/live/{show}")
    await ann.fill("entrance-name", "Ann")
    await ann.click("enter")
    await until(lambda: ann.texts("entry-failure"), lambda texts: "no live show" in "".join(texts), "there is no show")

    kim = await open_studio(tabs, meeting_server, show, "Kim", "Songs")
    await ann.click("enter")
    await until(lambda: ann.texts("entry-failure"), lambda texts: "not started" in "".join(texts), "it has not begun")

    await go_live(kim)
    await ann.click("enter")
    await ann.wait("live-room")
    await kim.click("toggle-viewers")
    await kim.click("person-actions")
    await kim.click("ban-person")
    await kim.click("confirm-yes")
    await ann.wait("left-page")
    await ann.click("rejoin")
    await ann.click("enter")
    await until(
        lambda: ann.texts("entry-failure"), lambda texts: "not enter this room" in "".join(texts), "Ann is banned"
    )


@pytest.mark.parametrize("door", ["", "/studio"])
async def test_no_page_of_a_show_is_wider_than_a_phone(meeting_server: MeetingServer, tabs: Tabs, door: str) -> None:
    show = new_show()
    if not door:
        await go_live(await open_studio(tabs, meeting_server, show, "Kim", "Songs"))
    url = f"{meeting_server.http_url}/live/{show}{door}"
    phone = await tabs.open("phone", url, width=360, height=640, touch=True, colour_scheme="dark")
    await phone.fill("entrance-name", "Bartholomew-Featherstonehaugh-Cholmondeley-without-any-space")
    assert (await phone.overflow()).horizontal == 0
    await phone.click("enter")
    await phone.wait("live-room")
    panels = ["guests", "pk", "viewers"] if door else ["mic", "viewers"]
    for panel in panels:
        overflow = await phone.overflow()
        assert (overflow.horizontal, overflow.vertical, overflow.outside) == (0, 0, [])
        await phone.click(f"toggle-{panel}")
        await phone.wait(f"{panel}-panel")
