"""Browsers as clients of NkMEDIA sessions."""

from pathlib import Path

import msgspec

from tests.browser.tabs import Tab

from .nkmedia_client import NkMediaClient
from .showing import Colour, is_like
from .waiting import WITHIN, until_seen

PAGE = Path(__file__).with_name("nkmedia_page.html")


class Sent(msgspec.Struct):
    bytes: int
    at: float


class Seen(msgspec.Struct):
    frames: int
    colour: Colour


async def publish(backend: NkMediaClient, tab: Tab, room_id: str, colour: Colour, **data: object) -> str:
    offer = {"sdp": await tab.call(str, "offer", f"rgb{colour}")}
    fields = {"type": "publish", "room_id": room_id, "create_room": True, "offer": offer, "wait_reply": True, **data}
    reply = await backend.ok("media/session/create", **fields)
    await tab.call(bool, "accept", reply["answer"]["sdp"])
    return reply["session_id"]


async def watch(backend: NkMediaClient, tab: Tab, **data: object) -> str:
    """Take what the server offers, and nothing else."""
    reply = await backend.ok("media/session/create", wait_reply=True, **data)
    answer = await tab.call(str, "answer", reply["offer"]["sdp"])
    await backend.ok("media/session/set_answer", session_id=reply["session_id"], answer={"sdp": answer})
    return reply["session_id"]


async def sees(tab: Tab, colour: Colour) -> None:
    before = (await tab.call(Seen, "look")).frames
    await until_seen(
        lambda: tab.call(Seen, "look"), lambda seen: seen.frames > before and is_like(seen.colour, colour), f"{colour}"
    )


async def sending_rate(tab: Tab, seconds: int = 3) -> float:
    """Bits per second in the last so many seconds, when the sender has found its rate."""
    samples = [await tab.call(Sent, "sent")]

    async def look() -> list[Sent]:
        samples.append(await tab.call(Sent, "sent"))
        return samples

    await until_seen(look, lambda seen: seen[-1].at - seen[0].at > 4 + seconds, "some seconds of sending", WITHIN)
    first = next(one for one in samples if one.at >= samples[-1].at - seconds)
    return (samples[-1].bytes - first.bytes) * 8 / (samples[-1].at - first.at)
