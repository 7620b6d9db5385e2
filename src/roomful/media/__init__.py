"""The media engine as the rest of the server sees it: commands down, facts up, never a packet."""

from roomful import _native_guard

_native_guard.check()
