"""A whole call of each channel is what was written down. specs/room-signals.md §8."""

import pytest

from .transcripts import CALLS, path, transcript


@pytest.mark.parametrize("channel", CALLS)
async def test_a_call_goes_as_it_always_has(channel: str) -> None:
    assert await transcript(channel) == path(channel).read_text("utf-8")
