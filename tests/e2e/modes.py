"""Both of LiveKit's ways to connect: one peer connection that the client offers, or two, one offered by the server."""

import pytest

in_both_modes = pytest.mark.parametrize("mode", ["two connections", "one connection"], indirect=True)
"""For tests of what differs on the wire; all others have one client of each kind."""

in_single_mode = pytest.mark.parametrize("mode", ["one connection"], indirect=True)
"""For what the SDK itself gets wrong with two connections. Say what."""
