"""Who administers the server over HTTP."""

import time

import pytest

from roomful.auth import Grant, TokenVerifier, VideoGrant, mint
from roomful.auth.admin import AdminCheck

KEYS = {"key": "a-secret-of-enough-length-for-tests-0123"}
HERE, ELSEWHERE = "127.0.0.1", "203.0.113.7"


def token(*, room_create: bool = False) -> str:
    grant = Grant(identity="kim", video=VideoGrant(room_join=True, room="show", room_create=room_create))
    return mint(grant, "key", KEYS["key"], 60, time.time())


@pytest.mark.parametrize(
    ("bearer", "address", "headers", "admin"),
    [
        ("", HERE, (), True),
        ("", "::1", (), True),
        ("", ELSEWHERE, (), False),
        ("", HERE, ("origin",), False),
        ("", HERE, ("x-forwarded-for",), False),
        ("", "not an address", (), False),
        ("anything", HERE, (), False),
    ],
)
def test_without_a_token_programs_on_this_machine_do(
    bearer: str, address: str, headers: tuple[str, ...], admin: bool
) -> None:
    assert AdminCheck("")(bearer, address, headers) is admin


@pytest.mark.parametrize(("bearer", "admin"), [("top", True), ("", False), ("other", False)])
def test_with_a_token_its_bearer_does_from_anywhere(bearer: str, admin: bool) -> None:
    check = AdminCheck("top")
    assert check(bearer, ELSEWHERE, ("origin",)) is admin
    assert check(bearer, HERE, ()) is admin


@pytest.mark.parametrize("configured", ["", "top"])
def test_in_development_who_may_create_rooms_does(configured: str) -> None:
    check = AdminCheck(configured, TokenVerifier(KEYS))
    assert check(token(room_create=True), ELSEWHERE, ("origin",))
    assert not check(token(), ELSEWHERE, ("origin",))
    assert not check("a.b.c", ELSEWHERE, ("origin",))
    assert not AdminCheck(configured)(token(room_create=True), ELSEWHERE, ("origin",))
