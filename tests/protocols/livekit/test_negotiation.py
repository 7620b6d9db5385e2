"""When a negotiation begins, and what happens to changes meanwhile."""

from roomful.protocols.livekit.negotiation import ANSWER_TIMEOUT, BURST, DEBOUNCE, QUICK, Negotiation


def test_the_first_change_is_negotiated_quickly() -> None:
    negotiation = Negotiation()
    negotiation.need(100.0)
    assert negotiation.due() == 100.0 + QUICK
    assert not negotiation.begins(100.0)
    assert negotiation.begins(100.0 + QUICK)
    assert negotiation.in_flight


def test_changes_of_a_moment_make_one_negotiation() -> None:
    negotiation = Negotiation()
    for now in (100.0, 100.001, 100.009):
        negotiation.need(now)
    assert negotiation.begins(100.0 + QUICK)
    negotiation.settle(100.05)
    assert negotiation.due() is None


def test_changes_during_a_negotiation_are_collected_into_the_next() -> None:
    negotiation = Negotiation()
    negotiation.begin(100.0)
    negotiation.need(100.02)
    negotiation.need(100.03)
    assert not negotiation.begins(100.04)
    negotiation.settle(100.05)
    assert negotiation.due() == 100.05 + QUICK


def test_after_a_burst_negotiations_keep_their_distance() -> None:
    negotiation = Negotiation()
    for _ in range(BURST):
        negotiation.begin(100.0)
        negotiation.settle(100.0)
    negotiation.need(100.0)
    assert negotiation.due() == 100.0 + BURST * DEBOUNCE


def test_a_client_has_fifteen_seconds_for_its_answer() -> None:
    negotiation = Negotiation()
    negotiation.begin(100.0)
    assert negotiation.due() == 100.0 + ANSWER_TIMEOUT
    assert not negotiation.is_overdue(114.9)
    assert negotiation.is_overdue(115.0)


def test_nothing_is_due_after_a_cancellation() -> None:
    negotiation = Negotiation()
    negotiation.begin(100.0)
    negotiation.need(100.0)
    negotiation.cancel()
    negotiation.settle(100.1)
    assert negotiation.due() is None
