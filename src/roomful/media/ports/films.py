"""The server's folder of films: the only one from which files are played."""

from pathlib import Path

from roomful.rooms.errors import RoomError, RoomErrorCode


def find_film(films: Path | None, path: str) -> Path:
    """Return a file below the folder: neither upwards, nor through a link that leads out.

    Raises:
        RoomError: there is none, or this server has no folder of films.
    """
    if films is None:
        raise RoomError(RoomErrorCode.NOT_FOUND, "this server keeps nothing on disk, films neither")
    missing = RoomError(RoomErrorCode.NOT_FOUND, f"there is no file {path!r} in {films}")
    try:
        found = (films / path).resolve()
        if not found.is_relative_to(films.resolve()) or not found.is_file():
            raise missing
    except (ValueError, OSError):  # no file could have such a name
        raise missing from None
    return found
