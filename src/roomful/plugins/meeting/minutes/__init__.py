"""Minutes: what a meeting was about, what it decided, and who has to do what. specs/monibuca-rooms.md §7.7.

`builtin` makes them of sentences that were said, `chat` has a language model write them. What is said in a meeting is
data to both: it may contain instructions, and nobody follows them.
"""

from roomful.plugins.meeting.minutes.minutes import Decision, Minutes, Task, TaskPatch, TaskStatus, Topic
from roomful.plugins.meeting.minutes.record import MeetingRecord

__all__ = ["Decision", "MeetingRecord", "Minutes", "Task", "TaskPatch", "TaskStatus", "Topic"]
