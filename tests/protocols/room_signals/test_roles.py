"""Roles, the owner and who comes after it. specs/room-signals.md §4.2, §4.3, §6.1, §10.3."""

from .stage import ROOM, Client, Stage


async def published(stage: Stage, user_id: str, owner: Client, **kind: str) -> Client:
    """A publisher that the owner has accepted."""
    client = stage.client(user_id, session_id=kind.get("session_id", ""))
    await client.join()
    await owner.say("PUBLISH_ACCEPT", to={"userId": user_id, "sessionId": client.session_id})
    return client


async def test_the_next_oldest_publisher_owns_the_room(stage: Stage) -> None:
    alice = stage.client("alice")
    await alice.join(creating=True)
    viewer = stage.client("viewer")
    await viewer.join()
    bob = await published(stage, "bob", alice)
    await published(stage, "carol", alice)
    assert viewer.list == [("s-alice", "admin"), ("s-bob", "publisher"), ("s-carol", "publisher")]
    before = len(viewer.got)
    await alice.say("LEAVE")
    assert viewer.list == [("s-bob", "admin"), ("s-carol", "publisher")]
    assert len(viewer.got) == before + 1, "one list tells of both"
    await bob.say("LEAVE")
    assert viewer.list == [("s-carol", "admin")]
    assert stage.room.rules.owner_id == "carol"


async def test_another_session_of_the_owner_has_to_wait_for_its_turn(stage: Stage) -> None:
    alice = stage.client("alice")
    await alice.join(creating=True)
    bob = await published(stage, "bob", alice)
    await published(stage, "alice", alice, session_id="s-alice-2")
    await alice.say("LEAVE")
    assert bob.list == [("s-bob", "admin"), ("s-alice-2", "publisher")]


async def test_without_publishers_there_is_no_owner_until_somebody_asks(stage: Stage) -> None:
    alice, bob, carol = (stage.client(name) for name in ("alice", "bob", "carol"))
    await alice.join(creating=True)
    await bob.join()
    await carol.join()
    await alice.say("LEAVE")
    assert bob.list == []
    assert stage.room.rules.owner_id == ""
    told = await bob.say("PUBLISH_REQUEST", ve=True, ae=True)
    assert [message["s"] for message in told] == ["PUBLISH_ACCEPT", "PUBLISH_LIST_CHANGED"]
    server = {"userId": "server", "sessionId": "server", "category": "stream", "host": "Server", "deviceId": "server"}
    assert (told[0]["ss"], told[0]["to"]) == (server, {"userId": "bob", "sessionId": "s-bob"})
    assert carol.list == [("s-bob", "admin")]


async def test_nobody_is_accepted_by_itself_where_that_is_off() -> None:
    stage = Stage(auto_accept_without_owner=False)
    alice, bob = stage.client("alice"), stage.client("bob")
    await alice.join(creating=True)
    await bob.join()
    await alice.say("LEAVE")
    assert await bob.code("PUBLISH_REQUEST", ve=True, ae=True) == 500


async def test_requests_go_to_the_next_owner(stage: Stage) -> None:
    alice = stage.client("alice")
    await alice.join(creating=True)
    bob = await published(stage, "bob", alice)
    carol = stage.client("carol")
    await carol.join()
    await carol.say("PUBLISH_REQUEST", ve=True, ae=False)
    assert bob.told("PUBLISH_REQUEST") == []
    await alice.say("LEAVE")
    assert bob.told("PUBLISH_REQUEST") == [carol.signal("PUBLISH_REQUEST", ve=True, ae=False)]
    await bob.say("PUBLISH_ACCEPT", to="carol")
    assert carol.list == [("s-bob", "admin"), ("s-carol", "publisher")]


