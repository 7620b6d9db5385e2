"""A server that takes a stream and does not read it: the push ends as failed, and nothing waits for it."""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from roomful.media.ports.compositor import StreamState
from roomful.media.ports.compositor.outputs import stream
from roomful.media.ports.compositor.outputs.place import VIDEO_RATE, Streams
from roomful.media.ports.compositor.outputs.stream import Push
from roomful.media.ports.recorder.media_file import Source
from roomful.media.ports.rtmp.session import PublishAsked, RtmpSession
from roomful.media.ports.scene.encoder import Encoded, h264

WITHIN = 30.0


class DeafServer:
    """Accepts RTMP publishers and reads nothing of what they send; `polite` to a publisher's requests or not at all."""

    def __init__(self, *, polite: bool) -> None:
        self._polite = polite
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._taken: list[socket.socket] = []
        self.url = f"rtmp://127.0.0.1:{self._listener.getsockname()[1]}/live/key"
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def publishers(self) -> int:
        """How many have come so far."""
        return len(self._taken)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in self._taken:
            one.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                taken, _ = self._listener.accept()
                if self._polite:
                    self._let_publish(taken)
                self._taken.append(taken)

    @staticmethod
    def _let_publish(publisher: socket.socket) -> None:
        session = RtmpSession()
        asked = False
        while not asked and (data := publisher.recv(4096)):
            for event in session.receive(data):
                if isinstance(event, PublishAsked):
                    session.accept()
                    asked = True
            publisher.sendall(session.take_output())


@pytest.fixture(params=[True, False], ids=["after the greeting", "from the beginning"])
def deaf(request: pytest.FixtureRequest) -> Iterator[DeafServer]:
    server = DeafServer(polite=request.param)
    yield server
    server.close()


def until(condition: Callable[[], bool], push: Push) -> None:
    """Feed the push, as an encoder would in a hurry, until the condition holds. Raises TimeoutError."""
    deadline = time.monotonic() + WITHIN
    at = 0
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(str(push.info()))
        # No codec looks into the picture's data here, and what cannot be compressed fills the socket's buffers soon.
        push.write(Encoded(False, b"\0\0\0\1\x65" + os.urandom(100_000), at, 40_000_000, True))
        at += 40_000_000
        time.sleep(0.005)


def test_a_server_that_never_reads_is_given_up(deaf: DeafServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "STALL_SECONDS", 0.5)
    monkeypatch.setattr(stream, "FIRST_WAIT", 0.1)
    monkeypatch.setattr(stream, "GIVE_UP_SECONDS", 6.0)
    encoder = h264(320, 180, 25, 500_000, "main", 50)
    push = Push(deaf.url, Streams(Source(encoder.template, VIDEO_RATE), None), 0)
    until(lambda: push.info().state is StreamState.FAILED, push)
    assert push.info().error
    assert not push.live
    assert deaf.publishers > 1, "it is tried again before it is given up"
    before = time.monotonic()
    push.close()
    assert time.monotonic() - before < stream.END_SECONDS + 5


def test_the_end_of_a_composition_does_not_wait_for_it(deaf: DeafServer) -> None:
    encoder = h264(320, 180, 25, 500_000, "main", 50)
    push = Push(deaf.url, Streams(Source(encoder.template, VIDEO_RATE), None), 0)
    until(lambda: deaf.publishers > 0, push)
    push.close()
    assert push.info().state in {StreamState.FINISHED, StreamState.FAILED}
