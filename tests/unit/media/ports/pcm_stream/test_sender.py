"""The connection itself: encrypted, and where it may lead."""

import asyncio
import datetime
import ssl
from pathlib import Path

import pytest

from roomful.media.ports.pcm_stream.plan import PcmStreamPlan
from roomful.media.ports.pcm_stream.sender import Sender
from roomful.media.ports.worker import StreamState
from roomful.web.certificates import self_signed
from tests.sound_receiver import SoundReceiver
from tests.venue import until

PIECE = bytes(3840)


@pytest.mark.parametrize("trusted", [True, False])
async def test_tls_is_spoken_to_those_who_can_prove_who_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trusted: bool
) -> None:
    files = self_signed(tmp_path, [], datetime.datetime.now(datetime.UTC))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(files.certificate, files.key)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(files.certificate))
    async with SoundReceiver(tls=tls) as receiver:
        sender = Sender(PcmStreamPlan(url=receiver.url, first_wait_seconds=0.05, give_up_seconds=0.01))
        sender.send([PIECE])
        await until(lambda: receiver.seconds or sender.over)
        await asyncio.to_thread(sender.finish, 5.0)
        info = sender.info()
    if trusted:
        assert (info.state, info.error, info.duration_ns) == (StreamState.FINISHED, "", 20_000_000)
    else:
        assert info.state is StreamState.FAILED
        assert "certificate verify failed" in info.error


async def test_a_receiver_cannot_send_it_elsewhere() -> None:
    async with SoundReceiver() as other, SoundReceiver() as receiver:
        receiver.leads_to = other.url
        sender = Sender(PcmStreamPlan(url=receiver.url))
        await until(lambda: sender.over)
        info = sender.info()
        assert info.state is StreamState.FAILED
        assert info.error == "no connection: not a URL to connect to, or one that leads elsewhere"
        assert other.requests == []
