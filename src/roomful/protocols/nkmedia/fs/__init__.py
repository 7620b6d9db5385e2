"""The backend `nkmedia_fs`, on our own engine and mixer: conferences of class `mcu`, and two-way sessions.

    two_way_session   one session: a connection that sends and receives in the same sections
    parts             what a session does with it: park, echo, bridge
    membership        and: be a member of a mixed room
    two_way_sessions  the commands that make sessions and change their type
    mcu_rooms         rooms of class `mcu`: who is in them, and what is told of that
    room_actions      what a member may do with its room
    mixes             what is needed of the mixer

specs/nkmedia.md §5, §8, §9.8, §12, §13.
"""
