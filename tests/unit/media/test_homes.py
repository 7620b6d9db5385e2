"""Peers that are in another room than the one they were opened in."""

from roomful.media.homes import Homes, Shards


def homes() -> tuple[Homes, list[str], list[int]]:
    rooms, peers = list[str](), list[int]()
    return Homes(rooms.append, peers.append), rooms, peers


def test_a_room_without_travellers_is_closed_at_once() -> None:
    followed, rooms, _ = homes()
    followed.open(1, "A")
    followed.close("A")
    assert rooms == ["A"]


def test_a_room_is_closed_when_the_last_who_moved_away_is_gone() -> None:
    followed, rooms, peers = homes()
    for peer in (1, 2, 3):
        followed.open(peer, "A")
    followed.move(1, "B")
    followed.move(2, "B")
    followed.close("A")
    assert (rooms, peers) == ([], [3])
    followed.forget(1)
    assert rooms == []
    followed.forget(2)
    assert rooms == ["A"]


def test_who_came_back_is_at_home() -> None:
    followed, rooms, _ = homes()
    followed.open(1, "A")
    followed.move(1, "B")
    assert (followed.moved_to(1), followed.room_of(1)) == ("B", "B")
    followed.move(1, "A")
    assert (followed.moved_to(1), followed.room_of(1)) == ("", "A")
    followed.close("A")
    assert rooms == ["A"]


def test_the_move_of_a_peer_that_is_gone_is_nothing() -> None:
    followed, _, _ = homes()
    followed.open(1, "A")
    followed.forget(1)
    followed.move(1, "B")
    assert followed.room_of(1) == ""


def test_rooms_go_round_the_shards() -> None:
    shards = Shards(2)
    assert [shards.place(room) for room in ("A", "B", "C", "A")] == [0, 1, 0, 0]
    assert shards.together("A", "C")
    assert not shards.together("A", "B")
    assert shards.place("D", beside="B") == 1
    shards.forget("A")
    assert not shards.together("A", "C")


def test_on_one_shard_all_rooms_are_together() -> None:
    assert Shards(1).together("A", "never opened")