async def test_of_requests_that_nobody_is_left_to_answer_the_first_is_granted(stage: Stage) -> None:
    alice, bob, carol, dave = (stage.client(name) for name in ("alice", "bob", "carol", "dave"))
    await alice.join(creating=True)
    for one in (dave, bob, carol):
        await one.join()
    await bob.say("PUBLISH_REQUEST", ve=True, ae=True)
    await carol.say("PUBLISH_REQUEST", ve=True, ae=True)
    await alice.say("LEAVE")
    assert [message["s"] for message in bob.got[1:]] == ["PUBLISH_ACCEPT", "PUBLISH_REQUEST", "PUBLISH_LIST_CHANGED"]
    assert carol.list == dave.list == [("s-bob", "admin")]
    await bob.say("PUBLISH_ACCEPT", to="carol")
    assert dave.list == [("s-bob", "admin"), ("s-carol", "publisher")]


async def test_a_creator_comes_back(stage: Stage) -> None:
    alice, bob = stage.client("alice"), stage.client("bob")
    await alice.join(creating=True)
    assert (await alice.join(creating=True))["pt"] == "admin", "the same session, again"
    await bob.join()
    assert await bob.code("JOIN", ve=True, ae=True, eg="native", op={"roomCreating": True}) == 200, "a re-join"
    carol = stage.client("carol")
    assert await carol.code("JOIN", ve=True, ae=True, eg="native", op={"roomCreating": True}) == 4022
    other = stage.client("alice", session_id="s-alice-2")
    assert await other.code("JOIN", ve=True, ae=True, eg="native", op={"roomCreating": True}) == 4022, "she is here"
    await alice.say("LEAVE")
    assert (await other.join(creating=True))["pt"] == "admin"


async def test_a_creator_comes_back_behind_who_owns_the_room_now(stage: Stage) -> None:
    alice = stage.client("alice")
    await alice.join(creating=True)
    await published(stage, "bob", alice)
    await alice.say("LEAVE")
    assert (await alice.join(creating=True))["pt"] == "publisher"
    assert alice.list == [("s-bob", "admin"), ("s-alice", "publisher")]


async def test_a_user_or_one_session_is_kicked(stage: Stage) -> None:
    alice = stage.client("alice")
    await alice.join(creating=True)
    phone, tablet = stage.client("bob", session_id="s-phone"), stage.client("bob", session_id="s-tablet")
    for client in (phone, tablet):
        await client.join()
    await alice.say("KICK", to={"userId": "bob", "sessionId": "s-tablet"})
    assert (len(phone.told("KICK")), len(tablet.told("KICK"))) == (0, 1)
    await tablet.join()
    await alice.say("KICK", to="bob")
    assert (len(phone.told("KICK")), len(tablet.told("KICK"))) == (1, 2)
    assert phone.got[-1] == tablet.got[-1] == alice.signal("KICK", to="bob"), "nothing of the room comes after it"


async def test_a_screen_of_a_publisher_is_a_publisher_of_its_own(stage: Stage) -> None:
    alice = stage.client("alice")
    await alice.join(creating=True)
    screen = stage.client("alice", session_id="s-screen")
    screen.category = "screenshare"
    joined = await screen.join()
    assert joined["pt"] == "publisher"
    assert [(entry["id"], entry["category"]) for entry in joined["pps"]] == [
        ("s-alice", "stream"),
        ("s-screen", "screenshare"),
    ]
    second = stage.client("alice", session_id="s-screen-2")
    second.category = "screenshare"
    assert await second.code("JOIN", ve=True, ae=True, eg="native") == 4021
    bob = await published(stage, "bob", alice)
    await alice.say("LEAVE")
    assert bob.list == [("s-screen", "publisher"), ("s-bob", "admin")], "a screen owns nothing while a camera is there"
    await bob.say("LEAVE")
    assert screen.list == [("s-screen", "admin")]


