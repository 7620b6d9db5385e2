"""Session descriptions and candidates that make no sense: their sender is told or dropped, nobody else notices."""

import asyncio
import json

import pytest
from livekit.protocol import rtc
from websockets.exceptions import ConnectionClosed

from .signal_client import SignalClient
from .steady_call import SteadyCall
from .waiting import WITHIN

pytestmark = pytest.mark.asyncio(loop_scope="module")

DATA_ONLY = "\r\n".join(
    [
        "v=0",
        "o=- 4611731400430051336 2 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE 0",
        "a=ice-ufrag:abcd",
        "a=ice-pwd:abcdefghijklmnopqrstuvwx",
        "a=fingerprint:sha-256 " + ":".join(["AB"] * 32),
        "a=setup:actpass",
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
        "c=IN IP4 0.0.0.0",
        "a=mid:0",
        "a=sctp-port:5000",
        "",
    ]
)
"""An offer that can be answered."""
AUDIO = (
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:{mid}\r\na=rtpmap:111 opus/48000/2\r\na=rtcp-mux\r\n"
)
BAD_DESCRIPTIONS = {
    "empty": "",
    "no SDP": "let me in",
    "header only": "v=0\r\n",
    "no fingerprint": DATA_ONLY.replace("a=fingerprint", "a=thumbprint"),
    "1 MB": DATA_ONLY + "a=padding:" + "x" * 1_000_000 + "\r\n",
    "1 MB of lines": DATA_ONLY + "a=x\r\n" * 200_000,
    "5000 sections": DATA_ONLY + "".join(AUDIO.format(mid=mid) for mid in range(1, 5001)),
    "5000 sections of one mid": DATA_ONLY + AUDIO.format(mid=7) * 5000,
    "line feeds and zeros": "\n\0" * 10_000,
    "numbers out of range": DATA_ONLY.replace("sctp-port:5000", "sctp-port:99999999999999999999").replace(
        "m=application 9", "m=application 999999999"
    ),
}


@pytest.mark.parametrize("sdp", BAD_DESCRIPTIONS.values(), ids=BAD_DESCRIPTIONS)
async def test_a_bad_offer_is_answered_or_ends_the_session(call: SteadyCall, mallory: SignalClient, sdp: str) -> None:
    async with call.undisturbed():
        await mallory.send(offer=rtc.SessionDescription(type="offer", sdp=sdp, id=1))
        assert await is_answered_or_dismissed(mallory)


@pytest.mark.parametrize("sdp", BAD_DESCRIPTIONS.values(), ids=BAD_DESCRIPTIONS)
async def test_a_bad_answer_is_ignored_or_ends_the_session(call: SteadyCall, mallory: SignalClient, sdp: str) -> None:
    async with call.undisturbed():
        await mallory.send(answer=rtc.SessionDescription(type="answer", sdp=sdp))
        assert await mallory.is_alive() or await is_answered_or_dismissed(mallory)


async def test_an_answer_without_an_offer_is_ignored(call: SteadyCall, mallory: SignalClient) -> None:
    answer = DATA_ONLY.replace("actpass", "active")
    async with call.undisturbed():
        await mallory.send(answer=rtc.SessionDescription(type="answer", sdp=answer, id=99_999))
        assert await mallory.is_alive()


async def test_offers_that_cross_are_all_answered_or_replaced(call: SteadyCall, mallory: SignalClient) -> None:
    async with call.undisturbed():
        for number in range(1, 21):
            await mallory.send(offer=rtc.SessionDescription(type="offer", sdp=DATA_ONLY, id=number))
        while (await mallory.receive("answer")).answer.id != 20:
            pass
        assert await mallory.is_alive()


@pytest.mark.parametrize(
    "candidate",
    ["", "no JSON", "[]", "{}", '{"candidate": 1}', json.dumps({"candidate": "candidate:" + "x" * 100_000})],
)
async def test_a_candidate_that_is_none_is_told_or_ignored(
    call: SteadyCall, mallory: SignalClient, candidate: str
) -> None:
    async with call.undisturbed():
        await mallory.send(trickle=rtc.TrickleRequest(candidateInit=candidate))
        assert await mallory.is_alive()


async def test_ten_thousand_candidates_are_no_burden(call: SteadyCall, mallory: SignalClient) -> None:
    async with call.undisturbed():
        await mallory.send(offer=rtc.SessionDescription(type="offer", sdp=DATA_ONLY, id=1))
        for number in range(10_000):
            address = f"198.18.{number >> 8}.{number & 255}"
            line = f"candidate:{number} 1 udp 2122260223 {address} {1024 + number} typ host generation 0 ufrag abcd"
            init = json.dumps({"candidate": line, "sdpMid": "0", "sdpMLineIndex": 0})
            await mallory.send(trickle=rtc.TrickleRequest(candidateInit=init))
        await mallory.receive("answer")


async def is_answered_or_dismissed(client: SignalClient) -> bool:
    """Whether the server says anything to it: an answer, an error, a good-bye, or the end of the connection."""
    try:
        async with asyncio.timeout(WITHIN):
            while True:
                data = await client.connection.recv()
                assert isinstance(data, bytes)
                if rtc.SignalResponse.FromString(data).WhichOneof("message") in ("answer", "request_response", "leave"):
                    return True
    except ConnectionClosed:
        return True
    except TimeoutError:
        return False
