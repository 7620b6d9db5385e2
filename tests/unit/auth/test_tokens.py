"""Access tokens: what is let in, with which rights, and what is kept out. specs/livekit.md §2."""

import base64
import json
import time
from typing import Any

import jwt
import pytest
from livekit import api

from roomful.auth import Grant, TokenError, TokenErrorKind, TokenVerifier, VideoGrant, mint
from roomful.rooms.model import ParticipantKind, TrackSource

KEY, SECRET = "APIkey", "a-secret-of-more-than-32-characters"
NOW = 1_800_000_000.0

verifier = TokenVerifier({KEY: SECRET, "APIolder": "another-secret-of-over-32-characters"})


def token(claims: dict[str, Any] | None = None, *, secret: str = SECRET, algorithm: str = "HS256") -> str:
    good = {
        "iss": KEY,
        "sub": "alice",
        "nbf": int(NOW),
        "exp": int(NOW) + 600,
        "video": {"roomJoin": True, "room": "r"},
    }
    return jwt.encode({**good, **(claims or {})}, secret, algorithm=algorithm)


def refused(text: str, now: float = NOW) -> TokenErrorKind:
    with pytest.raises(TokenError) as error:
        verifier.verify(text, now)
    assert not text or text not in str(error.value)
    return error.value.kind


def video(**claims: object) -> VideoGrant:
    return verifier.verify(token({"video": {"roomJoin": True, "room": "r", **claims}}), NOW).video


def test_a_plain_join_token_may_publish_subscribe_and_send_data() -> None:
    grant = verifier.verify(token(), NOW)
    assert (grant.identity, grant.kind, grant.api_key) == ("alice", ParticipantKind.STANDARD, KEY)
    assert (grant.video.room_join, grant.video.room) == (True, "r")
    assert (grant.video.can_publish, grant.video.can_subscribe, grant.video.can_publish_data) == (True, True, True)
    assert not any((grant.video.room_admin, grant.video.room_create, grant.video.can_update_own_metadata))


def test_null_is_as_good_as_absent() -> None:
    rights = video(canPublish=None, canSubscribe=None, canPublishData=None, roomAdmin=None, hidden=None)
    assert (rights.can_publish, rights.can_subscribe, rights.can_publish_data) == (True, True, True)
    assert (rights.room_admin, rights.hidden) == (False, False)


@pytest.mark.parametrize(
    ("claims", "data"),
    [
        ({"canPublish": False}, False),
        ({"canPublish": False, "canPublishData": True}, True),
        ({"canPublish": True, "canPublishData": False}, False),
    ],
)
def test_the_right_to_send_data_follows_the_right_to_publish_unless_it_is_said(
    claims: dict[str, bool], data: bool
) -> None:
    assert video(**claims).can_publish_data is data


def test_sources_are_a_whitelist() -> None:
    assert video(canPublishSources=["camera", "screen_share"]).can_publish_sources == {
        TrackSource.CAMERA,
        TrackSource.SCREEN_SHARE,
    }
    assert video(canPublishSources=[]).can_publish


def test_only_sources_of_the_future_allow_nothing() -> None:
    assert not video(canPublishSources=["hologram"]).can_publish
    assert video(canPublishSources=["hologram"]).can_publish_data


@pytest.mark.parametrize(
    ("claims", "kind"),
    [
        ({"kind": "agent"}, ParticipantKind.AGENT),
        ({"kind": "SIP"}, ParticipantKind.SIP),
        ({"kind": "of the future"}, ParticipantKind.STANDARD),
        ({"video": {"agent": True}}, ParticipantKind.AGENT),
        ({"video": {"recorder": True}}, ParticipantKind.EGRESS),
        ({"kind": "standard", "video": {"recorder": True}}, ParticipantKind.STANDARD),
    ],
)
def test_the_kind_is_claimed_or_follows_from_old_grants(claims: dict[str, Any], kind: ParticipantKind) -> None:
    assert verifier.verify(token(claims), NOW).kind is kind


def test_the_identity_is_the_subject_or_else_the_token_id() -> None:
    assert verifier.verify(token({"identity": "bob"}), NOW).identity == "alice"
    assert verifier.verify(token({"sub": "", "jti": "carol"}), NOW).identity == "carol"


def test_any_of_the_keys_is_good() -> None:
    older = token({"iss": "APIolder"}, secret="another-secret-of-over-32-characters")
    assert verifier.verify(older, NOW).api_key == "APIolder"


def test_clocks_may_be_off_by_a_minute_either_way() -> None:
    text = token({"nbf": int(NOW), "exp": int(NOW) + 600})
    assert verifier.verify(text, NOW - 59)
    assert verifier.verify(text, NOW + 659)
    assert refused(text, NOW - 61) is TokenErrorKind.NOT_YET_VALID
    assert refused(text, NOW + 661) is TokenErrorKind.EXPIRED


def test_a_token_without_expiry_is_refused() -> None:
    assert refused(token({"exp": None})) is TokenErrorKind.EXPIRED


def test_signatures_other_than_hs256_are_refused() -> None:
    assert refused(token(algorithm="HS384", secret=SECRET * 2)) is TokenErrorKind.ALGORITHM
    _, payload, _ = token().split(".")
    for algorithm in ("none", "None", "RS256"):
        header = base64.urlsafe_b64encode(json.dumps({"alg": algorithm, "typ": "JWT"}).encode()).decode().rstrip("=")
        assert refused(f"{header}.{payload}.") is TokenErrorKind.ALGORITHM


