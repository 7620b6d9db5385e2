"""Who may publish, and who is asked. specs/room-signals.md §4.3, §6.7 to §6.9."""

from .stage import Stage


async def test_a_hand_is_raised_and_accepted_in_order(stage: Stage) -> None:
    alice, bob = stage.client("alice"), stage.client("bob")
    await alice.join(creating=True)
    assert (await bob.join())["pt"] == "viewer"
    await bob.say("PUBLISH_REQUEST", ve=False, ae=True)
    assert alice.got[-1] == bob.signal("PUBLISH_REQUEST", ve=False, ae=True)
    to = {"userId": "bob", "sessionId": "s-bob"}
    await alice.say("PUBLISH_ACCEPT", to=to)
    assert [message["s"] for message in bob.got[-2:]] == ["PUBLISH_ACCEPT", "PUBLISH_LIST_CHANGED"]
    assert bob.got[-2] == alice.signal("PUBLISH_ACCEPT", to=to)
    assert alice.list == bob.list == [("s-alice", "admin"), ("s-bob", "publisher")]
    assert (bob.got[-1]["b"]["pps"][1]["video"], bob.got[-1]["b"]["pps"][1]["audio"]) == (False, True)
    assert await bob.code("PUBLISH_REQUEST") == 4023
