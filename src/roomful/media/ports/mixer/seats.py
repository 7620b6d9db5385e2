"""Who is in which cell: rules V5, V8 and V10 of the NkMEDIA mixer."""

from collections.abc import Sequence

from roomful.media.ports.mixer.layouts import LAYOUTS, Cell, choose


class Seats:
    """Members keep their cells until the layout changes."""

    def __init__(self, wish: str) -> None:
        self.wish = wish
        """A layout, or a group of them."""
        self.reservations: dict[str, str] = {}
        """Who is to be in the cells with a reservation."""
        self.layout = ""
        self.seated: list[str] = []
        """Who is in each cell of the layout; empty where nobody is."""

    @property
    def cells(self) -> tuple[Cell, ...]:
        return LAYOUTS[self.layout] if self.layout else ()

    def seat(self, members: Sequence[str], floor: str | None) -> None:
        """Bring it up to date: `members` are those with video, in the order in which they came."""
        layout = choose(self.wish, len(members))
        if layout != self.layout:
            self.layout = layout
            self.seated = [""] * len(self.cells)
        present = set(members)
        floor = floor if floor in present else None
        self.seated = [sid if sid in present else "" for sid in self.seated]
        self._reserve(present)
        for index, cell in enumerate(self.cells):
            if cell.floor and floor is not None and self.seated[index] != floor and not cell.reservation:
                self._give_floor(index, floor, exclusive=cell.floor_only)
            elif cell.floor_only and not self.seated[index]:
                # Nobody who can be seen has talked yet: whoever came first.
                self.seated[index] = next((sid for sid in members if sid not in self.seated), "")
        waiting = [sid for sid in members if sid not in self.seated]
        for index, cell in enumerate(self.cells):
            if not self.seated[index] and waiting and not cell.reservation and not cell.floor_only:
                self.seated[index] = waiting.pop(0)

    def _reserve(self, present: set[str]) -> None:
        for index, cell in enumerate(self.cells):
            if not cell.reservation:
                continue
            reserved = self.reservations.get(cell.reservation, "")
            reserved = reserved if reserved in present else ""
            if reserved and reserved in self.seated:
                self.seated[self.seated.index(reserved)] = ""
            self.seated[index] = reserved

    def _give_floor(self, index: int, floor: str, *, exclusive: bool) -> None:
        """Who has the floor changes places with who was there, who may have none for it."""
        before, self.seated[index] = self.seated[index], floor
        for other, sid in enumerate(self.seated):
            if sid == floor and other != index:
                if self.cells[other].reservation:
                    return
                self.seated[other] = "" if exclusive else before
