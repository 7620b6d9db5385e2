"""What can be played: films of the server's folder, and URLs. specs/nkmedia.md §9.4."""

from pathlib import Path
from typing import Any

import pytest

from roomful.media.ports.bot import Play, Pull
from roomful.outgoing import AddressRules
from roomful.protocols.nkmedia import players
from roomful.protocols.nkmedia.codes import NkError
from roomful.protocols.nkmedia.players import Film, Players

NO_MEDIA: Any = None


@pytest.fixture
def films(tmp_path: Path) -> Path:
    folder = tmp_path / "films"
    folder.mkdir()
    (folder / "film.mp4").touch()
    (tmp_path / "secret.mp4").touch()
    (folder / "out.mp4").symlink_to(tmp_path / "secret.mp4")
    return folder


@pytest.mark.parametrize("uri", ["film.mp4", "file://film.mp4", "file://{films}/film.mp4", "{films}/film.mp4"])
def test_a_film_of_the_folder(films: Path, uri: str) -> None:
    path = str(films / "film.mp4")
    found = Players(NO_MEDIA, films, AddressRules()).find(uri.replace("{films}", str(films)))
    assert found == Film(f"file://{path}", Play(path=path))


def test_a_url_leads_where_the_server_lets_it(films: Path) -> None:
    uri = "https://media.example.com/film.mp4"
    rules = AddressRules((), ("10.0.0.0/8",))
    assert Players(NO_MEDIA, films, rules).find(uri) == Film(uri, Pull(url=uri, deny=("10.0.0.0/8",)))


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        *(("../secret.mp4", 100046), ("/etc/passwd", 100046), ("out.mp4", 100046), ("a\0.mp4", 100046)),
        *(("another.mp4", 100070), ("", 100070), ("ftp://there/film.mp4", 100070)),
    ],
)
def test_what_is_not_there(films: Path, uri: str, code: int) -> None:
    with pytest.raises(NkError) as refusal:
        Players(NO_MEDIA, films, AddressRules()).find(uri)
    assert refusal.value.code == code


def test_a_server_has_so_many_players(films: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(players, "MAX_PLAYING", 0)
    with pytest.raises(NkError) as refusal:
        Players(NO_MEDIA, films, AddressRules()).find("film.mp4")
    assert refusal.value.code == 300001
