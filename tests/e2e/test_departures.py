"""Who does not say good-bye is missed all the same; a lost signal connection alone is no departure."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from livekit import rtc

from tests.netlab import program

from .meeting import Meeting
from .modes import in_both_modes
from .signal_client import signal_client

MISSED_WITHIN = 30.0
"""Seconds: 10 until ICE is disconnected, 5 until it has failed, 5 to resume, and some for looking and telling."""


@pytest.mark.timeout(120)
async def test_a_killed_client_is_missed_in_time(meeting: Meeting) -> None:
    bob = await meeting.join("bob")
    async with client_process(meeting, "alice") as alice:
        await bob.hears("alice", name="tone")
        alice.kill()
        left = await bob.until("participant_disconnected", "alice", within=MISSED_WITHIN)
        assert left.details == (rtc.DisconnectReason.CONNECTION_TIMEOUT,)


@in_both_modes
async def test_who_goes_before_media_is_up_is_gone_at_once(meeting: Meeting) -> None:
    single = meeting.mode == "one connection"
    async with signal_client(meeting.server.ws_url, meeting.token("alice"), single=single) as alice:
        await alice.receive("join")
        bob = await meeting.join("bob")
        await bob.knows("alice")
        alice.vanish()
        left = await bob.until("participant_disconnected", "alice")
        assert left.details == (rtc.DisconnectReason.SIGNAL_CLOSE,)


@in_both_modes
async def test_a_client_gives_its_reason_to_leave(meeting: Meeting) -> None:
    bob, alice = await meeting.meet("bob", "alice")
    await alice.room.disconnect(reason=rtc.DisconnectReason.USER_REJECTED)
    left = await bob.until("participant_disconnected", "alice")
    assert left.details == (rtc.DisconnectReason.USER_REJECTED,)


@asynccontextmanager
async def client_process(meeting: Meeting, identity: str) -> AsyncIterator[Process]:
    """A client in a process of its own, publishing the usual tone."""
    command = program.command("rtc_client", meeting.server.ws_url, meeting.token(identity), "--tone", "450")
    process = await asyncio.create_subprocess_exec(
        *command, env=program.environment(), stdin=PIPE, stdout=DEVNULL, stderr=sys.stderr
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
