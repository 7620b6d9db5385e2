"""What waits for a receiver that is slow, or away."""

from roomful.media.ports.pcm_stream.backlog import Backlog
from roomful.media.ports.pcm_stream.plan import BYTES_PER_SECOND
from roomful.media.ports.pcm_stream.session import Message, Muted

SECOND = bytes(BYTES_PER_SECOND)


def taken(backlog: Backlog) -> list[Message | int]:
    """All that waits, sound as its seconds."""
    found: list[Message | int] = []
    while (message := backlog.take()) is not None:
        found.append(len(message) // BYTES_PER_SECOND if isinstance(message, bytes) else message)
    return found


def test_what_is_taken_is_what_was_put_in_its_order() -> None:
    backlog = Backlog(10)
    for message in (SECOND, Muted(True), 2 * SECOND, Muted(False)):
        backlog.put(message)
    assert taken(backlog) == [1, Muted(True), 2, Muted(False)]
    assert not backlog.dropped


def test_the_oldest_sound_is_dropped_when_there_is_too_much() -> None:
    backlog = Backlog(3)
    for seconds in (1, 2, 1):
        backlog.put(seconds * SECOND)
    assert taken(backlog) == [2, 1]
    assert backlog.dropped


def test_who_is_muted_is_known_whatever_is_dropped() -> None:
    backlog = Backlog(1)
    for message in (Muted(True), SECOND):
        backlog.put(message)
    assert taken(backlog) == [Muted(True), 1]
    for message in (Muted(False), SECOND, Muted(True), SECOND):
        backlog.put(message)
    assert taken(backlog) == [1]


def test_a_new_connection_is_told_that_the_track_is_muted() -> None:
    backlog = Backlog(1)
    backlog.put(Muted(True))
    assert taken(backlog) == [Muted(True)]
    backlog.connected()
    assert taken(backlog) == [Muted(True)]
    backlog.put(Muted(False))
    assert taken(backlog) == [Muted(False)]
    backlog.connected()
    assert taken(backlog) == []


def test_endless_muting_is_bounded() -> None:
    backlog = Backlog(1)
    for index in range(100_000):
        backlog.put(Muted(index % 2 == 0))
    assert len(taken(backlog)) < 10_000
