"""Who is where in the picture of each moment."""

from roomful.media.ports.compositor.layout import MOST_TILES, Arrangement, tiles
from roomful.media.ports.compositor.plan import Background
from roomful.media.ports.scene.canvas import Color
from roomful.media.ports.scene.cast import Cast, Person
from roomful.media.ports.scene.floor import Floor
from roomful.media.ports.scene.painter import Painter, Placed
from roomful.media.ports.scene.picture import Picture

FEW = 6
"""Videos that are all decoded, seen or not, so that a change of the layout shows them at once."""

_COLORS: dict[Background, tuple[Color, Color]] = {
    Background.DARK: ((28, 128, 128), (46, 128, 128)),
    Background.LIGHT: ((225, 128, 128), (200, 128, 128)),
}
"""Behind the tiles, and in empty ones."""


class Stage:
    """Screens come first, then people in the order in which they came; those with video, where not all have room."""

    def __init__(
        self, cast: Cast, floor: Floor, arrangement: Arrangement, background: Background, *, names: bool
    ) -> None:
        self._cast = cast
        self._floor = floor
        self._names = names
        self._on_show: set[Picture] = set()
        self.arrangement, self.background = arrangement, background

    def painter(self, width: int, height: int) -> Painter:
        """Make what paints this stage; another background needs another one."""
        background, empty = _COLORS[self.background]
        return Painter(width, height, background=background, empty=empty)

    def place(self, at: int, width: int, height: int) -> list[Placed]:
        """Return what is to be seen at this moment."""
        pictures = list(self._cast.pictures())
        for picture in pictures:
            picture.advance(at, wanted=picture.is_screen or len(pictures) <= FEW or picture in self._on_show)
        shown = self._shown(at)
        places = tiles(self.arrangement, len(shown), width, height)
        self._on_show = {picture for person, _ in shown[: len(places)] for picture in person.pictures(at, screen=False)}
        return [
            Placed(rect, picture, person.name if self._names else "")
            for rect, (person, picture) in zip(places, shown, strict=False)
        ]

    def _shown(self, at: int) -> list[tuple[Person, Picture | None]]:
        people = [person for person in self._cast.people.values() if person.present(at)]
        screens = [
            (person, picture)
            for person in people
            for picture in person.pictures(at, screen=True)
            if picture.visible(at)
        ]
        faces = [(person, _camera(person, at)) for person in people if _has_face(person, at)]
        if self.arrangement.follows_speaker:
            # The floor, else whoever can be seen.
            faces.sort(key=lambda face: (face[0].sid != self._floor.holder, face[1] is None))
        elif len(screens) + len(faces) > MOST_TILES:
            faces.sort(key=lambda face: face[1] is None)
        return [*screens, *faces]


def _camera(person: Person, at: int) -> Picture | None:
    return next((picture for picture in person.pictures(at, screen=False) if picture.visible(at)), None)


def _has_face(person: Person, at: int) -> bool:
    """Whoever sends nothing but a screen is not there twice."""
    return any(track.present(at) and not _is_screen(track.info.source) for track in person.tracks)


def _is_screen(source: str) -> bool:
    return source in {"screen_share", "screen_share_audio"}
