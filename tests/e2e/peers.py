"""Peers as processes of their own: `roomful p2p`, and the stock peer where there is one."""

import json
import os
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Self

PATIENCE = 30.0
"""Seconds; far more than anything takes on a busy machine."""

STOCK = "irl-room-peer"


def stock_peer() -> Path | None:
    """The stock peer, in the folder that ROOMFUL_PEERS names."""
    folder = os.environ.get("ROOMFUL_PEERS")
    peer = Path(folder) / STOCK if folder else None
    return peer if peer is not None and peer.is_file() else None


class Peer:
    """A process that tells one JSON object per line, with an `event`, and takes lines to send."""

    def __init__(self, *command: str | Path) -> None:
        self.process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
        )
        self._events: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @classmethod
    def roomful(cls, *arguments: str) -> Self:
        """One of ours."""
        return cls(sys.executable, "-m", "roomful", "p2p", *arguments, "--json", "--offline", "--bind", "127.0.0.1:0")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("{"):
                self._events.put(json.loads(line))
        self._events.put(None)

    def expect(self, event: str, *, within: float = PATIENCE, **facts: Any) -> dict[str, Any]:
        """The first event from here on that is of this kind and holds these facts, in so many seconds."""
        seen: list[dict[str, Any]] = []
        deadline = time.monotonic() + within
        while True:
            try:
                found = self._events.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no {event} {facts}; instead {seen}") from None
            if found is None:
                raise AssertionError(f"ended without {event} {facts}; instead {seen}")
            if found["event"] == event and all(found.get(name) == value for name, value in facts.items()):
                return found
            seen.append(found)

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def end_input(self) -> int:
        """Close standard input and wait for the end of the process; gives its exit status."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(PATIENCE)
