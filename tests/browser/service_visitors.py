"""Ways of agents and customers through the pages of the customer service."""

from tests.e2e.call_centre import PASSWORD, Centre

from .meeting_server import MeetingServer
from .sights import Element
from .tabs import Tab, Tabs
from .waiting import until


async def employ(centre: Centre, name: str, admin_token: str = "") -> str:
    """Make an agent's account; returns its user name."""
    username = name.lower()
    body = {"name": f"Agent {name}", "username": username, "password": PASSWORD}
    await centre.call("POST", "/agents", body, admin_token)
    return username


async def log_in(tabs: Tabs, server: MeetingServer, username: str, *, ready: bool = False, width: int = 1000) -> Tab:
    """A new tab of an agent at the desk."""
    tab = await tabs.open(username, f"{server.http_url}/desk", width=width)
    await tab.fill("agent-username", username)
    await tab.fill("agent-password", PASSWORD)
    await tab.click("login")
    await tab.wait("desk")
    if ready:
        await tab.click("set-ready")
        await see_state(tab, "Ready")
    return tab


async def see_state(tab: Tab, state: str) -> None:
    """Returns once the desk says so. Raises TimeoutError."""
    await see_attribute(tab, "agent-state", "data-status", state)


async def see_attribute(tab: Tab, testid: str, attribute: str, value: str) -> None:
    """Returns once the one element of that test id has this attribute. Raises TimeoutError."""

    def has(found: list[Element]) -> bool:
        return bool(found) and found[0].attributes.get(attribute) == value

    await until(lambda: tab.elements(testid), has, f"{tab.name} sees {testid} with {attribute} {value!r}")


async def entrance_link(tab: Tab) -> str:
    """Where customers come in, as the agent's desk shows it beside the QR code."""
    await tab.click("toggle-entrance")
    await tab.wait("qr-code")
    (field,) = await tab.elements("entrance-link")
    await tab.click("toggle-entrance")
    assert field.value is not None
    return field.value


async def call(tabs: Tabs, link: str, name: str) -> Tab:
    """A new tab of a customer on a phone, who has opened the link and waits in line."""
    tab = await tabs.open(name, link, width=390, height=780, touch=True)
    await tab.fill("entrance-name", name)
    await tab.click("enter")
    await tab.wait("visitor-call")
    return tab


async def answer(tab: Tab, customer: str) -> None:
    """The agent takes the call that rings."""
    await tab.wait("ring")
    assert await tab.texts("ring-customer") == [customer]
    await tab.click("answer-video")


async def see_silence(tab: Tab) -> None:
    """Returns once nobody is to be heard. Raises TimeoutError."""
    await until(tab.peaks, lambda peaks: all(peak is None for peak in peaks), f"{tab.name} hears nothing")


async def see_sound(tab: Tab) -> None:
    """Returns once somebody is to be heard. Raises TimeoutError."""
    await until(tab.peaks, lambda peaks: any(peak is not None for peak in peaks), f"{tab.name} hears the other")
