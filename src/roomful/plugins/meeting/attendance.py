"""Who was in a meeting, from when to when."""

import csv
import datetime
import io
from collections.abc import Sequence
from typing import Any

import msgspec

MAX_VISITS = 20_000
"""Of one meeting; who comes and goes more often is not written down any more."""


class Visit(msgspec.Struct, kw_only=True):
    """One stay, from joining to leaving. Times are unix milliseconds."""

    visit_id: int
    user_id: str
    user_name: str
    role: str
    protocol: str
    joined_at: int
    left_at: int | None = None
    reason: str = ""
    """Why it ended."""

    def seconds(self, now: float) -> float:
        end = round(now * 1000) if self.left_at is None else self.left_at
        return max(0, end - self.joined_at) / 1000


def summary(visits: Sequence[Visit], now: float) -> list[dict[str, Any]]:
    """One entry per user, in the order of the first arrival."""
    users: dict[str, list[Visit]] = {}
    for visit in visits:
        users.setdefault(visit.user_id, []).append(visit)
    return [
        {
            "user_id": user_id,
            "user_name": stays[-1].user_name,
            "role": stays[-1].role,
            "first_joined_at": stays[0].joined_at,
            "last_left_at": stays[-1].left_at,
            "duration": round(sum(stay.seconds(now) for stay in stays), 3),
            "visits": stays,
        }
        for user_id, stays in users.items()
    ]


_FORMULAS = ("=", "+", "-", "@", "|", "%")
COLUMNS = ("user_id", "user_name", "role", "protocol", "joined_at", "left_at", "seconds", "reason")


def as_csv(visits: Sequence[Visit], now: float) -> bytes:
    """One line per visit, UTF-8 with a mark at the beginning, which spreadsheets need to see that it is."""
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(COLUMNS)
    for visit in visits:
        times = (_iso(visit.joined_at), _iso(visit.left_at), f"{visit.seconds(now):.0f}")
        cells = (visit.user_id, visit.user_name, visit.role, visit.protocol, *times, visit.reason)
        lines.writerow([harmless(cell) for cell in cells])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: a name is what somebody typed."""
    return f"'{cell}" if cell.startswith(("\t", "\r", "\n")) or cell.lstrip().startswith(_FORMULAS) else cell


def _iso(milliseconds: int | None) -> str:
    if milliseconds is None:
        return ""
    at = datetime.datetime.fromtimestamp(milliseconds / 1000, datetime.UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
