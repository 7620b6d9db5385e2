"""Plugins at work: how they are found and started, what calls them, and the `RoomApi` that they call.

`RoomOperations` is the `RoomApi`; `Extensions` calls the callbacks; `ExtensionHost` starts and ends plugins. Protocols
use the first two as well, so that what a plugin decides holds for everybody. specs/monibuca-rooms.md §4, §5.
"""

from roomful.extensions.extensions import Extensions
from roomful.extensions.operations import RoomOperations

__all__ = ["Extensions", "RoomOperations"]
