"""Messages that make no sense cost who sends them the connection, or nothing; nobody else notices."""

import json
import zlib
from collections.abc import Callable
from contextlib import suppress

import pytest
from livekit.protocol import models, rtc
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.running_server import RunningServer

from .signal_client import SignalClient, signal_client, wrapped
from .steady_call import SteadyCall

pytestmark = pytest.mark.asyncio(loop_scope="module")

MEBIBYTE = 1024 * 1024


@pytest.mark.parametrize(
    "frame",
    [
        b"\xff" * 64,
        rtc.SignalRequest(mute=rtc.MuteTrackRequest(sid="TR_abcdefghijkl")).SerializeToString()[:-3],
        b"\x0a\xff\xff\xff\xff\x0f",
        "not JSON",
        '{"ping": "not a number"}',
        '{"mute":' * 5000,
    ],
    ids=["garbage", "truncated", "length beyond the end", "text", "wrong type", "nested JSON"],
)
async def test_a_frame_that_is_no_request_ends_the_connection(
    call: SteadyCall, mallory: SignalClient, frame: bytes | str
) -> None:
    async with call.undisturbed():
        await mallory.connection.send(frame)
        code, _ = await mallory.closed()
        assert code == 1007


@pytest.mark.parametrize("frame", [b"", b"\xfa\x3f\x00", "{}"], ids=["empty", "unknown", "empty JSON"])
async def test_a_request_for_nothing_known_is_ignored(mallory: SignalClient, frame: bytes | str) -> None:
    await mallory.connection.send(frame)
    await mallory.send(ping=1)
    await mallory.receive("pong")


async def test_who_writes_text_gets_text(mallory: SignalClient) -> None:
    await mallory.connection.send('{"ping": "1"}')
    while isinstance(answer := await mallory.connection.recv(), bytes):
        pass
    assert int(json.loads(answer)["pong"]) > 0


async def test_a_frame_over_the_limit_ends_the_connection(call: SteadyCall, mallory: SignalClient) -> None:
    async with call.undisturbed():
        with suppress(ConnectionClosed):  # the server may have closed before all of it was sent
            await mallory.connection.send(bytes(2 * MEBIBYTE + 1))
        code, _ = await mallory.closed()
        assert code == 1009


async def test_a_compressed_frame_ends_the_connection(call: SteadyCall, mallory: SignalClient) -> None:
    """Compression is never agreed upon, so that a small frame cannot swell."""
    assert mallory.connection.protocol.extensions == []
    bomb = zlib.compress(bytes(16 * MEBIBYTE), wbits=-12)
    async with call.undisturbed():
        # The library would not write such a frame: the first reserved bit is set.
        mallory.connection.transport.write(b"\xc2\xfe" + len(bomb).to_bytes(2, "big") + bytes(4) + bomb)
        code, _ = await mallory.closed()
        assert code == 1002


@pytest.mark.parametrize(
    ("parameter", "sentence"),
    [
        ("***", "cannot base64 decode wrapped join request"),
        ("_____w", "cannot unmarshal wrapped join request"),
        (wrapped(b"\xff" * 30), "cannot unmarshal join request"),
        (wrapped(b"\xff" * 30, compressed=True), "cannot unmarshal join request"),
        (wrapped(bytes(2 * MEBIBYTE), compressed=True), "join request too large"),
        (wrapped(bytes(256 * MEBIBYTE), compressed=True), "join request too large"),
    ],
    ids=["not base64", "no wrapper", "no request", "no request inside", "too large inside", "bomb"],
)
async def test_a_join_request_that_is_none_is_refused(
    call: SteadyCall,
    roomful_server: RunningServer,
    token_for: Callable[[str], str],
    parameter: str,
    sentence: str,
) -> None:
    async with call.undisturbed():
        with pytest.raises(InvalidStatus) as refused:
            async with signal_client(
                roomful_server.ws_url, token_for("mallory"), single=True, parameters={"join_request": parameter}
            ):
                pass
        answer = refused.value.response
        assert (answer.status_code, bytes(answer.body or b"").decode()) == (400, sentence)


async def test_v1_without_a_join_request_is_refused(
    roomful_server: RunningServer, token_for: Callable[[str], str]
) -> None:
    url = f"{roomful_server.ws_url}/rtc/v1?access_token={token_for('mallory')}"
    with pytest.raises(InvalidStatus) as refused:
        await connect(url, proxy=None)
    assert (refused.value.response.status_code, refused.value.response.body) == (400, b"join_request is required")


async def test_a_flood_of_messages_is_taken_slowly(call: SteadyCall, mallory: SignalClient) -> None:
    async with call.undisturbed():
        for number in range(3000):
            await mallory.send(ping=number)
        await mallory.receive("pong")


async def test_requests_about_what_is_not_there_are_harmless(call: SteadyCall, mallory: SignalClient) -> None:
    sids = [f"TR_nothing{number:05}" for number in range(10_000)]
    async with call.undisturbed():
        await mallory.send(mute=rtc.MuteTrackRequest(sid=sids[0], muted=True))
        await mallory.send(subscription=rtc.UpdateSubscription(track_sids=sids, subscribe=True))
        await mallory.send(track_setting=rtc.UpdateTrackSettings(track_sids=sids, width=2**31))
        await mallory.send(update_video_track=rtc.UpdateLocalVideoTrack(track_sid=sids[0]))
        await mallory.send(sync_state=rtc.SyncState(track_sids_disabled=sids))
        await mallory.send(
            subscription_permission=rtc.SubscriptionPermission(
                track_permissions=[rtc.TrackPermission(participant_sid=sid, track_sids=sids[:5]) for sid in sids]
            )
        )
        assert await mallory.is_alive()


async def test_who_announces_tracks_without_end_is_told_to_stop(call: SteadyCall, mallory: SignalClient) -> None:
    async with call.undisturbed():
        for number in range(300):
            await mallory.send(add_track=rtc.AddTrackRequest(cid=f"cid{number}", type=models.TrackType.VIDEO))
        refused = await mallory.receive("request_response")
        assert refused.request_response.reason == rtc.RequestResponse.Reason.LIMIT_EXCEEDED
