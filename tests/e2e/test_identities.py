"""Who may be in a room, as real clients learn it: a second login, and a removed participant that comes back."""

import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from livekit import api, rtc

from tests.running_server import loopback_config, running_server

from .meeting import Meeting
from .modes import in_both_modes


@in_both_modes
async def test_a_removed_participant_stays_out(meeting: Meeting) -> None:
    token = meeting.token("alice")
    alice, bob = await meeting.join("alice", token=token), await meeting.join("bob")
    await bob.knows("alice")
    await meeting.api.room.remove_participant(api.RoomParticipantIdentity(room=meeting.name, identity="alice"))
    await alice.until("disconnected")
    for stale in (token, refreshed(alice.told("token_refreshed")) or token):
        with pytest.raises(rtc.ConnectError) as refused:
            await meeting.join("alice", token=stale)
        assert "revoked" in str(refused.value)
    later = api.AccessToken(meeting.server.api_key, meeting.server.api_secret).with_identity("carol")
    await meeting.join("carol", token=later.with_grants(api.VideoGrants(room_join=True, room=meeting.name)).to_jwt())


def refreshed(told: Sequence[object]) -> str:
    """The newest token that the server handed out, if the SDK shows it."""
    details = getattr(told[-1], "details", ()) if told else ()
    return str(details[0]) if details and isinstance(details[0], str) else ""


async def test_a_revocation_outlives_a_restart(tmp_path: Path) -> None:
    settings = loopback_config()
    async with running_server(tmp_path, settings) as server:
        meeting = Meeting(server)
        token = meeting.token("alice")
        await meeting.join("alice", token=token)
        await meeting.api.room.remove_participant(api.RoomParticipantIdentity(room=meeting.name, identity="alice"))
        await meeting.close()
    async with running_server(tmp_path, settings) as server:
        again = Meeting(server)
        try:
            with pytest.raises(rtc.ConnectError):
                await again.join("alice", token=token)
            assert not (await again.api.room.list_rooms(api.ListRoomsRequest())).rooms
            in_two_minutes = int(time.time()) + 120
            other = again.token("bob", room=meeting.name)
            await again.join("bob", token=other)
            removal = api.RoomParticipantIdentity(room=meeting.name, identity="bob", revoke_token_ts=in_two_minutes)
            await again.api.room.remove_participant(removal)
            with pytest.raises(rtc.ConnectError):
                await again.join("bob", token=again.token("bob", room=meeting.name))
        finally:
            await again.close()


@pytest.mark.parametrize("policy", ["reject", "allow"])
async def test_a_second_login(tmp_path: Path, policy: str) -> None:
    async with running_server(tmp_path, loopback_config(room={"duplicate_identity": policy})) as server:
        meeting = Meeting(server)
        try:
            first, bob = await meeting.meet("alice", "bob")
            if policy == "reject":
                with pytest.raises(rtc.ConnectError) as refused:
                    await meeting.join("alice")
                assert "identity" in str(refused.value)
            else:
                second = await meeting.join("alice")
                assert second.me.identity == "alice/2"
                await bob.knows("alice/2")
                await first.publish_tone(450)
                await second.hears("alice", 450)
            await first.publish_picture()
            await bob.sees("alice")
            assert not first.told("disconnected")
        finally:
            await meeting.close()
