from roomful.media.ports.scene.clock import SECOND
from roomful.media.ports.scene.haste import Haste


def after(haste: Haste, behind: float, seconds: int, start: int = 0) -> float:
    for tick in range(seconds * 50):
        haste.note(int(behind * SECOND), start * SECOND + tick * SECOND // 50)
    return haste.fps


def test_a_moment_of_slowness_changes_nothing() -> None:
    assert after(Haste(30), 1.1, 1) == 30


def test_slowness_that_lasts_halves_the_pictures_down_to_five() -> None:
    haste = Haste(30)
    assert after(haste, 1.1, 3) == 15
    assert after(haste, 1.1, 60, start=3) == 7.5


def test_they_come_back_when_there_is_time_again() -> None:
    haste = Haste(30)
    after(haste, 1.1, 3)
    assert after(haste, 0, 4, start=3) == 15
    assert after(haste, 0, 4, start=7) == 30