def test_a_wrong_key_or_secret_is_refused() -> None:
    assert refused(token(secret="x" * 40)) is TokenErrorKind.BAD_SIGNATURE
    assert refused(token({"iss": "APIother"})) is TokenErrorKind.UNKNOWN_KEY
    assert refused(token({"iss": ""})) is TokenErrorKind.UNKNOWN_KEY
    # The key of another pair does not lend its name.
    assert refused(token({"iss": "APIolder"})) is TokenErrorKind.BAD_SIGNATURE


def test_a_changed_claim_breaks_the_signature() -> None:
    header, payload, signature = token().split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    claims["video"]["roomAdmin"] = True
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    assert refused(f"{header}.{forged}.{signature}") is TokenErrorKind.BAD_SIGNATURE


def test_a_token_that_was_good_before_is_looked_at_again() -> None:
    text = token({"attributes": {"a": "b"}})
    first = verifier.verify(text, NOW)
    first.attributes["a"] = "changed"
    assert verifier.verify(text, NOW).attributes == {"a": "b"}
    assert refused(text, NOW + 661) is TokenErrorKind.EXPIRED
    assert refused(text.rpartition(".")[0] + "." + "A" * 43) is TokenErrorKind.BAD_SIGNATURE
    other = TokenVerifier({KEY: "the-secret-of-another-server-is-another"})
    with pytest.raises(TokenError):
        other.verify(text, NOW)


@pytest.mark.parametrize(
    "text",
    ["x", "a.b", "a.b.c", "....", "é.é.é", token() + "x.y", token()[:-60], "{}.{}.{}", "\x00", "a" * 100_000],
)
def test_what_is_no_token_is_malformed(text: str) -> None:
    assert refused(text) is TokenErrorKind.MALFORMED


@pytest.mark.parametrize(
    "claims",
    [{"video": {"roomJoin": "yes"}}, {"video": []}, {"attributes": {"a": 1}}, {"exp": "soon"}, {"name": ["a"]}],
)
def test_claims_of_the_wrong_shape_are_malformed(claims: dict[str, Any]) -> None:
    assert refused(token(claims)) is TokenErrorKind.MALFORMED


def test_nothing_is_a_missing_token() -> None:
    assert refused("") is TokenErrorKind.MISSING


def test_a_token_about_anything_but_rooms_has_no_video_grant() -> None:
    assert refused(token({"video": None, "sip": {"admin": True}})) is TokenErrorKind.NO_VIDEO_GRANT


def test_unknown_claims_are_ignored() -> None:
    assert verifier.verify(token({"inference": {"perform": True}, "video": {"roomJoin": True, "new": 1}}), NOW)


def test_an_issuer_cannot_write_lines_into_the_log() -> None:
    with pytest.raises(TokenError) as error:
        verifier.verify(token({"iss": "a\nERROR everything is fine" + "x" * 1000}), NOW)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 100


def test_what_is_minted_is_understood() -> None:
    grant = Grant(
        identity="alice",
        name="Alice",
        kind=ParticipantKind.AGENT,
        video=VideoGrant(
            room_join=True,
            room="r",
            can_publish=False,
            can_publish_data=True,
            can_publish_sources=frozenset({TrackSource.MICROPHONE}),
            can_update_own_metadata=True,
            hidden=True,
        ),
        metadata="m",
        attributes={"a": "1"},
        room_config={"empty_timeout": 5},
        room_preset="town-hall",
    )
    read = verifier.verify(mint(grant, KEY, SECRET, 600, NOW), NOW)
    assert read.video == grant.video
    assert (read.identity, read.name, read.kind, read.metadata) == ("alice", "Alice", ParticipantKind.AGENT, "m")
    assert (read.attributes, read.room_config, read.room_preset) == ({"a": "1"}, {"empty_timeout": 5}, "town-hall")
    assert (read.not_before, read.expires_at) == (NOW, NOW + 600)


def test_livekits_own_library_understands_what_is_minted() -> None:
    now = time.time()
    grant = Grant(identity="alice", name="Alice", video=VideoGrant(room_join=True, room="r", can_subscribe=False))
    claims = api.TokenVerifier(KEY, SECRET).verify(mint(grant, KEY, SECRET, 600, now))
    assert (claims.identity, claims.name) == ("alice", "Alice")
    assert claims.video is not None
    assert (claims.video.room_join, claims.video.room, claims.video.can_subscribe) == (True, "r", False)


def test_tokens_of_livekits_own_library_are_understood() -> None:
    now = time.time()
    text = (
        api.AccessToken(KEY, SECRET)
        .with_identity("bob")
        .with_name("Bob")
        .with_attributes({"a": "1"})
        .with_grants(api.VideoGrants(room_join=True, room="r", can_publish_sources=["microphone"], hidden=True))
        .to_jwt()
    )
    grant = verifier.verify(text, now)
    assert (grant.identity, grant.name, grant.attributes) == ("bob", "Bob", {"a": "1"})
    assert (grant.video.can_publish_sources, grant.video.hidden) == ({TrackSource.MICROPHONE}, True)
