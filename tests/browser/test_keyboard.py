"""Everything can be done without a pointer, and a person sees where the keyboard is."""

import pytest

from .meeting_server import MeetingServer
from .sights import Element
from .tabs import Tab, Tabs
from .waiting import until

pytestmark = pytest.mark.timeout(180)
"""Seconds. Browsers encode every picture several times, on whatever machine this is."""

MOST_STOPS = 25
"""Stops of the Tab key within which anything must be reached."""


async def tab_to(tab: Tab, testid: str) -> None:
    """Presses Tab until the element has the keyboard. Fails if a stop on the way cannot be seen."""
    passed: list[str] = []
    for _ in range(MOST_STOPS):
        await tab.press("Tab")
        focus = await tab.focused()
        assert focus.outlined or focus.testid is None, f"no focus ring on {focus.label!r}"
        assert focus.label.strip() or focus.testid is None or is_field(focus.testid), f"{focus.testid} has no name"
        passed.append(focus.testid or focus.label)
        if focus.testid == testid:
            return
    raise AssertionError(f"Tab does not reach {testid}; it passed {passed}")


def is_field(testid: str) -> bool:
    """Fields are named by a label of their own, which is not in their text."""
    return testid.endswith(("-name", "-room", "-select"))


async def test_a_visit_by_keyboard_alone(meeting_server: MeetingServer, room: str, tabs: Tabs) -> None:
    alice = await tabs.open("alice", meeting_server.http_url)
    await tab_to(alice, "landing-name")
    await alice.write("Alice")
    await tab_to(alice, "landing-room")
    await alice.write(room)
    await tab_to(alice, "landing-continue")
    await alice.press("Enter")

    await alice.wait("prejoin")
    await tab_to(alice, "join")
    await alice.press("Enter")
    await alice.wait("meeting")

    async def microphone() -> Element:
        return (await alice.elements("toggle-microphone"))[0]

    def is_on(button: Element) -> bool:
        return button.attributes["aria-pressed"] == "true"

    await until(microphone, is_on, "the microphone is on")
    await tab_to(alice, "toggle-microphone")
    await alice.press("Space")
    muted = await until(microphone, lambda button: not is_on(button), "the microphone is off")
    assert muted.attributes["aria-label"] == "Turn on microphone"

    await tab_to(alice, "toggle-chat")
    await alice.press("Enter")
    await until(alice.focused, lambda focus: focus.testid == "chat-input", "the chat has the keyboard")
    await alice.write("hello")
    await alice.press("Enter")
    await until(lambda: alice.texts("chat-text"), lambda texts: texts == ["hello"], "the message is sent")
    await alice.press("Escape")
    await until(alice.focused, lambda focus: focus.testid == "toggle-chat", "the keyboard is back where it was")

    await tab_to(alice, "leave")
    await alice.press("Enter")
    await alice.wait("left-page")
