"""What minutes are made of."""

import datetime
from collections.abc import Sequence

import msgspec

from roomful.plugins.meeting.transcript import Segment


class MeetingRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting, to be summed up."""

    meeting_id: str
    title: str
    date: datetime.date
    people: dict[str, str]
    """User id → name, of all who were there."""
    agenda: Sequence[str]
    segments: Sequence[Segment]
    """In order."""

    def find_person(self, name: str) -> tuple[str, str]:
        """User id and name of who is meant; the id is empty if that is nobody here, or could be several."""
        wanted = name.strip().casefold()
        if not wanted:
            return "", ""
        if name in self.people:
            return name, self.people[name]
        exact = [one for one in self.people.items() if one[1].casefold() == wanted]
        loose = exact or [one for one in self.people.items() if wanted in one[1].casefold().split()]
        return loose[0] if len(loose) == 1 else ("", name.strip())
