"""Name, metadata and attributes that participants change themselves."""

from .meeting import Meeting
from .modes import in_both_modes
from .waiting import until


@in_both_modes
async def test_who_may_changes_its_own_name_metadata_and_attributes(meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob", can_update_own_metadata=True)
    await alice.me.set_name("Alice Liddell")
    await alice.me.set_metadata("in the garden")
    await alice.me.set_attributes({"hand": "raised", "language": "en"})
    await alice.me.set_attributes({"hand": ""})

    for seen in (bob.other("alice"), alice.me):
        await until(
            lambda seen=seen: (
                (seen.name, seen.metadata, seen.attributes) == ("Alice Liddell", "in the garden", {"language": "en"})
            ),
            lambda seen=seen: f"the changes arrive: {seen.name} {seen.metadata} {seen.attributes}",
        )
    # What it was before is read by the SDK when it gets to it, and may be the new one by then.
    assert (await bob.until("participant_name_changed", "alice")).details[1] == "Alice Liddell"
    assert (await bob.until("participant_metadata_changed", "alice")).details[1] == "in the garden"
    assert [one.details[0] for one in bob.told("participant_attributes_changed", "alice")] == [
        {"hand": "raised", "language": "en"},
        {"hand": ""},
    ]


async def test_who_may_not_changes_nothing(meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    await alice.me.set_name("Mallory")
    await alice.me.publish_data(b"done")
    await bob.until("data_received")
    assert bob.other("alice").name == alice.me.name == ""
    assert bob.told("participant_name_changed") == []