async def test_a_second_camera_starts_as_viewer_and_is_promoted_alone(stage: Stage) -> None:
    alice, bob = stage.client("alice"), stage.client("bob")
    await alice.join(creating=True)
    await bob.join()
    second = stage.client("bob", session_id="s-bob-2")
    assert (await second.join())["pt"] == "viewer"
    await alice.say("PUBLISH_ACCEPT", to={"sessionId": "s-bob-2"})
    assert bob.list == [("s-alice", "admin"), ("s-bob-2", "publisher")]
    may = {one.identity: one.permission.can_publish for one in stage.room.participants.values()}
    assert may == {"s-alice": True, "s-bob": False, "s-bob-2": True}
    await alice.say("PUBLISH_ACCEPT", to="bob")
    assert bob.list == [("s-alice", "admin"), ("s-bob-2", "publisher"), ("s-bob", "publisher")]


async def test_the_tenth_user_finds_no_place_and_a_screen_needs_none(stage: Stage) -> None:
    alice = stage.client("alice")
    await alice.join(creating=True)
    for number in range(8):
        await published(stage, f"user-{number}", alice)
    screen = stage.client("alice", session_id="s-screen")
    screen.category = "screenshare"
    assert (await screen.join())["pt"] == "publisher"
    tenth = stage.client("tenth")
    await tenth.join()
    assert await alice.code("PUBLISH_ACCEPT", to="tenth") == 4021
    assert await alice.code("PUBLISH_ACCEPT", to="user-1", op={"ack": True}) == 200, "who publishes already"


async def test_viewers_have_a_limit_where_there_is_one() -> None:
    stage = Stage(max_viewers=1)
    alice, bob, carol = (stage.client(name) for name in ("alice", "bob", "carol"))
    await alice.join(creating=True)
    await bob.join()
    assert await carol.code("JOIN", ve=True, ae=True, eg="native") == 4021


async def test_viewers_are_listed_where_that_is_wanted() -> None:
    stage = Stage(pps_include_viewers=True)
    alice, bob = stage.client("alice"), stage.client("bob")
    await alice.join(creating=True)
    await bob.join()
    assert alice.list == [("s-alice", "admin"), ("s-bob", "viewer")]
    await alice.say("LEAVE")
    assert bob.list == [("s-bob", "viewer")]


async def test_a_call_is_of_two(stage: Stage) -> None:
    alice, bob, carol = (stage.client(name, "p2p") for name in ("alice", "bob", "carol"))
    assert (await alice.join(creating=True))["pt"] == "admin"
    again = stage.client("alice", "p2p", session_id="s-alice-2")
    assert await again.code("JOIN", ve=True, ae=True, eg="native") == 4021
    assert (await bob.join())["pt"] == "publisher"
    assert alice.list == [("s-alice", "admin"), ("s-bob", "publisher")]
    assert await carol.code("JOIN", ve=True, ae=True, eg="native") == 4021


async def test_a_broadcast_has_viewers_for_ever(stage: Stage) -> None:
    alice, bob = stage.client("alice", "p2m"), stage.client("bob", "p2m")
    assert (await alice.join(creating=True))["pt"] == "admin"
    assert (await bob.join())["pt"] == "viewer"
    assert await bob.code("PUBLISH_REQUEST", ve=True, ae=True) == 2002
    assert await bob.code("KICK", to="alice") == 4051
    await alice.say("KICK", to="bob")
    assert bob.got[-1] == alice.signal("KICK", to="bob")
    await alice.say("LEAVE")
    assert stage.livestreams.ended_in


async def test_the_last_one_ends_the_room(stage: Stage) -> None:
    alice, bob = stage.client("alice"), stage.client("bob")
    await alice.join(creating=True)
    await bob.join()
    await alice.say("LEAVE")
    assert stage.rooms.get(ROOM) is not None
    await bob.say("LEAVE")
    assert stage.rooms.get(ROOM) is None
    assert (await bob.join(creating=True))["pt"] == "admin"


async def test_a2m_has_no_pictures(stage: Stage) -> None:
    alice = stage.client("alice", "a2m")
    assert (await alice.join(creating=True))["pps"][0]["video"] is False
    assert await alice.say("UPDATE", ve=True) == []
