"""Meetings: rooms with a beginning and an end, an agenda, hands, minutes. specs/monibuca-rooms.md §7.

A `Meeting` is what is known of one; the `Chair` conducts it, the `Floor` is what its people do in it, the `Excursion`
takes them to breakout rooms, the `Stenographer` and the `Secretary` write. `actions` is the table of what clients may
send, `routes` the HTTP API, and `extension` ties all of it to the server.
"""

from roomful.plugins.meeting.extension import MeetingExtension

__all__ = ["MeetingExtension"]
