"""Tickets and identities, with the vectors of specs/iroh-rooms.md §4.4."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomful.p2p import EndpointAddr, EndpointId, RoomTicket, SecretKey, TicketError

TOPIC = bytes(range(32))
FIRST = SecretKey(b"\x01" * 32).public
SECOND = SecretKey(b"\x02" * 32).public
VECTORS = [
    (RoomTicket(bytes(32)), "roomaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
    (RoomTicket(TOPIC), "roomaaaacaqdaqcqmbyibefawdanbyhraeiscmkbkfqxdamrugy4dupb6"),
    (
        RoomTicket(TOPIC, (FIRST,)),
        "roomagfiry65oqe7dfp5klns2pf2lvzmuzyjx4ozieq36n2iqanub5xvyaabaibqibiga4eascqlbqgq4dyqcejbgfavcylrqgi2dmob2hq7",
    ),
    (
        RoomTicket(TOPIC, (FIRST, SECOND)),
        (
            "roomakfiry65oqe7dfp5klns2pf2lvzmuzyjx4ozieq36n2iqanub5xvzajzo4hkq7ixl5lkgvdgyngh5tglrwfjdnhog6rf35qploh4tm4u"
            "aaaqeayeaudaocajbifqydiob4ibceqtcqkrmfyydenbwha5dypq"
        ),
    ),
]


@pytest.mark.parametrize(("ticket", "text"), VECTORS)
def test_tickets_are_written_as_stock_peers_write_them(ticket: RoomTicket, text: str) -> None:
    assert str(ticket) == text
    assert RoomTicket.parse(f"  room{text[4:].upper()}\n") == ticket
    assert RoomTicket.from_bytes(ticket.to_bytes() + b"more") == ticket


@given(st.binary(min_size=32, max_size=32), st.lists(st.binary(min_size=32, max_size=32), max_size=4))
def test_any_ticket_survives_being_written_and_read(topic: bytes, seeds: list[bytes]) -> None:
    ticket = RoomTicket(topic, tuple(SecretKey(seed).public for seed in seeds))
    assert RoomTicket.parse(str(ticket)) == ticket


@pytest.mark.parametrize(
    "text", ["", "room", "ROOM" + VECTORS[0][1][4:], VECTORS[2][1][:-2], "room1!", "roomaa", "häuser"]
)
def test_what_is_no_ticket_is_refused_by_name(text: str) -> None:
    with pytest.raises(TicketError):
        RoomTicket.parse(text)


@given(st.binary(max_size=200))
def test_no_bytes_make_a_ticket_crash(data: bytes) -> None:
    with contextlib.suppress(TicketError):
        RoomTicket.from_bytes(data)


def test_a_ticket_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IROH_LIVE_ROOM", raising=False)
    monkeypatch.setenv("IROH_LIVE_TOPIC", TOPIC.hex())
    assert RoomTicket.from_env() == RoomTicket(TOPIC)
    monkeypatch.setenv("IROH_LIVE_ROOM", VECTORS[2][1])
    assert RoomTicket.from_env() == RoomTicket(TOPIC, (FIRST,))
    monkeypatch.delenv("IROH_LIVE_ROOM")
    monkeypatch.setenv("IROH_LIVE_TOPIC", TOPIC.hex().upper())
    with pytest.raises(TicketError, match="IROH_LIVE_TOPIC"):
        RoomTicket.from_env()
    monkeypatch.delenv("IROH_LIVE_TOPIC")
    assert RoomTicket.from_env() != RoomTicket.from_env()


def test_ids_have_two_texts_and_a_short_one() -> None:
    assert str(FIRST) == "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c"
    assert EndpointId.parse(str(FIRST)) == FIRST
    assert EndpointId.parse("rkeohxluBHYZL7KS3MWTZOS5OLFGOCN7DWKBEG7TOSEADNAPN5OA") == FIRST
    assert FIRST.short == "8a88e3dd74"
    with pytest.raises(ValueError, match="endpoint id"):
        EndpointId.parse("someone")


def test_a_secret_key_shows_itself_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    key = SecretKey(b"\x01" * 32)
    assert "01010101" not in repr(key)
    monkeypatch.setenv("IROH_SECRET", "01" * 32)
    assert SecretKey.from_env().public == key.public
    monkeypatch.setenv("IROH_SECRET", "0secret0")
    with pytest.raises(ValueError, match="64 lowercase hex") as refusal:
        SecretKey.from_env()
    assert "0secret0" not in str(refusal.value)


def test_a_peers_address_is_one_word() -> None:
    address = EndpointAddr.parse(f"{FIRST}@127.0.0.1:1234,[::1]:1234")
    assert address == EndpointAddr(FIRST, ("127.0.0.1:1234", "[::1]:1234"))
    assert EndpointAddr.parse(str(address)) == address
    for text in ["", str(FIRST), f"{FIRST}@", "nobody@127.0.0.1:1"]:
        with pytest.raises(ValueError, match=r"peer|endpoint id"):
            EndpointAddr.parse(text)
